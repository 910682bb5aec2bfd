"""The Qualified Calls tab: trying a threshold, saving it, and concurrent edits."""

import json
from typing import Any

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.qualification import DEFAULT_THRESHOLD_S, LEAST_THRESHOLD_S, MOST_THRESHOLD_S
from settings_ui.models import Business, User
from settings_ui.state.qualified_calls import FIELD, SLIDER, QualifiedCalls
from tests.calls import a_call, bring_in
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.state.showing import actor_of


@pytest.fixture
def owner(people: People, services: Services) -> Person:
    """The owner of a business with calls of 30, 60, 100, 100 and 4000 seconds; the short ones came by radio."""
    person = people.member(Role.OWNER)
    sources = {30: "Radio", 60: "Radio", 100: "Web", 4000: "Web"}
    calls = [a_call(duration_s=d, source=sources[d]) for d in (30, 60, 100, 100, 4000)]
    bring_in(services, person.business_id, *calls)
    return person


async def opened(pipeline: Pipeline, person: Person) -> Window:
    return await pipeline.window(person.cookie, "/settings?tab=qualified-calls")


def shown(window: Window) -> dict[str, Any]:
    return window.shows(QualifiedCalls)


def compared(window: Window) -> tuple[str, str, str, str]:
    now, then = shown(window)["now"], shown(window)["then"]
    return (
        f"{now['at']}: {now['calls']}",
        f"{then['at']}: {then['calls']}",
        then["share"],
        shown(window)["change"],
    )


def values_set(messages: list[str]) -> dict[str, str]:
    events = [event for message in messages for event in json.loads(message).get("events") or []]
    return {event["payload"]["ref"]: event["payload"]["value"] for event in events if event["name"] == "_set_value"}


def ref(field: str) -> str:
    return f"ref_{field.replace('-', '_')}"


def threshold(services: Services, person: Person) -> int:
    with services.database.read() as session:
        return session.get_one(Business, person.business_id).threshold_s


async def test_a_threshold_is_tried_from_field_and_slider_alike(pipeline: Pipeline, owner: Person) -> None:
    window = await opened(pipeline, owner)
    assert compared(window) == ("90 s: 3", "90 s: 3", "60.0%", "")
    assert shown(window)["completed"] == "5 completed calls"
    sent = await window.emit(QualifiedCalls.type_in, typed="1:00")
    assert compared(window) == ("90 s: 3", "60 s: 4", "80.0%", "+1 call")
    assert (shown(window)["moved"], values_set(sent)) == ("Radio (+1)", {ref(SLIDER): "60"})
    sent = await window.emit(QualifiedCalls.drag, seconds=101.0)
    assert compared(window) == ("90 s: 3", "101 s: 1", "20.0%", "−2 calls")
    assert (shown(window)["moved"], values_set(sent)) == ("Web (−2)", {ref(FIELD): "101"})
    sent = await window.emit(QualifiedCalls.choose, seconds=120)
    assert (shown(window)["tried"], values_set(sent)) == (120, {ref(SLIDER): "120", ref(FIELD): "120"})
    sent = await window.emit(QualifiedCalls.type_in, typed="1:")
    assert (shown(window)["tried"], values_set(sent)) == (120, {})
    await window.emit(QualifiedCalls.discard)
    assert compared(window) == ("90 s: 3", "90 s: 3", "60.0%", "")


@pytest.mark.parametrize(("seconds", "tried"), [(-5.0, LEAST_THRESHOLD_S), (1e9, MOST_THRESHOLD_S)])
async def test_the_slider_ends_where_thresholds_end(
    pipeline: Pipeline, owner: Person, seconds: float, tried: int
) -> None:
    window = await opened(pipeline, owner)
    await window.emit(QualifiedCalls.drag, seconds=seconds)
    assert shown(window)["tried"] == tried


