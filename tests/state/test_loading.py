"""How page data reaches its window: with the first snapshot, in one delta per navigation, and by prefetch."""

import pytest

from settings_ui.domain.access import Role
from settings_ui.services.account.access import token_digest
from settings_ui.state.api_keys import ApiKeys
from settings_ui.state.binding import Binding
from settings_ui.state.profile import Profile
from settings_ui.state.qualified_calls import QualifiedCalls
from settings_ui.state.settings import Settings
from settings_ui.state.shell import Shell
from tests.state.people import People
from tests.state.pipeline import Pipeline, merged
from tests.state.showing import toasts
from tests.support import add_business, join


async def test_the_first_message_of_a_window_carries_its_tab(people: People, pipeline: Pipeline) -> None:
    """Only the mark that the page is complete follows."""
    window = await pipeline.window(people.member(Role.OWNER).cookie, "/settings?tab=api-keys")
    deltas = [message for message in window.sent if '"delta"' in message]
    assert merged(deltas[:1], ApiKeys)["loaded"]
    assert merged(deltas[:1], Settings)["tab"] == "api-keys"
    assert not any("keys" in merged([message], ApiKeys) for message in deltas[1:])


async def test_a_navigation_is_answered_in_one_delta(people: People, pipeline: Pipeline) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie, "/settings?tab=profile")
    deltas = [message for message in await window.go("/settings?tab=api-keys") if '"delta"' in message]
    assert len(deltas) == 1
    assert merged(deltas, Settings)["tab"] == "api-keys"
    assert merged(deltas, ApiKeys)["loaded"]


async def test_a_navigation_brings_data_as_it_is_now(people: People, pipeline: Pipeline) -> None:
    """Also when navigating to the same tab again: the snapshot's data is not reused."""
    owner = people.member(Role.OWNER)
    window = await pipeline.window(owner.cookie, "/settings?tab=profile")
    for name in ("Dana Whitfield", "Dana W. Marsh"):
        actor = pipeline.services.account.access.actor(token_digest(owner.cookie), None)
        assert actor
        pipeline.services.account.profile.rename(actor, name)
        await window.go("/settings?tab=profile")
        assert window.shows(Shell)["user"]["name"] == name


async def test_a_tab_is_loaded_ahead_without_being_opened(people: People, pipeline: Pipeline) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie, "/settings?tab=profile")
    sent = await window.emit(Settings.prepare, slug="api-keys")
    assert merged(sent, ApiKeys)["loaded"]
    assert window.shows(Settings)["tab"] == "profile"
    assert window.shows(Settings)["near"] == "api-keys", "which tells the page that it can be drawn"
    assert not merged(await window.emit(Settings.prepare, slug="api-keys"), ApiKeys), "once is enough"
    await window.go("/settings?tab=api-keys")
    assert window.shows(Settings)["near"] == "", "once it is left, nothing of it stays in the page"
    await window.emit(Settings.prepare, slug="api-keys")
    assert window.shows(Settings)["near"] == ""


@pytest.mark.parametrize("slug", ["api-keys", "qualified-calls", "nonsense", ""])
async def test_a_tab_of_others_is_not_loaded_ahead(people: People, pipeline: Pipeline, slug: str) -> None:
    window = await pipeline.window(people.member(Role.PUBLISHER).cookie, "/settings?tab=payouts")
    sent = await window.emit(Settings.prepare, slug=slug)
    assert not merged(sent, ApiKeys)
    assert not merged(sent, QualifiedCalls)


async def test_a_navigation_after_the_session_ended_leads_to_sign_in(people: People, pipeline: Pipeline) -> None:
    owner = people.member(Role.OWNER)
    window = await pipeline.window(owner.cookie, "/settings?tab=profile")
    pipeline.services.account.sign_in.sign_out(owner.cookie)
    sent = await window.go("/settings?tab=api-keys")
    assert window.shows(Binding)["away"].startswith("/sign-in?next=")
    assert not merged(sent, ApiKeys)
    assert not merged(sent, Profile)


async def test_an_address_without_a_query_is_returned_to_without_one(people: People, pipeline: Pipeline) -> None:
    owner = people.member(Role.OWNER)
    window = await pipeline.window(owner.cookie, "/settings")
    pipeline.services.account.sign_in.sign_out(owner.cookie)
    await window.emit(Settings.open)
    assert window.goes_to == "/sign-in?next=%2Fsettings"


async def test_the_next_person_in_a_window_begins_in_their_own_business(people: People, pipeline: Pipeline) -> None:
    """Not in the business shown before, even though they are a member there too."""
    before, after = people.member(Role.OWNER), people.member(Role.OWNER)
    join(pipeline.services, after.user_id, before.business_id, Role.VIEWER)
    window = await pipeline.window(before.cookie)
    await window.close()
    again = await pipeline.window(after.cookie, token=window.token)
    assert again.shows(Shell)["home"]["id"] == after.business_id


async def test_a_window_stays_in_its_business_when_another_window_is_moved(people: People, pipeline: Pipeline) -> None:
    """Also on reload, even if the session last used the other business."""
    person, other = people.member(Role.OWNER), add_business(pipeline.services)
    join(pipeline.services, person.user_id, other, Role.VIEWER)
    here, there = [await pipeline.window(person.cookie) for _ in range(2)]
    await there.emit(Shell.switch, business_id=other)
    for window, business in ((there, other), (here, person.business_id)):
        await window.load()
        assert window.shows(Shell)["home"]["id"] == business


async def test_a_link_in_a_window_that_was_moved_leads_to_a_full_load(people: People, pipeline: Pipeline) -> None:
    """The screen still shows the previous business, and nothing of the next one may be mixed in."""
    person, other = people.member(Role.OWNER), add_business(pipeline.services)
    join(pipeline.services, person.user_id, other, Role.VIEWER)
    window = await pipeline.window(person.cookie)
    await window.emit(Shell.switch, business_id=other)
    sent = await window.go("/settings?tab=profile")
    assert window.goes_to == "/settings?tab=profile"
    assert (merged(sent, Profile), merged(sent, Shell)) == ({}, {})


async def test_whoever_signs_in_where_a_click_was_lost_is_not_told_of_it(people: People, pipeline: Pipeline) -> None:
    """The click belonged to somebody whose session had ended, possibly another person."""
    before = people.member(Role.OWNER)
    window = await pipeline.window(before.cookie)
    pipeline.state_manager.states.clear()  # type: ignore[attr-defined]
    pipeline.services.account.sign_in.sign_out(before.cookie)
    await window.emit(Profile.rename, form={"name": "Ines"})
    assert window.goes_to.startswith("/sign-in")
    await window.close()
    again = await pipeline.window(people.member(Role.OWNER).cookie, token=window.token)
    assert toasts(again) == []


async def test_a_page_that_is_loaded_again_does_not_repeat_a_toast(people: People, pipeline: Pipeline) -> None:
    owner = people.member(Role.OWNER)
    window = await pipeline.window(owner.cookie, "/settings?tab=profile")
    await window.emit(Profile.end_others)
    assert len(toasts(window)) == 1
    await window.go("/settings?tab=api-keys")
    assert len(toasts(window)) == 1, "it stays while its page does"
    await window.close()
    again = await pipeline.window(owner.cookie, "/settings?tab=api-keys", token=window.token)
    assert toasts(again) == []
