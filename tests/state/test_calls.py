"""The call log: what a page shows, and where its filter leads."""

import json
from datetime import timedelta
from typing import Any

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.qualification import CallStatus
from settings_ui.services.calls.log import PAGE
from settings_ui.services.calls.reports import MOST_DAYS
from settings_ui.state.block_dialog import BlockDialog
from settings_ui.state.calls import CallLog
from settings_ui.state.shell import Shell
from tests.blocked import block
from tests.calls import CALLER, a_call, a_key, bring_in
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.state.showing import actor_of
from tests.support import START

OTHER = "+14155550133"


@pytest.fixture
def owner(people: People) -> Person:
    return people.member(Role.OWNER)


def shown(window: Window) -> dict[str, Any]:
    return window.shows(CallLog)


def ids(window: Window) -> list[str]:
    return [call["id"] for call in shown(window)["calls"]]


def leads_to(messages: list[str]) -> str:
    """Return the address that an event sends the browser to."""
    events = [event for message in messages for event in json.loads(message).get("events") or []]
    return str(events[0]["payload"]["path"]) if events else ""


async def test_a_log_without_calls_leads_to_what_comes_next(
    pipeline: Pipeline, services: Services, people: People, owner: Person
) -> None:
    """For those who can do it, and until calls come in."""
    actor = actor_of(services, owner)
    viewer = await pipeline.window(people.member(Role.VIEWER, owner.business_id).cookie, "/calls")
    window = await pipeline.window(owner.cookie, "/calls")
    assert shown(window)["step"]["place"] == "/numbers"
    services.numbers.add(actor, OTHER, "Radio")
    await window.emit(CallLog.open)
    assert shown(window)["step"]["place"] == "/settings?tab=api-keys"
    services.api_keys.keys.create(actor, "CRM", KeyAccess.FULL)
    await window.emit(CallLog.open)
    assert shown(window)["step"]["place"] == "/api/v1/docs"
    bring_in(services, owner.business_id, a_call())
    for each in (window, viewer):
        await each.emit(CallLog.open)
        assert shown(each)["step"]["place"] == ""


async def test_a_call_says_how_it_ended_and_what_it_counts_as(
    pipeline: Pipeline, services: Services, owner: Person
) -> None:
    bring_in(
        services,
        owner.business_id,
        a_call("good", duration_s=100, at=START),
        a_call("short", duration_s=89, at=START - timedelta(minutes=1), caller=OTHER),
        a_call("missed", duration_s=0, at=START - timedelta(minutes=2), status=CallStatus.MISSED),
        a_call("voice", duration_s=95, at=START - timedelta(minutes=3), status=CallStatus.VOICEMAIL),
    )
    [entry] = block(services, a_key(owner.business_id), CALLER)
    services.calls.recording.record(
        a_key(owner.business_id),
        a_call("stopped", duration_s=0, at=START - timedelta(minutes=4), status=CallStatus.STOPPED),
    )
    window = await pipeline.window(owner.cookie, "/calls")
    rows = {call["id"]: call for call in shown(window)["calls"]}
    assert {call: (row["result"], row["kind"], row["duration"]) for call, row in rows.items()} == {
        "good": ("Qualified", "good", "1 min 40 s"),
        "short": ("89 s, under 90 s", "", "1 min 29 s"),
        "missed": ("Missed", "", "–"),
        "voice": ("Voicemail", "", "1 min 35 s"),
        "stopped": ("Stopped", "bad", "–"),
    }
    assert {call: row["then"] for call, row in rows.items()} == {
        "good": "Qualified under the threshold of 90 s at the time",
        "short": "Not qualified under the threshold of 90 s at the time",
        "missed": "Not qualified",
        "voice": "Not qualified",
        "stopped": "Not qualified",
    }
    assert (rows["good"]["entry"], rows["short"]["entry"]) == (entry, "")
    assert (rows["good"]["day"], rows["good"]["time"]) == ("Wed 4 Mar", "12:00")
    assert (rows["good"]["caller"], rows["good"]["source"]) == ("(415) 555-0132", "Radio")
    assert (shown(window)["matching"], shown(window)["sources"]) == ("5 calls, 1 qualified", ["Radio"])
    assert shown(window)["export"].startswith("/calls.csv?")
    assert shown(window)["export"].endswith(f"&business={owner.business_id}")


