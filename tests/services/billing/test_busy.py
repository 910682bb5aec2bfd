"""The lock on a business's changes at the provider: one change at a time, and it expires if its process is killed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import Conflict
from settings_ui.gateways.stripe import ANSWER_S, CONNECT_S
from settings_ui.services.billing.busy import FOR, alone
from settings_ui.services.billing.plan import Quoted
from tests.sandbox.running import Running
from tests.services.billing.till import StandIn, Till, payments_of
from tests.support import FakeClock, add_business, make_services

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def try_it(services: Services, business: str) -> bool:
    """Return whether a change could start now."""
    try:
        with alone(services.database, services.clock, business):
            return True
    except Conflict:
        return False


def test_one_changes_a_business_at_a_time_and_then_the_next(services: Services, business: str) -> None:
    other = add_business(services)
    with alone(services.database, services.clock, business):
        assert (try_it(services, business), try_it(services, other)) == (False, True)
    assert try_it(services, business)


def test_a_change_that_fails_holds_nobody_up(services: Services, business: str) -> None:
    with pytest.raises(ZeroDivisionError), alone(services.database, services.clock, business):
        raise ZeroDivisionError
    assert try_it(services, business)


def test_it_is_held_for_longer_than_any_change_can_take(till: Till, sandbox: Running, clock: FakeClock) -> None:
    """Every call may need all its attempts, each until its timeout; otherwise a second change could begin meanwhile."""

    class Counting(StandIn):
        calls = 0

        def __getattr__(self, name: str) -> Any:
            self.calls += 1
            return super().__getattr__(name)

    counted = Counting(payments_of(sandbox))
    services = make_services(till.services.database.url, clock, payments=counted)
    ours = replace(till, services=services)
    ours.services.billing.catalogue.refresh()
    first, second = ours.card(), ours.card("pm_card_mastercard")
    billing, owner, took = services.billing, till.owner, []
    billing.plan.checkout(owner, "starter", (), ours.attempt())
    quoted: list[Quoted] = []
    for change in (
        lambda: billing.plan.choose(owner, "starter", (), first, ours.attempt()),
        lambda: billing.plan.change(owner, quoted[-1], ours.attempt()),
        lambda: billing.plan.cancel(owner),
        lambda: billing.plan.resume(owner),
        lambda: billing.cards.make_default(owner, second),
        lambda: billing.cards.remove(owner, second),
    ):
        counted.calls = 0
        change()
        took.append(counted.calls)
        if not quoted:
            quoted.append(billing.plan.quote(owner, "growth", ()))
    services.database.close()
    pauses_s = 2
    assert max(took) == 4
    assert timedelta(seconds=max(took) * (3 * (CONNECT_S + ANSWER_S) + pauses_s)) < FOR


def test_whoever_was_killed_holds_it_for_three_minutes(services: Services, business: str, clock: FakeClock) -> None:
    """A slow holder whose lock has expired does not release the next holder's lock."""
    slow = alone(services.database, services.clock, business)
    slow.__enter__()
    clock.tick(seconds=179)
    assert not try_it(services, business)
    clock.tick(seconds=1)
    with alone(services.database, services.clock, business):
        slow.__exit__(None, None, None)
        assert not try_it(services, business)
    assert try_it(services, business)
