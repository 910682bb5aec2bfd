"""Counts: whatever happens to calls, thresholds and clocks, they say what counting the calls one by one says."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import col, delete, select, update

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.qualification import Status
from settings_ui.models import Business, Call, DayCount, DurationCount, StopCount
from settings_ui.services.call_counts import day_starts, local_day
from settings_ui.services.call_import import store
from settings_ui.services.calls import NewCall, checked
from settings_ui.services.reports import Basis, GroupBy
from tests.at_once import at_once
from tests.calls import a_call, a_key, counted_one_by_one, kept_calls
from tests.support import FakeClock, add_business, add_member

ZONES = (
    "UTC",
    "America/New_York",  # clocks change at two in the morning
    "America/Santiago",  # at midnight: some days begin at one, some have two elevenths hours of the evening
    "Africa/Cairo",  # at midnight too
    "Australia/Lord_Howe",  # by half an hour
    "Asia/Kathmandu",  # 45 minutes off
    "Pacific/Kiritimati",  # 14 hours ahead
)
# Where clocks go forward or back in one of them, and a year's end.
DAYS = (
    *(date(2025, 3, 9), date(2025, 11, 2), date(2025, 4, 6), date(2025, 9, 7), date(2025, 4, 25), date(2025, 10, 31)),
    *(date(2025, 10, 5), date(2025, 12, 31), date(2026, 1, 1), date(2024, 2, 29)),
)
LATER = FakeClock(datetime(2026, 3, 4, 12, tzinfo=UTC))
SOURCES = ("Radio", "Organic", "größe & <b>", "=1+1")
FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@st.composite
def moments(draw: st.DrawFn, zone: str) -> datetime:
    """A moment near a midnight of the zone, or any time of a day on which clocks may change."""
    day = draw(st.sampled_from(DAYS))
    minutes = draw(st.integers(-90, 90) | st.integers(0, 24 * 60))
    return day_starts(day, zone) + timedelta(minutes=minutes, seconds=draw(st.integers(0, 59)))


def calls_in(zone: str) -> st.SearchStrategy[NewCall]:
    return st.builds(
        a_call,
        at=moments(zone),
        duration_s=st.sampled_from([0, 1, 29, 30, 31, 89, 90, 91, 7200, 86_400]),
        status=st.sampled_from(Status),
        source=st.sampled_from(SOURCES),
    )


Step = list[NewCall] | NewCall | int
"""Calls that are imported, a call that is recorded, or a new threshold."""


@st.composite
def stories(draw: st.DrawFn) -> tuple[str, list[Step]]:
    zone = draw(st.sampled_from(ZONES))
    step = calls_in(zone) | st.lists(calls_in(zone), max_size=8) | st.sampled_from([1, 30, 90, 91, 7200])
    return zone, draw(st.lists(step, min_size=1, max_size=10))


@FEW
@given(story=stories(), asked=st.sampled_from([1, 29, 30, 90, 7200]))
def test_counts_and_reports_say_what_the_calls_say(
    services: Services, story: tuple[str, list[Step]], asked: int
) -> None:
    """For calls of every kind around midnights and changing clocks, recorded and imported, the threshold changed in
    between; by day and by source, at the threshold in force, at any other, and as counted then."""
    zone, steps = story
    business = add_business(services, time_zone=zone)
    owner = add_member(services, business, Role.OWNER, LATER)
    threshold_s = 90
    for step in steps:
        if isinstance(step, NewCall):
            services.calls.record(a_key(business), step)
        elif isinstance(step, list):
            bring_in(services, business, step)
        else:
            services.qualified_calls.set(owner, str(step), seen_s=threshold_s)
            threshold_s = step
    calls = kept_calls(services, business)
    days = {local_day(call.started_at, zone) for call in calls} or {DAYS[0]}
    for day in days:
        assert services.call_counts.differences(business, day, day) == []
    for first in {min(days), max(days)}:
        last = max(day for day in days if day < first + timedelta(days=366))
        within = [call for call in calls if first <= local_day(call.started_at, zone) <= last]
        for group_by in GroupBy:
            for basis, at in ((Basis.NOW, None), (Basis.NOW, asked), (Basis.THEN, None)):
                report = services.reports.qualified(
                    owner, first=first, last=last, group_by=group_by, threshold_s=at, basis=basis
                )
                naive = counted_one_by_one(within, zone, group_by, None if basis is Basis.THEN else at or threshold_s)
                assert {line.key: line for line in report.lines if line.calls} == naive
                assert report.total.calls == len(within)


def bring_in(services: Services, business: str, calls: list[NewCall]) -> None:
    with services.database.write() as session:
        home = session.get_one(Business, business)
        store(session, business, [(new, checked(new, home, services.clock.now())) for new in calls])


@settings(max_examples=300, deadline=None)
@given(zone=st.sampled_from(ZONES), day=st.dates(date(2010, 1, 1), date(2040, 12, 31)), data=st.data())
def test_a_day_has_the_moments_from_its_start_to_the_next_day_s(zone: str, day: date, data: st.DataObject) -> None:
    """So that a range of moments and the day of each moment never disagree, whatever clocks do at midnight."""
    start, end = day_starts(day, zone), day_starts(day + timedelta(days=1), zone)
    assert timedelta(hours=22) < end - start < timedelta(hours=26)
    moment = start + timedelta(microseconds=data.draw(st.integers(0, (end - start) // timedelta(microseconds=1) - 1)))
    assert local_day(moment, zone) == day
    assert local_day(end, zone) == day + timedelta(days=1)


def test_a_day_that_a_country_left_out_has_no_moments() -> None:
    """Samoa went from 29 to 31 December 2011."""
    assert day_starts(date(2011, 12, 30), "Pacific/Apia") == day_starts(date(2011, 12, 31), "Pacific/Apia")


def test_a_stopped_call_that_was_connected_after_all_is_counted_as_what_it_became(
    services: Services, business: str, clock: FakeClock
) -> None:
    owner = add_member(services, business, Role.OWNER, clock)
    services.blocked_callers.block(owner, ["+14155550132"])
    key = a_key(business)
    stopped = services.calls.screen(key, "+14155550132", "+12125550110", "c-1")
    assert not stopped.allow
    assert services.call_counts.differences(business, *around(clock)) == []
    services.calls.record(key, a_call("c-1", at=clock.now() - timedelta(days=1), duration_s=95))
    assert services.call_counts.differences(business, *around(clock)) == []
    report = services.reports.qualified(owner)
    assert (report.total.calls, report.total.qualified, report.total.stopped) == (1, 1, 0)


def test_stopped_calls_that_change_places_at_once_wait_for_nobody_in_a_ring(
    services: Services, business: str, clock: FakeClock
) -> None:
    """Reported from the other source than their number's: what one takes away from, another one adds to."""
    owner = add_member(services, business, Role.OWNER, clock)
    services.blocked_callers.block(owner, ["+14155550132"])
    sides = (("+12125550110", "Radio", "Organic"), ("+12125550111", "Organic", "Radio"))
    key = a_key(business)
    for dialled, source, _ in sides:
        services.numbers.add(owner, dialled, source)
    reports = []
    for n in range(24):
        dialled, _, other = sides[n % 2]
        services.calls.screen(key, "+14155550132", dialled, f"c-{n}")
        reports.append(a_call(f"c-{n}", dialled=dialled, source=other, at=clock.now() - timedelta(days=n // 2 % 2)))
    results = at_once(*[lambda report=report: services.calls.record(key, report) for report in reports])
    assert not [result for result in results if isinstance(result, Exception)]
    assert services.call_counts.differences(business, *around(clock)) == []


def around(clock: FakeClock) -> tuple[date, date]:
    return clock.now().date() - timedelta(days=3), clock.now().date() + timedelta(days=1)


def a_history(services: Services, business: str, clock: FakeClock, days: int = 3) -> None:
    calls = [
        a_call(
            at=clock.now() - timedelta(days=n % days, minutes=n),
            duration_s=60 + n,
            status=Status.MISSED if n % 4 == 0 else Status.COMPLETED,
            source=SOURCES[n % 2],
        )
        for n in range(40)
    ]
    bring_in(services, business, calls)


Break = Callable[[str], object]
BREAKS: dict[str, Break] = {
    "a day's total is off": lambda business: (
        update(DayCount).where(col(DayCount.business_id) == business, col(DayCount.source) == "Radio").values(calls=7)
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
    found = services.call_counts.differences(business, *around(clock))
    assert found
    assert all(line.startswith("2026-03-0") for line in found)
    assert services.call_counts.differences(other, *around(clock)) == []

    rebuilt = list(services.call_counts.rebuild(business))
    assert sum(calls for _, calls in rebuilt) == len(kept_calls(services, business))
    assert [day for day, _ in rebuilt] == sorted({day for day, _ in rebuilt})
    for one in (business, other):
        assert services.call_counts.differences(one, *around(clock)) == []


def test_a_difference_is_said_in_words(services: Services, business: str, clock: FakeClock) -> None:
    services.calls.record(a_key(business), a_call(duration_s=95))
    with services.database.write() as session:
        session.exec(update(DayCount).values(qualified=0))
    assert services.call_counts.differences(business, *around(clock)) == [
        "2026-03-04 Radio: counted 1 calls, 1 completed, 0 stopped, 0 qualified, 1 qualified then, 1 by duration; "
        "the calls say 1 calls, 1 completed, 0 stopped, 1 qualified, 1 qualified then, 1 by duration"
    ]


def test_stops_are_counted_again_too(services: Services, business: str, clock: FakeClock) -> None:
    owner = add_member(services, business, Role.OWNER, clock)
    services.blocked_callers.block(owner, ["+14155550132"])
    for _ in range(3):
        services.calls.screen(a_key(business), "+14155550132", "+12125550110")
    with services.database.write() as session:
        session.exec(update(StopCount).values(stopped=9))
    [difference] = services.call_counts.differences(business, *around(clock))
    assert "counted 9 stops; the calls say 3" in difference
    list(services.call_counts.rebuild(business))
    assert services.call_counts.differences(business, *around(clock)) == []
    with services.database.read() as session:
        assert [row.stopped for row in session.exec(select(StopCount))] == [3]


def test_a_rebuild_that_ends_in_between_left_whole_days_behind(
    services: Services, business: str, clock: FakeClock
) -> None:
    """Each day is rebuilt in one transaction: a day is as it was, or right."""
    a_history(services, business, clock)
    with services.database.write() as session:
        session.exec(update(DayCount).values(calls=99))
    first, _ = next(services.call_counts.rebuild(business))
    assert services.call_counts.differences(business, first, first) == []
    found = services.call_counts.differences(business, *around(clock))
    assert {line[:10] for line in found} == {"2026-03-03", "2026-03-04"}


def test_calls_that_come_in_during_a_rebuild_are_counted_once(
    services: Services, business: str, clock: FakeClock
) -> None:
    a_history(services, business, clock)
    key = a_key(business)
    rebuilding = [lambda: list(services.call_counts.rebuild(business))] * 3
    recording = [
        lambda n=n: services.calls.record(key, a_call(at=clock.now() - timedelta(days=n % 3))) for n in range(15)
    ]
    at_once(*rebuilding, *recording)
    assert len(kept_calls(services, business)) == 55
    assert services.call_counts.differences(business, *around(clock)) == []


def test_calls_that_come_in_while_the_threshold_changes_are_counted_under_one_of_the_two(
    services: Services, business: str, clock: FakeClock
) -> None:
    """No call is counted under the old threshold after all others were recounted under the new one."""
    owner = add_member(services, business, Role.OWNER, clock)
    key = a_key(business)
    recording = [lambda n=n: services.calls.record(key, a_call(duration_s=60 + n)) for n in range(18)]
    at_once(*recording[:9], lambda: services.qualified_calls.set(owner, "70", seen_s=90), *recording[9:])
    assert len(kept_calls(services, business)) == 18
    assert services.call_counts.differences(business, *around(clock)) == []


def test_midnight_of_the_business_divides_days(services: Services) -> None:
    business = add_business(services, time_zone="America/New_York")
    midnight = datetime.combine(date(2026, 3, 4), time(), ZoneInfo("America/New_York"))
    for moment in (midnight - timedelta(microseconds=1), midnight):
        services.calls.record(a_key(business), a_call(at=moment))
    with services.database.read() as session:
        rows = session.exec(select(DayCount).where(DayCount.business_id == business)).all()
    assert {row.day: row.calls for row in rows} == {date(2026, 3, 3): 1, date(2026, 3, 4): 1}
