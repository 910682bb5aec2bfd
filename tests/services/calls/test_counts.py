"""Aggregate counts always equal counting the calls one by one, across concurrent calls, thresholds and clock
changes."""

from datetime import UTC, date, datetime, time, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.days import day_starts, local_day
from settings_ui.domain.qualification import CallStatus
from settings_ui.models import Business, DayCount
from settings_ui.services.calls.counts import recount_qualified
from settings_ui.services.calls.reported import NewCall
from settings_ui.services.calls.reports import Basis, GroupBy
from tests.at_once import at_once
from tests.calls import a_call, a_key, bring_in, counted_one_by_one, kept_calls
from tests.support import START, FakeClock, add_business, add_member

ZONES = (
    "UTC",
    "America/New_York",  # clocks change at two in the morning
    "America/Santiago",  # at midnight: some days begin at one, some repeat the hour from 11 p.m.
    "Africa/Cairo",  # at midnight too
    "Australia/Lord_Howe",  # by half an hour
    "Asia/Kathmandu",  # 45 minutes off
    "Pacific/Kiritimati",  # 14 hours ahead
)
# Days on which the clocks change in one of them, and the end of a year.
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
    """A time near midnight in the zone, or any time on a day on which clocks may change."""
    day = draw(st.sampled_from(DAYS))
    minutes = draw(st.integers(-90, 90) | st.integers(0, 24 * 60))
    return day_starts(day, zone) + timedelta(minutes=minutes, seconds=draw(st.integers(0, 59)))


def calls_in(zone: str) -> st.SearchStrategy[NewCall]:
    return st.builds(
        a_call,
        at=moments(zone),
        duration_s=st.sampled_from([0, 1, 29, 30, 31, 89, 90, 91, 7200, 86_400]),
        status=st.sampled_from(CallStatus),
        source=st.sampled_from(SOURCES),
    )


Step = list[NewCall] | NewCall | int
"""Imported calls, a recorded call, or a new threshold."""


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
    """For every kind of call around midnights and clock changes, recorded and imported, with threshold changes in
    between; by day and by source, at the current threshold, at any other, and with recorded verdicts."""
    zone, steps = story
    business = add_business(services, time_zone=zone)
    owner = add_member(services, business, Role.OWNER, LATER)
    threshold_s = 90
    for step in steps:
        if isinstance(step, NewCall):
            services.calls.recording.record(a_key(business), step)
        elif isinstance(step, list):
            bring_in(services, business, *step)
        else:
            services.qualified_calls.set(owner, str(step), seen_s=threshold_s)
            threshold_s = step
    calls = kept_calls(services, business)
    days = {local_day(call.started_at, zone) for call in calls} or {DAYS[0]}
    for day in days:
        assert services.calls.counts.differences(business, day, day) == []
    for first in {min(days), max(days)}:
        last = max(day for day in days if day < first + timedelta(days=366))
        within = [call for call in calls if first <= local_day(call.started_at, zone) <= last]
        for group_by in GroupBy:
            for basis, at in ((Basis.NOW, None), (Basis.NOW, asked), (Basis.THEN, None)):
                report = services.calls.reports.qualified(
                    owner, first=first, last=last, group_by=group_by, threshold_s=at, basis=basis
                )
                naive = counted_one_by_one(within, zone, group_by, None if basis is Basis.THEN else at or threshold_s)
                assert {line.key: line for line in report.lines if line.calls} == naive
                assert report.total.calls == len(within)


@settings(max_examples=300, deadline=None)
@given(zone=st.sampled_from(ZONES), day=st.dates(date(2010, 1, 1), date(2040, 12, 31)), data=st.data())
def test_a_day_has_the_moments_from_its_start_to_the_next_day_s(zone: str, day: date, data: st.DataObject) -> None:
    """So a range of times and the day of each time always agree, even if clocks change at midnight."""
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
    services.blocked_callers.block_list.block(owner, ["+14155550132"])
    key = a_key(business)
    stopped = services.calls.recording.screen(key, "+14155550132", "+12125550110", "c-1")
    assert not stopped.allow
    assert services.calls.counts.differences(business, *around(clock)) == []
    services.calls.recording.record(key, a_call("c-1", at=clock.now() - timedelta(days=1), duration_s=95))
    assert services.calls.counts.differences(business, *around(clock)) == []
    report = services.calls.reports.qualified(owner)
    assert (report.total.calls, report.total.qualified, report.total.stopped) == (1, 1, 0)


