"""The lock on a business's changes at the provider: one change at a time, and it expires if its process is killed."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import Conflict
from settings_ui.services.billing.busy import alone
from tests.support import FakeClock, add_business

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


def test_whoever_was_killed_holds_it_for_ninety_seconds(services: Services, business: str, clock: FakeClock) -> None:
    """A slow holder whose lock has expired does not release the next holder's lock."""
    slow = alone(services.database, services.clock, business)
    slow.__enter__()
    clock.tick(seconds=89)
    assert not try_it(services, business)
    clock.tick(seconds=1)
    with alone(services.database, services.clock, business):
        slow.__exit__(None, None, None)
        assert not try_it(services, business)
    assert try_it(services, business)