async def test_a_threshold_is_saved_or_refused_at_its_field(
    pipeline: Pipeline, services: Services, owner: Person
) -> None:
    window = await opened(pipeline, owner)
    await window.emit(QualifiedCalls.save, form={"seconds": "soon"})
    assert (list(shown(window)["errors"]), threshold(services, owner)) == (["seconds"], DEFAULT_THRESHOLD_S)
    await window.emit(QualifiedCalls.type_in, typed="60")
    assert shown(window)["errors"] == {}, "it is not said beside what 60 seconds would change"
    await window.emit(QualifiedCalls.save, form={"seconds": "60"})
    assert (shown(window)["errors"], shown(window)["answered"], threshold(services, owner)) == ({}, 2, 60)
    assert compared(window) == ("60 s: 4", "60 s: 4", "80.0%", "")
    [change] = shown(window)["history"]
    assert change["what"] == "changed the threshold from 90 s to 60 s"
    assert change["who"].startswith("Person")


async def test_a_discarded_error_is_gone(pipeline: Pipeline, owner: Person) -> None:
    window = await opened(pipeline, owner)
    await window.emit(QualifiedCalls.save, form={"seconds": "soon"})
    await window.emit(QualifiedCalls.discard)
    assert shown(window)["errors"] == {}


async def test_who_began_before_somebody_else_changed_it_is_told_and_then_decides(
    pipeline: Pipeline, services: Services, owner: Person
) -> None:
    """A further invalid entry does not count as having seen the notice."""
    window = await opened(pipeline, owner)
    await window.emit(QualifiedCalls.type_in, typed="60")
    services.qualified_calls.set(actor_of(services, owner), "100", seen_s=90)
    await window.emit(QualifiedCalls.save, form={"seconds": "soon"})
    assert shown(window)["tried"] == 60, "the entered value stays"
    await window.emit(QualifiedCalls.save, form={"seconds": "60"})
    assert "100" in shown(window)["errors"]["seconds"]
    assert threshold(services, owner) == 100
    await window.emit(QualifiedCalls.save, form={"seconds": "60"})
    assert (shown(window)["errors"], threshold(services, owner)) == ({}, 60)


async def test_without_trying_the_one_on_screen_is_what_was_seen(
    pipeline: Pipeline, services: Services, owner: Person
) -> None:
    window = await opened(pipeline, owner)
    services.qualified_calls.set(actor_of(services, owner), "100", seen_s=90)
    await window.emit(QualifiedCalls.save, form={"seconds": "60"})
    assert (list(shown(window)["errors"]), threshold(services, owner)) == (["seconds"], 100)
    await window.emit(QualifiedCalls.discard)
    await window.load()
    assert (shown(window)["seconds"], shown(window)["tried"]) == (100, 100)


async def test_bars_are_marked_at_round_durations_and_the_last_holds_all_longer_calls(
    pipeline: Pipeline, owner: Person
) -> None:
    window = await opened(pipeline, owner)
    bars = shown(window)["bars"]
    marks = [bar["mark"] for bar in bars if bar["mark"]]
    assert bars[0]["label"].startswith("0 s to ")
    assert (marks[0], marks[-1]) == ("0 s", "longer")
    assert bars[-1]["label"].endswith(" or longer")
    assert 3 <= len(marks) <= 8
    assert "longer" not in marks[:-1]
    assert sum(bar["first"] for bar in bars) == 3
    assert sum(bar["second"] for bar in bars) == 2


async def test_without_calls_there_is_nothing_to_compare(people: People, pipeline: Pipeline) -> None:
    window = await opened(pipeline, people.member(Role.OWNER))
    assert (shown(window)["bars"], shown(window)["completed"]) == ([], "0 completed calls")
    assert (shown(window)["now"]["share"], shown(window)["history"]) == ("", [])


async def test_one_call_is_one_and_whoever_changed_the_threshold_is_named(
    people: People, pipeline: Pipeline, services: Services
) -> None:
    owner = people.member(Role.OWNER)
    bring_in(services, owner.business_id, a_call())
    admin = people.member(Role.ADMIN, owner.business_id)
    services.qualified_calls.set(actor_of(services, admin), "100", seen_s=90)
    viewer = people.member(Role.VIEWER, owner.business_id)
    window = await opened(pipeline, viewer)
    assert (shown(window)["completed"], shown(window).get("may_change", False)) == ("1 completed call", False)
    with services.database.read() as session:
        assert shown(window)["history"][0]["who"] == session.get_one(User, admin.user_id).name