async def test_pages_follow_each_other_both_ways(pipeline: Pipeline, services: Services, owner: Person) -> None:
    bring_in(
        services, owner.business_id, *(a_call(f"c{n:03}", at=START - timedelta(minutes=n)) for n in range(PAGE + 1))
    )
    window = await pipeline.window(owner.cookie, "/calls")
    first = ids(window)
    assert (len(first), shown(window)["newer"]) == (PAGE, "")
    assert "cursor=" in shown(window)["older"]
    assert "page=newer" not in shown(window)["older"]
    await window.go(shown(window)["older"])
    assert (ids(window), shown(window)["older"]) == ([f"c{PAGE:03}"], "")
    assert "page=newer" in shown(window)["newer"]
    await window.go(shown(window)["newer"])
    assert ids(window) == first


@pytest.mark.parametrize(
    ("query", "matching"),
    [
        ("period=7", "1 call, 1 qualified"),
        ("period=30&source=Web", "2 calls, 1 qualified"),
        ("period=7&status=missed", ""),
        ("period=all", ""),
        ("period=custom&first=2026-03-01", ""),
        ("period=custom&last=2026-03-01", ""),
        ("period=custom&first=2020-01-01&last=2026-03-04", ""),
        (f"period=custom&first={START.date() - timedelta(days=MOST_DAYS - 1)}&last=2026-03-04", "3 calls, 2 qualified"),
        (f"period=custom&first={START.date() - timedelta(days=MOST_DAYS)}&last=2026-03-04", ""),
    ],
)
async def test_how_many_calls_match_is_said_where_counts_know_it(
    pipeline: Pipeline, services: Services, owner: Person, query: str, matching: str
) -> None:
    """By day and source, for up to a year."""
    old = START - timedelta(days=20)
    bring_in(
        services,
        owner.business_id,
        a_call(),
        a_call(at=old, source="Web"),
        a_call(at=old, source="Web", duration_s=1),
    )
    window = await pipeline.window(owner.cookie, f"/calls?{query}")
    assert (shown(window).get("matching", ""), shown(window).get("wrong", "")) == (matching, "")


async def test_a_filter_that_cannot_be_is_said_and_shows_no_calls(
    pipeline: Pipeline, services: Services, owner: Person
) -> None:
    bring_in(services, owner.business_id, a_call())
    window = await pipeline.window(owner.cookie, "/calls")
    assert len(ids(window)) == 1
    await window.go("/calls?period=custom&first=2026-03-05&last=2026-03-01")
    assert shown(window)["wrong"]
    assert (ids(window), shown(window)["matching"]) == ([], "")
    await window.go("/calls")
    assert (shown(window)["wrong"], len(ids(window))) == ("", 1)


async def test_every_filter_can_be_set_on_a_page_that_was_opened_with_one_that_cannot_be(
    pipeline: Pipeline, services: Services, owner: Person
) -> None:
    bring_in(services, owner.business_id, a_call(source="Radio"))
    window = await pipeline.window(owner.cookie, "/calls?period=custom&first=2026-03-05&last=2026-03-01")
    assert shown(window)["wrong"]
    assert shown(window)["sources"] == ["Radio"]


async def test_one_part_of_the_filter_is_changed_and_the_page_begins_again(pipeline: Pipeline, owner: Person) -> None:
    window = await pipeline.window(owner.cookie, "/calls?source=Radio&cursor=x")
    assert shown(window)["wrong"] == "This page of the list does not exist. Choose a period to start from the newest."
    assert leads_to(await window.emit(CallLog.choose, part="status", value="missed")) == (
        "/calls?source=Radio&status=missed"
    )
    assert leads_to(await window.emit(CallLog.choose, part="source", value="")) == "/calls"
    assert leads_to(await window.emit(CallLog.choose, part="cursor", value="x")) == ""


async def test_number_and_days_are_looked_up_together(pipeline: Pipeline, owner: Person) -> None:
    window = await pipeline.window(owner.cookie, "/calls?source=Radio")
    sent = await window.emit(CallLog.look_up, form={"number": "415", "first": 7, "status": "missed"})
    assert leads_to(sent) == "/calls?source=Radio&number=415"
    days = "period=custom&first=2026-03-01&last=2026-03-02"
    await window.go(f"/calls?{days}")
    assert leads_to(await window.emit(CallLog.look_up, form={"number": "415"})) == f"/calls?{days}&number=415"


