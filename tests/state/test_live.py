"""Live updates: open windows reload when something they show has changed, and only those."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable

import pytest

from settings_ui.bootstrap import Services, using
from settings_ui.domain.access import Role
from settings_ui.services.kit.changes import business_topic, user_topic
from settings_ui.state import live
from settings_ui.state.desk import Desk
from settings_ui.state.payouts import Payouts
from settings_ui.state.profile import Profile
from settings_ui.state.settings import Settings
from settings_ui.state.shell import Shell
from tests.fakes import Broken
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window, merged, name_of
from tests.support import PASSWORD, replaced


@pytest.fixture
def quiet_s() -> float:
    """The minimum time between two updates of a window; tests may override it."""
    return 0.01


@pytest.fixture
async def pipeline(pipeline: Pipeline, quiet_s: float) -> AsyncIterator[Pipeline]:
    """The pipeline, delivering topics as the running app does."""
    async with live.delivering(pipeline, Settings.open, Desk.open, quiet_s=quiet_s):  # type: ignore[arg-type]
        await asyncio.sleep(0)
        yield pipeline


async def delivered(pipeline: Pipeline) -> None:
    """Return once published topics have reached every window they concern."""
    for _ in range(5):
        await asyncio.sleep(0)
        await pipeline.settle()
    await asyncio.sleep(0.02)
    await pipeline.settle()


def heard(windows: Iterable[Window]) -> list[int]:
    """Return the number of messages each window has received."""
    return [len(window.sent) for window in windows]


async def test_a_new_name_shows_in_every_other_window_of_the_person(people: People, pipeline: Pipeline) -> None:
    """Also in another browser. The message carries no data; each window reloads with its own rights."""
    person = people.member(Role.OWNER)
    here = await pipeline.window(person.cookie)
    other_browser = await pipeline.window(people.sign_in(person))
    await here.emit(Profile.rename, form={"name": "Ines Ferreira-Holm"})
    await delivered(pipeline)
    for window in (here, other_browser):
        assert window.shows(Shell)["user"]["name"] == "Ines Ferreira-Holm"


async def test_only_windows_that_show_the_person_or_the_business_hear_of_it(people: People, pipeline: Pipeline) -> None:
    person = people.member(Role.OWNER)
    here = await pipeline.window(person.cookie)
    colleague = await pipeline.window(people.member(Role.VIEWER, person.business_id).cookie)
    stranger = await pipeline.window(people.member(Role.OWNER).cookie)
    signed_out = await pipeline.window(None)
    before = heard([colleague, stranger, signed_out])
    await here.emit(Profile.rename, form={"name": "Ines Ferreira-Holm"})
    await delivered(pipeline)
    after = heard([colleague, stranger, signed_out])
    assert after[0] > before[0]
    assert after[1:] == before[1:]


async def test_a_payout_change_is_seen_in_the_owners_recent_changes(people: People, pipeline: Pipeline) -> None:
    owner = people.member(Role.OWNER)
    publisher = people.member(Role.PUBLISHER, owner.business_id)
    watching = await pipeline.window(owner.cookie, "/settings?tab=payouts")
    assert watching.shows(Payouts)["changes"] == []
    paid = await pipeline.window(publisher.cookie, "/settings?tab=payouts")
    await paid.emit(Payouts.save, form={"email": "pay@harborleads.example", "password": PASSWORD})
    await delivered(pipeline)
    assert [change["what"] for change in watching.shows(Payouts)["changes"]] == ["saved a PayPal email"]
    assert "pay@harborleads.example" not in "".join(watching.sent)


async def test_a_window_that_looks_again_stays_where_it_is(people: People, pipeline: Pipeline) -> None:
    """Others get neither the address nor the session of whoever made the change."""
    person = people.member(Role.OWNER)
    colleague = people.member(Role.VIEWER, person.business_id)
    here = await pipeline.window(person.cookie, "/settings?tab=profile")
    mine = await pipeline.window(person.cookie, "/settings?tab=payouts")
    theirs = await pipeline.window(colleague.cookie, "/settings?tab=payouts")
    before = heard([theirs])[0]
    await here.emit(Profile.rename, form={"name": "Ines Ferreira-Holm"})
    await delivered(pipeline)
    for window in (mine, theirs):
        assert window.shows(Settings)["tab"] == "payouts"
        assert window.goes_to == ""
    assert here.token not in "".join(theirs.sent[before:])


async def test_a_window_whose_session_was_ended_elsewhere_leaves_by_itself(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    person = people.member(Role.OWNER)
    window = await pipeline.window(person.cookie, "/settings?tab=payouts")
    await services.bus.publish(services.account.sign_in.sign_out(person.cookie).topics)
    await delivered(pipeline)
    assert window.goes_to == "/sign-in?next=%2Fsettings%3Ftab%3Dpayouts"


async def test_a_window_whose_member_was_removed_is_shown_nothing_more(people: People, pipeline: Pipeline) -> None:
    person = people.member(Role.VIEWER)
    window = await pipeline.window(person.cookie)
    people.remove(person)
    before = len(window.sent)
    await live.publish(frozenset({business_topic(person.business_id)}))
    await delivered(pipeline)
    assert merged(window.sent[before:], Shell) == {}
    assert window.goes_to.startswith("/sign-in")


async def test_a_closed_window_is_forgotten(people: People, pipeline: Pipeline) -> None:
    person = people.member(Role.OWNER)
    window = await pipeline.window(person.cookie)
    await window.close()
    before = len(window.sent)
    await live.publish(frozenset({user_topic(person.user_id)}))
    await delivered(pipeline)
    assert len(window.sent) == before
    assert window.token not in live._windows


async def test_a_window_that_loads_again_is_remembered_once(people: People, pipeline: Pipeline) -> None:
    person = people.member(Role.OWNER)
    window = await pipeline.window(person.cookie)
    await window.close()
    again = await pipeline.window(person.cookie, token=window.token)
    other = await pipeline.window(person.cookie)
    before = len(again.sent)
    await other.emit(Profile.rename, form={"name": "Ines Ferreira-Holm"})
    await delivered(pipeline)
    assert len(again.sent) == before + 1


async def test_a_socket_with_a_windows_token_hears_nothing_until_it_has_said_whose_it_is(
    people: People, pipeline: Pipeline
) -> None:
    """A window token alone gives access to nothing: a refresh runs with the rights of whoever loaded the window."""
    person = people.member(Role.OWNER)
    window = await pipeline.window(person.cookie)
    await window.close()
    listening = await pipeline.socket(people.member(Role.OWNER).cookie, token=window.token)
    assert listening.token == window.token
    await live.publish(frozenset({user_topic(person.user_id)}))
    await delivered(pipeline)
    assert listening.sent == []


async def test_a_window_that_loads_signed_out_hears_nothing_more(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    person = people.member(Role.OWNER)
    window = await pipeline.window(person.cookie)
    services.account.sign_in.sign_out(person.cookie)
    await window.load()
    before = len(window.sent)
    await live.publish(frozenset({user_topic(person.user_id), business_topic(person.business_id)}))
    await delivered(pipeline)
    assert len(window.sent) == before


async def test_a_change_in_a_loop_costs_another_window_two_looks(people: People, pipeline: Pipeline) -> None:
    """One immediately, and one for all the changes after it."""
    person = people.member(Role.OWNER)
    other = await pipeline.window(people.sign_in(person))
    before = pipeline.admitted.count(name_of(Settings.open))
    topics = frozenset({user_topic(person.user_id)})
    for _ in range(100):
        await live.publish(topics)
    await delivered(pipeline)
    assert pipeline.admitted.count(name_of(Settings.open)) - before == 2
    assert other.shows(Shell)["user"]["name"]


@pytest.mark.parametrize("quiet_s", [0.3])
async def test_a_window_that_closes_after_the_first_look_is_not_told_again(
    people: People, pipeline: Pipeline, quiet_s: float
) -> None:
    person = people.member(Role.OWNER)
    window = await pipeline.window(person.cookie)
    before = pipeline.admitted.count(name_of(Settings.open))
    await changed_twice(person, pipeline)
    await window.close()
    await asyncio.sleep(quiet_s)
    await delivered(pipeline)
    assert pipeline.admitted.count(name_of(Settings.open)) - before == 1


@pytest.mark.parametrize("quiet_s", [0.3])
async def test_a_window_that_signs_out_after_the_first_look_is_not_told_again(
    people: People, pipeline: Pipeline, quiet_s: float, caplog: pytest.LogCaptureFixture
) -> None:
    person = people.member(Role.OWNER)
    window = await pipeline.window(person.cookie)
    await changed_twice(person, pipeline)
    live.forget(window.token)
    await asyncio.sleep(quiet_s)
    await delivered(pipeline)
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []


async def changed_twice(person: Person, pipeline: Pipeline) -> None:
    """Return once the person's windows have handled a first change and a second one is pending."""
    for _ in range(2):
        await live.publish(frozenset({user_topic(person.user_id)}))
    await asyncio.sleep(0)
    await pipeline.settle()


async def test_a_change_that_concerns_nobody_is_not_published(services: Services) -> None:
    """Nobody would receive it, and the bus may be unavailable."""
    with using(replaced(services, {"bus": Broken(RuntimeError())})):
        await live.publish(frozenset())
