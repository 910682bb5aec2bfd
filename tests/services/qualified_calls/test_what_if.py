"""The what-if cache of the Qualified Calls tab: unchanged data is not read again, and changes show immediately."""

from collections.abc import Callable
from datetime import timedelta

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.qualification import CallStatus
from settings_ui.services.qualified_calls.service import QualifiedCalls
from tests.at_once import at_once
from tests.blocked import block, screen
from tests.calls import CALLER, a_call
from tests.qualified import change, record, sees_what_is_there
from tests.statements import Statements
from tests.support import START, FakeClock, add_business, add_member


def test_what_is_seen_follows_every_call_and_the_days(services: Services, owner: Actor, clock: FakeClock) -> None:
    """Unchanged data is not read again, but every change shows immediately: a call today, on another day, from a new
    source, an import, a stopped call that was connected after all, and the passing of days."""
    business = owner.business_id
    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: record(services, business, a_call(duration_s=100)),
        lambda: record(services, business, a_call(duration_s=100, at=START - timedelta(days=3))),
        lambda: record(services, business, a_call(duration_s=100, at=START - timedelta(days=29))),
        lambda: record(services, business, a_call(duration_s=100, at=START - timedelta(days=30))),
        lambda: record(services, business, a_call(source="New", at=START - timedelta(days=1))),
        lambda: record(services, business, a_call(status=CallStatus.MISSED, at=START - timedelta(days=1))),
        lambda: record(services, business, a_call(at=clock.now() + timedelta(hours=23))),
        lambda: clock.tick(hours=12),
        lambda: record(services, business, a_call(at=START)),
        lambda: block(services, owner, CALLER),
        lambda: screen(services, business, id="c-1"),
        lambda: clock.tick(days=1),
        lambda: record(services, business, a_call("c-1", at=clock.now() - timedelta(days=1))),
        lambda: change(services, owner, 60),
        lambda: clock.tick(days=28),
        lambda: clock.tick(days=1),
        lambda: clock.tick(days=40),
    ]
    for step in steps:
        step()
        for _ in range(2):
            assert sees_what_is_there(services, owner)


def test_two_processes_see_what_the_other_recorded(services: Services, owner: Actor) -> None:
    other = QualifiedCalls(services.database, services.clock)
    for n in range(3):
        record(services, owner.business_id, a_call(at=START - timedelta(days=n)))
        assert other.see(owner).recent == services.qualified_calls.see(owner).recent
    assert other.see(owner).recent.total == 3


def test_businesses_do_not_see_each_other_s_calls(services: Services, clock: FakeClock) -> None:
    """Even with more businesses than the cache holds."""
    owners = [add_member(services, add_business(services), Role.OWNER, clock) for _ in range(20)]
    for n, owner in enumerate(owners):
        record(services, owner.business_id, *(a_call(at=START - timedelta(days=k)) for k in range(n % 4)))
    for _ in range(2):
        assert [services.qualified_calls.see(owner).recent.total for owner in owners] == [n % 4 for n in range(20)]


def test_24_who_look_at_once_while_calls_come_in_all_see_some_moment(services: Services, owner: Actor) -> None:
    """Never more than the calls so far, and finally all of them."""
    new = [a_call(at=START - timedelta(days=n % 3)) for n in range(12)]
    looks = [lambda: services.qualified_calls.see(owner).recent.total] * 12
    results = at_once(*looks, *[lambda call=call: record(services, owner.business_id, call) for call in new])
    assert all(isinstance(result, int) and 0 <= result <= 12 for result in results[:12]), results
    assert sees_what_is_there(services, owner)


def test_what_was_read_before_is_not_read_again(services: Services, owner: Actor) -> None:
    """Without changes only the totals; after a call, on whatever day, the sum and what is outside of the days."""

    def looked() -> int:
        with Statements(services) as said:
            services.qualified_calls.see(owner)
        return len(said)

    record(services, owner.business_id, *(a_call(at=START - timedelta(days=n), source=f"Source {n}") for n in range(5)))
    looked()
    unchanged = looked()
    for days in (0, 3):
        record(services, owner.business_id, a_call(at=START - timedelta(days=days)))
        assert (looked() - unchanged, looked()) == (2, unchanged)


def test_another_time_zone_is_read_again_even_where_all_totals_stay(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """In New York a call at night belongs to the previous day: one leaves the thirty days, one moves from today to
    yesterday, and one enters. All totals stay the same, but the calls differ."""
    night = START.replace(hour=2)
    clock.tick(days=1)
    for days, duration_s in ((-29, 100), (0, 200), (1, 300)):
        record(services, owner.business_id, a_call(at=night + timedelta(days=days), duration_s=duration_s))
    clock.moment = START
    assert services.qualified_calls.see(owner).recent.seconds == (100, 200)
    services.business.details.save(owner, "Northwind", "America/New_York", "US", "USD")
    services.calls.counts.recount_due()
    assert services.qualified_calls.see(owner).recent.seconds == (200, 300)