async def test_callers_are_selected_and_details_opened_of_calls_on_the_page(
    pipeline: Pipeline, services: Services, owner: Person
) -> None:
    bring_in(services, owner.business_id, a_call("one"), a_call("two", caller=OTHER))
    window = await pipeline.window(owner.cookie, "/calls")
    for number in (CALLER, OTHER, CALLER, "+12125550000"):
        await window.emit(CallLog.select, number=number, chosen=True)
    assert sorted(shown(window)["selected"]) == [CALLER, OTHER]
    await window.emit(CallLog.select, number=OTHER, chosen=False)
    assert shown(window)["selected"] == [CALLER]
    await window.emit(CallLog.show_details, call="one")
    assert shown(window)["details"]["id"] == "one"
    await window.go("/calls?number=4155550132")
    assert (shown(window)["selected"], shown(window)["details"]["id"]) == ([CALLER], "one")
    await window.go("/calls?number=4155550133")
    assert (shown(window)["selected"], shown(window)["details"]["id"]) == ([], "")
    await window.emit(CallLog.show_details, call="two")
    await window.emit(CallLog.show_details, call="unknown")
    assert shown(window)["details"]["id"] == ""


async def test_a_caller_without_a_full_number_is_shown_and_cannot_be_blocked(
    pipeline: Pipeline, services: Services, owner: Person
) -> None:
    bring_in(services, owner.business_id, a_call("one", caller="12345"), a_call("two", caller="anonymous"))
    window = await pipeline.window(owner.cookie, "/calls?number=12345")
    assert [(call["caller"], call["blockable"]) for call in shown(window)["calls"]] == [("12345", False)]
    await window.emit(CallLog.select, number="12345", chosen=True)
    assert shown(window)["selected"] == []
    await window.go("/calls?number=anonymous")
    assert [(call["caller"], call["blockable"]) for call in shown(window)["calls"]] == [("Anonymous", True)]


async def test_callers_who_are_blocked_are_selected_no_more(
    pipeline: Pipeline, services: Services, owner: Person
) -> None:
    """Their calls had been ticked for that; the others stay ticked."""
    bring_in(services, owner.business_id, a_call("one", duration_s=5), a_call("two", duration_s=5, caller=OTHER))
    window = await pipeline.window(owner.cookie, "/calls")
    for number in (CALLER, OTHER):
        await window.emit(CallLog.select, number=number, chosen=True)
    await window.emit(BlockDialog.start, numbers=shown(window)["selected"])
    await window.emit(BlockDialog.block, form={"numbers": CALLER, "note": "", "until": ""})
    await window.emit(Shell.look_again)
    assert shown(window)["selected"] == [OTHER]
    await window.emit(CallLog.select, number=CALLER, chosen=True)
    assert shown(window)["selected"] == [OTHER]


@pytest.mark.parametrize(("role", "may"), [(Role.ADMIN, True), (Role.VIEWER, False)])
async def test_blocking_is_offered_to_those_who_may(
    people: People, pipeline: Pipeline, services: Services, owner: Person, role: Role, may: bool
) -> None:
    window = await pipeline.window(people.member(role, owner.business_id).cookie, "/calls")
    assert shown(window).get("may_block", False) is may


async def test_what_a_call_counted_as_stays_when_the_threshold_changes(
    pipeline: Pipeline, services: Services, owner: Person
) -> None:
    bring_in(services, owner.business_id, a_call("one", duration_s=95))
    services.qualified_calls.set(actor_of(services, owner), "100", seen_s=90)
    window = await pipeline.window(owner.cookie, "/calls")
    [row] = shown(window)["calls"]
    assert (row["result"], row["then"]) == ("95 s, under 100 s", "Qualified under the threshold of 90 s at the time")


async def test_support_is_asked_about_a_call_by_whoever_has_support(
    pipeline: Pipeline, services: Services, people: People, owner: Person
) -> None:
    """The id comes from the platform and may contain anything."""
    bring_in(services, owner.business_id, a_call("a&b=c #1"))
    for role, address in (
        (Role.MANAGER, "/settings?tab=support&about_kind=call&about=a%26b%3Dc+%231"),
        (Role.VIEWER, ""),
    ):
        window = await pipeline.window(people.member(role, owner.business_id).cookie, "/calls")
        assert [call["ask"] for call in shown(window)["calls"]] == [address]
