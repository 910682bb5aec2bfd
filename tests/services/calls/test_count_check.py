"""Wrong counts are detected, reported and repaired while calls keep coming in."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlmodel import col, delete, select, update

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.qualification import CallStatus
from settings_ui.models import Business, Call, DayCount, DurationCount, StopCount
from tests.at_once import at_once
from tests.calls import a_call, a_key, bring_in, kept_calls
from tests.support import FakeClock, add_business, add_member

SOURCES = ("Radio", "Organic")


def around(clock: FakeClock) -> tuple[date, date]:
    return clock.now().date() - timedelta(days=3), clock.now().date() + timedelta(days=1)


def a_history(services: Services, business: str, clock: FakeClock, days: int = 3) -> None:
    calls = [
        a_call(
            at=clock.now() - timedelta(days=n % days, minutes=n),
            duration_s=60 + n,
            status=CallStatus.MISSED if n % 4 == 0 else CallStatus.COMPLETED,
            source=SOURCES[n % 2],
        )
        for n in range(40)
    ]
    bring_in(services, business, *calls)


Break = Callable[[str], object]
BREAKS: dict[str, Break] = {
    "a day's total is off": lambda business: (
        update(DayCount).where(col(DayCount.business_id) == business, col(DayCount.source) == "Radio").values(calls=7)
    ),
    "a length's total is off": lambda business: (
        update(DayCount).where(col(DayCount.business_id) == business).values(reached_60=0)
    ),
    "a day is missing": lambda business: delete(DayCount).where(col(DayCount.business_id) == business),
    "durations are missing": lambda business: delete(DurationCount).where(col(DurationCount.business_id) == business),
    "one duration counts double": lambda business: (
        update(DurationCount)
        .where(col(DurationCount.business_id) == business, col(DurationCount.duration_s) == 61)
        .values(completed=2)
    ),
    "calls are gone": lambda business: delete(Call).where(col(Call.business_id) == business),
    "the threshold moved alone": lambda business: (
        update(Business).where(col(Business.id) == business).values(threshold_s=75)
    ),
    "the zone moved alone": lambda business: (
        update(Business).where(col(Business.id) == business).values(time_zone="Pacific/Kiritimati")
    ),
}


@pytest.mark.parametrize("what", BREAKS)
def test_what_went_wrong_with_counts_is_seen_and_mended(
    services: Services, business: str, clock: FakeClock, what: str
) -> None:
    other = add_business(services)
    for one in (business, other):
        a_history(services, one, clock)
    with services.database.write() as session:
        session.execute(BREAKS[what](business))  # type: ignore[call-overload]
    found = services.calls.counts.differences(business, *around(clock))
    assert found
    assert all(line.startswith("2026-03-0") for line in found)
    assert services.calls.counts.differences(other, *around(clock)) == []

    rebuilt = list(services.calls.counts.rebuild(business))
    assert sum(calls for _, calls in rebuilt) == len(kept_calls(services, business))
    assert [day for day, _ in rebuilt] == sorted({day for day, _ in rebuilt})
    for one in (business, other):
        assert services.calls.counts.differences(one, *around(clock)) == []


def test_a_difference_is_said_in_words(services: Services, business: str, clock: FakeClock) -> None:
    services.calls.recording.record(a_key(business), a_call(duration_s=95))
    with services.database.write() as session:
        session.exec(update(DayCount).values(qualified=0))
    assert services.calls.counts.differences(business, *around(clock)) == [
        "2026-03-04 Radio: counted 0 qualified, 1 by duration; the calls say 1 qualified, 1 by duration"
    ]


def test_stops_are_counted_again_too(services: Services, business: str, clock: FakeClock) -> None:
    owner = add_member(services, business, Role.OWNER, clock)
    services.blocked_callers.block_list.block(owner, ["+14155550132"])
    for _ in range(3):
        services.calls.recording.screen(a_key(business), "+14155550132", "+12125550110")
    with services.database.write() as session:
        session.exec(update(StopCount).values(stopped=9))
    [difference] = services.calls.counts.differences(business, *around(clock))
    assert "counted 9 stops; the calls say 3" in difference
    list(services.calls.counts.rebuild(business))
    assert services.calls.counts.differences(business, *around(clock)) == []
    with services.database.read() as session:
        assert [row.stopped for row in session.exec(select(StopCount))] == [3]


def test_a_rebuild_that_ends_in_between_left_whole_days_behind(
    services: Services, business: str, clock: FakeClock
) -> None:
    """Each day is rebuilt in its own transaction: it is either untouched or right."""
    a_history(services, business, clock)
    with services.database.write() as session:
        session.exec(update(DayCount).values(calls=99))
    first, _ = next(services.calls.counts.rebuild(business))
    assert services.calls.counts.differences(business, first, first) == []
    found = services.calls.counts.differences(business, *around(clock))
    assert {line[:10] for line in found} == {"2026-03-03", "2026-03-04"}


def test_calls_that_come_in_during_a_rebuild_are_counted_once(
    services: Services, business: str, clock: FakeClock
) -> None:
    a_history(services, business, clock)
    key = a_key(business)
    rebuilding = [lambda: list(services.calls.counts.rebuild(business))] * 3
    recording = [
        lambda n=n: services.calls.recording.record(key, a_call(at=clock.now() - timedelta(days=n % 3)))
        for n in range(15)
    ]
    at_once(*rebuilding, *recording)
    assert len(kept_calls(services, business)) == 55
    assert services.calls.counts.differences(business, *around(clock)) == []
