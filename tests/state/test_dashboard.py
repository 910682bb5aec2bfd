"""The dashboard: its figures, its bars, and the options in its address."""

from datetime import timedelta
from typing import Any

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.qualification import CallStatus
from settings_ui.state.dashboard import Dashboard
from tests.calls import a_call, bring_in
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.state.showing import actor_of
from tests.support import START, FakeClock


@pytest.fixture
def owner(people: People) -> Person:
    return people.member(Role.OWNER)


def shown(window: Window) -> dict[str, Any]:
    return window.shows(Dashboard)


def stats(window: Window) -> list[tuple[str, str, str, str]]:
    return [
        (s["label"], s["value"], f"{s['change']} {s['remark']}".strip(), s["trend"]) for s in shown(window)["stats"]
    ]


async def test_figures_are_compared_with_the_days_before(pipeline: Pipeline, services: Services, owner: Person) -> None:
    before = START - timedelta(days=7)
    bring_in(
        services,
        owner.business_id,
        *(a_call() for _ in range(3)),
        a_call(duration_s=10),
        a_call(status=CallStatus.MISSED, duration_s=0, source="Web"),
        *(a_call(at=before) for _ in range(4)),
    )
    window = await pipeline.window(owner.cookie, "/dashboard?days=7")
    assert stats(window) == [
        ("Calls", "5", "+25.0% vs. previous 7 days", "up"),
        ("Qualified, 90 s or more", "3", "−25.0% vs. previous 7 days", "down"),
        ("Qualified rate", "75.0%", "of completed calls", ""),
        ("Stopped", "0", "from blocked callers", ""),
    ]
    assert shown(window)["days"] == "26 February to 4 March"
    assert [(s["source"], s["calls"], s["rate"]) for s in shown(window)["sources"]] == [
        ("Radio", "4", "75.0%"),
        ("Web", "1", "–"),
    ]
    assert [bar["label"] for bar in shown(window)["bars"]][-1] == "4 March"
    assert (shown(window)["bars"][-1]["first"], shown(window)["bars"][-1]["second"]) == (3, 2)


@pytest.mark.parametrize(
    ("earlier", "remark"),
    [
        (0, ("", "")),
        (3, ("same as previous 30 days", "")),
        (6, ("−50.0% vs. previous 30 days", "down")),
    ],
)
async def test_a_change_needs_something_to_compare_with(
    pipeline: Pipeline, services: Services, owner: Person, earlier: int, remark: tuple[str, str]
) -> None:
    before = START - timedelta(days=30)
    bring_in(services, owner.business_id, *(a_call() for _ in range(3)), *(a_call(at=before) for _ in range(earlier)))
    window = await pipeline.window(owner.cookie, "/dashboard")
    assert stats(window)[0] == ("Calls", "3", *remark)


@pytest.mark.parametrize(
    ("query", "period", "basis", "bars"),
    [
        ("", "30", "now", 30),
        ("days=7", "7", "now", 7),
        ("days=90&basis=then", "90", "then", 90),
        ("days=8&basis=ever", "30", "now", 30),
    ],
)
async def test_the_address_says_which_days_and_how_they_are_counted(
    pipeline: Pipeline, owner: Person, query: str, period: str, basis: str, bars: int
) -> None:
    window = await pipeline.window(owner.cookie, f"/dashboard?{query}")
    assert (shown(window)["period"], shown(window)["basis"], len(shown(window)["bars"])) == (period, basis, bars)


async def test_a_change_of_the_threshold_is_noted_at_its_day(
    pipeline: Pipeline, services: Services, owner: Person, clock: FakeClock
) -> None:
    bring_in(services, owner.business_id, a_call(duration_s=95))
    services.qualified_calls.set(actor_of(services, owner), "100", seen_s=90)
    window = await pipeline.window(owner.cookie, "/dashboard?basis=then")
    assert [bar["note"] for bar in shown(window)["bars"] if bar["note"]] == ["90 s → 100 s"]
    assert stats(window)[1][:2] == ("Qualified, as counted then", "1")
    await window.go("/dashboard")
    assert stats(window)[1][:2] == ("Qualified, 100 s or more", "0")


async def test_a_new_business_is_led_step_by_step_until_it_works(
    pipeline: Pipeline, services: Services, people: People, owner: Person
) -> None:
    window = await pipeline.window(owner.cookie, "/dashboard")
    assert [(step["done"], step["next"]) for step in shown(window)["steps"]] == [(False, True)] + [(False, False)] * 3
    services.numbers.add(actor_of(services, owner), "+14155550132", "Radio")
    await window.emit(Dashboard.open)
    steps = [(step["place"], step["done"], step["next"]) for step in shown(window)["steps"]]
    assert steps[:2] == [("/numbers", True, False), ("/settings?tab=api-keys", False, True)]
    bring_in(services, owner.business_id, a_call())
    viewer = await pipeline.window(people.member(Role.VIEWER, owner.business_id).cookie, "/dashboard")
    await window.emit(Dashboard.open)
    assert shown(window)["steps"] == shown(viewer)["steps"] == []


async def test_those_who_do_not_manage_the_business_are_not_led(people: People, pipeline: Pipeline) -> None:
    window = await pipeline.window(people.member(Role.VIEWER).cookie, "/dashboard")
    assert shown(window)["steps"] == []
