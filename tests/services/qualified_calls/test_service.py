"""The threshold: one per business, for past and future calls, used by everything that counts."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Conflict, Forbidden, Invalid
from settings_ui.domain.qualification import CallStatus
from settings_ui.models import ThresholdChange
from settings_ui.services.calls.log import MOST, Filter
from settings_ui.services.calls.reported import NewCall
from settings_ui.services.calls.reports import Basis, GroupBy
from settings_ui.services.kit.changes import Changed, business_topic
from settings_ui.services.qualified_calls.service import SHOWN
from tests.at_once import at_once
from tests.calls import a_call, counted_one_by_one, kept_calls
from tests.qualified import change, record, sees_what_is_there
from tests.support import START, FakeClock, add_business, add_member

TODAY = START.date()
FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
durations = st.sampled_from([0, 1, 29, 30, 31, 59, 60, 61, 89, 90, 91, 600, 7199, 7200, 7201, 86_400])
thresholds = st.sampled_from([1, 30, 31, 60, 90, 91, 7200]) | st.integers(1, 7200)
calls = st.builds(
    a_call,
    at=st.integers(0, 35 * 24).map(lambda hours: START - timedelta(hours=hours)),
    duration_s=durations,
    status=st.sampled_from(CallStatus),
    source=st.sampled_from(["Radio", "Billboard", "Organic"]),
)


@pytest.mark.parametrize("written", ["90", "90s", "90 s", "1:30", "９０"])
def test_90_and_90s_both_mean_ninety_seconds(services: Services, owner: Actor, written: str) -> None:
    change(services, owner, 30)
    done = services.qualified_calls.set(owner, written, seen_s=30)
    assert done == Changed(90, frozenset({business_topic(owner.business_id)}))
    assert services.qualified_calls.see(owner).seconds == 90


@pytest.mark.parametrize(
    "written", ["", "0", "-1", "1.5", str(10**9), "7201", "ninety", "<b>90</b>", "9" * 100_000, "\x00"]
)
def test_what_is_no_threshold_is_refused_at_its_field_and_changes_nothing(
    services: Services, owner: Actor, written: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.qualified_calls.set(owner, written, seen_s=90)
    assert refused.value.field == "seconds"
    seen = services.qualified_calls.see(owner)
    assert (seen.seconds, seen.history) == (90, ())


@pytest.mark.parametrize("seconds", [0, -1, 7201, 10**9])
def test_the_database_refuses_it_too(services: Services, business: str, seconds: int) -> None:
    with pytest.raises(IntegrityError), services.database.write() as session:
        session.execute(text("UPDATE businesses SET threshold_s = :s WHERE id = :id"), {"s": seconds, "id": business})


def test_a_change_is_kept_and_recorded_with_who_made_it(services: Services, owner: Actor, clock: FakeClock) -> None:
    change(services, owner, 60)
    clock.tick(hours=1)
    manager = add_member(services, owner.business_id, Role.MANAGER, clock, email="mira@example.com")
    change(services, manager, 120)
    latest, first = services.qualified_calls.see(owner).history
    assert (first.before_s, first.after_s, first.at) == (90, 60, START)
    assert (latest.before_s, latest.after_s, latest.at) == (60, 120, START + timedelta(hours=1))
    assert latest.who != first.who
    assert [(c.before, c.after) for c in services.activity.recent(owner, "qualified_calls")] == [
        ({"Threshold": "60 s"}, {"Threshold": "120 s"}),
        ({"Threshold": "90 s"}, {"Threshold": "60 s"}),
    ]


def test_saving_what_is_in_force_changes_nothing(services: Services, owner: Actor) -> None:
    """Also for a user who saw an older value: the result is what they want."""
    assert services.qualified_calls.set(owner, "90", seen_s=90) == Changed(90, frozenset())
    assert services.qualified_calls.set(owner, "1:30", seen_s=30) == Changed(90, frozenset())
    assert services.qualified_calls.see(owner).history == ()


def test_the_later_of_two_admins_is_told_who_changed_it_to_what_and_decides(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    admin = add_member(services, owner.business_id, Role.ADMIN, clock)
    services.qualified_calls.set(owner, "60", seen_s=90)
    who = services.qualified_calls.see(owner).history[0].who
    with pytest.raises(Conflict) as told:
        services.qualified_calls.set(admin, "120", seen_s=90)
    assert told.value.field == "seconds"
    assert told.value.message == (f"{who} changed it to 60 s in the meantime. Save again to use yours, or discard it.")
    assert services.qualified_calls.see(admin).seconds == 60
    services.qualified_calls.set(admin, "120", seen_s=60)
    assert services.qualified_calls.see(owner).seconds == 120


def test_of_24_who_change_it_at_once_one_succeeds(services: Services, owner: Actor) -> None:
    saves = [lambda n=n: services.qualified_calls.set(owner, str(100 + n), seen_s=90) for n in range(24)]
    results = at_once(*saves)
    [done] = [result for result in results if isinstance(result, Changed)]
    assert sum(isinstance(result, Conflict) for result in results) == 23
    seen = services.qualified_calls.see(owner)
    assert seen.seconds == done.value
    assert [(past.before_s, past.after_s) for past in seen.history] == [(90, done.value)]


def test_the_history_is_a_chain_and_its_latest_part_is_shown(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    for n in range(SHOWN + 5):
        change(services, owner, 100 + n)
        clock.tick(minutes=1)
    shown = services.qualified_calls.see(owner).history
    assert len(shown) == SHOWN
    assert [past.after_s for past in shown] == [100 + n for n in range(SHOWN + 4, 4, -1)]
    assert all(later.before_s == earlier.after_s for later, earlier in itertools.pairwise(shown))
    with services.database.read() as session:
        assert len(session.exec(select(ThresholdChange)).all()) == SHOWN + 5, "and the whole history is kept"


def test_changes_stand_on_the_days_of_the_business_s_zone(services: Services, clock: FakeClock) -> None:
    """The dashboard marks them: 8 p.m. in New York is the next day in UTC."""
    owner = add_member(services, add_business(services, time_zone="America/New_York"), Role.OWNER, clock)
    for n, moment in enumerate(
        (
            datetime(2026, 3, 1, 4, 59, 59, tzinfo=UTC),
            datetime(2026, 3, 1, 5, tzinfo=UTC),
            datetime(2026, 3, 3, 4, 59, 59, tzinfo=UTC),
            datetime(2026, 3, 3, 5, tzinfo=UTC),
        )
    ):
        clock.moment = moment
        change(services, owner, 100 + n)
    first, last = datetime(2026, 3, 1, tzinfo=UTC).date(), datetime(2026, 3, 2, tzinfo=UTC).date()
    found = services.qualified_calls.changes(owner, first, last)
    assert [(day, past.after_s) for day, past in found] == [(first, 101), (last, 102)]


@FEW
@given(
    before=st.lists(calls, max_size=8),
    between=st.lists(calls, max_size=8),
    after=st.lists(calls, max_size=8),
    first=thresholds,
    second=thresholds,
    asked=thresholds,
)
def test_one_threshold_rules_dashboard_log_and_reports(
    services: Services,
    before: list[NewCall],
    between: list[NewCall],
    after: list[NewCall],
    first: int,
    second: int,
    asked: int,
) -> None:
    """After two changes all three equal counting the calls one by one: now, with recorded verdicts, and at any other
    threshold."""
    zone = "America/New_York"
    business = add_business(services, time_zone=zone)
    owner = add_member(services, business, Role.OWNER, FakeClock())
    record(services, business, *before)
    change(services, owner, first)
    record(services, business, *between)
    change(services, owner, second)
    record(services, business, *after)
    every = kept_calls(services, business)
    days = (TODAY - timedelta(days=40), TODAY)
    for group_by in GroupBy:
        for basis, threshold_s in ((Basis.NOW, second), (Basis.THEN, None), (Basis.NOW, asked)):
            naive = counted_one_by_one(every, zone, group_by, threshold_s)
            report = services.calls.reports.qualified(
                owner,
                first=days[0],
                last=days[1],
                group_by=group_by,
                basis=basis,
                threshold_s=asked if threshold_s == asked != second else None,
            )
            assert {line.key: line for line in report.lines if line.calls} == naive
    in_log = services.calls.log.page(owner, Filter(), limit=MOST).calls
    good = {call.id for call in every if call.status == CallStatus.COMPLETED and call.duration_s >= second}
    assert {seen.call.id for seen in in_log if seen.verdict.qualified} == good
    filtered = services.calls.log.page(owner, Filter(qualified=True), limit=MOST).calls
    assert {seen.call.id for seen in filtered} == good
    assert services.calls.counts.differences(business, *days) == []
    assert sees_what_is_there(services, owner)


def test_fifty_calls_that_come_in_while_the_threshold_changes_are_counted_right(
    services: Services, business: str, owner: Actor
) -> None:
    """Each call records the threshold of its time, and all are counted under the final one."""
    record(services, business, *(a_call(duration_s=n) for n in (50, 70, 100)))

    def changes() -> None:
        for n in (60, 120, 45, 90, 75):
            change(services, owner, n)

    new = [a_call(duration_s=40 + 2 * n, source=("Radio", "Organic")[n % 2]) for n in range(50)]
    recordings: list[Callable[[], object]] = [
        lambda some=new[start::10]: record(services, business, *some) for start in range(10)
    ]
    results = at_once(*recordings, changes)
    assert not [result for result in results if isinstance(result, Exception)]
    assert services.calls.counts.differences(business, TODAY, TODAY) == []
    every = kept_calls(services, business)
    assert len(every) == 53
    assert {call.threshold_s for call in every} <= {90, 60, 120, 45, 75}
    for basis, threshold_s in ((Basis.NOW, 75), (Basis.THEN, None)):
        report = services.calls.reports.qualified(owner, first=TODAY, last=TODAY, group_by=GroupBy.SOURCE, basis=basis)
        assert {line.key: line for line in report.lines} == counted_one_by_one(
            every, "UTC", GroupBy.SOURCE, threshold_s
        )


def test_viewers_see_and_do_not_set_and_publishers_do_neither(
    services: Services, business: str, clock: FakeClock
) -> None:
    viewer, publisher = (add_member(services, business, role, clock) for role in (Role.VIEWER, Role.PUBLISHER))
    assert services.qualified_calls.see(viewer).seconds == 90
    assert services.qualified_calls.moved(viewer, 60) == ()
    assert services.qualified_calls.changes(viewer, TODAY, TODAY) == []
    for actor in (viewer, publisher):
        with pytest.raises(Forbidden):
            services.qualified_calls.set(actor, "nonsense", seen_s=1)
    for look in (
        lambda: services.qualified_calls.see(publisher),
        lambda: services.qualified_calls.moved(publisher, 60),
        lambda: services.qualified_calls.changes(publisher, TODAY, TODAY),
    ):
        with pytest.raises(Forbidden):
            look()
    for role in (Role.OWNER, Role.ADMIN, Role.MANAGER):
        change(services, add_member(services, business, role, clock), 60 + len(role))


def test_a_threshold_is_one_business_s(services: Services, owner: Actor, clock: FakeClock) -> None:
    other = add_member(services, add_business(services), Role.OWNER, clock)
    record(services, other.business_id, a_call(duration_s=70))
    change(services, owner, 60)
    assert services.qualified_calls.see(other).seconds == 90
    assert services.calls.reports.qualified(other).total.qualified == 0