def test_stopped_calls_that_change_places_at_once_wait_for_nobody_in_a_ring(
    services: Services, business: str, clock: FakeClock
) -> None:
    """Each report moves a count to the other source, in opposite directions; consistent lock order prevents a
    deadlock."""
    owner = add_member(services, business, Role.OWNER, clock)
    services.blocked_callers.block_list.block(owner, ["+14155550132"])
    sides = (("+12125550110", "Radio", "Organic"), ("+12125550111", "Organic", "Radio"))
    key = a_key(business)
    for dialled, source, _ in sides:
        services.numbers.add(owner, dialled, source)
    reports = []
    for n in range(24):
        dialled, _, other = sides[n % 2]
        services.calls.recording.screen(key, "+14155550132", dialled, f"c-{n}")
        reports.append(a_call(f"c-{n}", dialled=dialled, source=other, at=clock.now() - timedelta(days=n // 2 % 2)))
    results = at_once(*[lambda report=report: services.calls.recording.record(key, report) for report in reports])
    assert not [result for result in results if isinstance(result, Exception)]
    assert services.calls.counts.differences(business, *around(clock)) == []


def around(clock: FakeClock) -> tuple[date, date]:
    return clock.now().date() - timedelta(days=3), clock.now().date() + timedelta(days=1)


def test_calls_that_come_in_while_the_threshold_changes_are_counted_under_one_of_the_two(
    services: Services, business: str, clock: FakeClock
) -> None:
    """No call is counted under the old threshold after the recount under the new one."""
    owner = add_member(services, business, Role.OWNER, clock)
    key = a_key(business)
    recording = [lambda n=n: services.calls.recording.record(key, a_call(duration_s=60 + n)) for n in range(18)]
    at_once(*recording[:9], lambda: services.qualified_calls.set(owner, "70", seen_s=90), *recording[9:])
    assert len(kept_calls(services, business)) == 18
    assert services.calls.counts.differences(business, *around(clock)) == []


def test_a_call_that_comes_in_while_the_threshold_is_being_changed_waits_for_it(
    services: Services, business: str
) -> None:
    """Recorded and imported calls alike are stored and counted under the new threshold."""
    with services.database.write() as session:
        home = session.exec(select(Business).where(Business.id == business).with_for_update()).one()
        home.threshold_s = 30
        session.flush()
        waiting = [
            Thread(target=services.calls.recording.record, args=(a_key(business), a_call(duration_s=60))),
            Thread(target=bring_in, args=(services, business, a_call(duration_s=60))),
        ]
        for thread in waiting:
            thread.start()
        waiting[0].join(0.2)
        assert all(thread.is_alive() for thread in waiting)
        recount_qualified(session, home)
    for thread in waiting:
        thread.join()
    assert {call.threshold_s for call in kept_calls(services, business)} == {30}
    day = local_day(START, "UTC")
    assert services.calls.counts.differences(business, day, day) == []


def test_midnight_of_the_business_divides_days(services: Services) -> None:
    business = add_business(services, time_zone="America/New_York")
    midnight = datetime.combine(date(2026, 3, 4), time(), ZoneInfo("America/New_York"))
    for moment in (midnight - timedelta(microseconds=1), midnight):
        services.calls.recording.record(a_key(business), a_call(at=moment))
    with services.database.read() as session:
        rows = session.exec(select(DayCount).where(DayCount.business_id == business)).all()
    assert {row.day: row.calls for row in rows} == {date(2026, 3, 3): 1, date(2026, 3, 4): 1}
