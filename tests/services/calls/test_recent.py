"""The sum of recent calls always equals the counts by day, whatever comes in, and a tab reads no more than the sum."""

from datetime import timedelta

import pytest
from sqlmodel import col, delete, select, update

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.models import Business, RecentDuration
from tests.at_once import at_once
from tests.calls import a_call, bring_in
from tests.qualified import record, sees_what_is_there
from tests.statements import Statements
from tests.support import START, FakeClock


def since(services: Services, business: str) -> object:
    with services.database.read() as session:
        return session.get_one(Business, business).recent_since


def agrees(services: Services, business: str) -> bool:
    today = services.clock.now().date()
    return services.calls.counts.differences(business, today, today) == []


def test_the_first_look_of_a_day_sums_and_later_calls_are_added(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """Recorded and imported, on any day, also before the sum begins and after today."""
    business = owner.business_id
    assert since(services, business) is None
    for days in range(3):
        assert sees_what_is_there(services, owner)
        assert since(services, business) == clock.now().date() - timedelta(days=29)
        record(services, business, *(a_call(at=START - timedelta(days=n)) for n in (-1, 0, 28, 29, 30, 40)))
        bring_in(services, business, *(a_call(at=START - timedelta(days=n), source="Web") for n in (1, 29, 30)))
        assert agrees(services, business)
        assert sees_what_is_there(services, owner)
        clock.tick(days=1 + days)


def test_a_tab_reads_the_sum_and_not_the_days(services: Services, owner: Actor) -> None:
    """So that thirty days of calls cost as much as one; only days outside of the thirty are read, of which few have
    calls."""
    record(services, owner.business_id, *(a_call(at=START - timedelta(days=n)) for n in range(30)))
    services.qualified_calls.see(owner)
    record(services, owner.business_id, a_call())
    with Statements(services) as said:
        services.qualified_calls.see(owner, tried_s=60)
    read = [statement for statement in said if "duration_counts" in statement]
    assert read
    assert all("day > " in statement for statement in read)


def test_after_midnight_an_open_window_subtracts_the_day_that_left(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """Only that one, and a drag writes nothing."""
    record(services, owner.business_id, *(a_call(at=START - timedelta(days=n), duration_s=60) for n in (0, 28, 29)))
    services.qualified_calls.see(owner)
    assert services.qualified_calls.moved(owner, 60) == (("Radio", 3),)
    before = since(services, owner.business_id)
    clock.tick(days=1)
    assert services.qualified_calls.moved(owner, 60) == (("Radio", 2),)
    assert since(services, owner.business_id) == before


def test_a_clock_that_went_back_reads_the_days(services: Services, owner: Actor, clock: FakeClock) -> None:
    record(services, owner.business_id, a_call(at=START - timedelta(days=29), duration_s=60))
    clock.tick(days=1)
    services.qualified_calls.see(owner)
    clock.tick(days=-1)
    assert services.qualified_calls.moved(owner, 60) == (("Radio", 1),)


def test_a_sum_that_cannot_be_written_is_not_needed(services: Services, owner: Actor) -> None:
    """As when the database is locked: the tab reads the days."""
    record(services, owner.business_id, a_call(), a_call(at=START - timedelta(days=3)))
    with services.database.write() as session:
        session.exec(update(Business).values(recent_since=None))
        session.exec(select(Business).with_for_update())
        seen, *_ = at_once(lambda: services.qualified_calls.see(owner).recent.total)
    assert seen == 2
    assert since(services, owner.business_id) is None


def test_calls_that_come_in_while_it_is_summed_are_in_it_once(services: Services, owner: Actor) -> None:
    business = owner.business_id
    looks = [lambda: services.qualified_calls.see(owner)] * 6
    calls = [lambda n=n: record(services, business, a_call(at=START - timedelta(days=n % 3))) for n in range(12)]  # type: ignore[misc]
    at_once(*looks, *calls)
    assert agrees(services, business)
    assert sees_what_is_there(services, owner)


@pytest.mark.parametrize("wrong", [update(RecentDuration).values(completed=7), delete(RecentDuration)])
def test_a_wrong_sum_is_said_and_counting_again_mends_it(services: Services, owner: Actor, wrong: object) -> None:
    business = owner.business_id
    record(services, business, a_call(duration_s=95), a_call(duration_s=95), a_call(duration_s=10, source="Web"))
    services.qualified_calls.see(owner)
    with services.database.write() as session:
        session.execute(wrong.where(col(RecentDuration.duration_s) == 95))  # type: ignore[attr-defined]
    today = services.clock.now().date()
    [line] = services.calls.counts.differences(business, today, today)
    assert line.startswith("since 2026-02-03 Radio: ")
    assert line.endswith(" calls of 95 s in the sum; the days have 2")
    list(services.calls.counts.rebuild(business))
    assert agrees(services, business)
    assert sees_what_is_there(services, owner)
