"""Payouts: one PayPal email a member and business, held for 72 hours when it changes."""

from datetime import timedelta

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Conflict
from tests.support import PASSWORD, FakeClock, add_business, add_member


@pytest.fixture
def publisher(services: Services, clock: FakeClock) -> Actor:
    return add_member(services, add_business(services), Role.PUBLISHER, clock)


def test_the_first_address_is_in_force_at_once(services: Services, publisher: Actor) -> None:
    """Nothing was in force before, so there is nothing to protect with a hold."""
    services.payouts.save(publisher, "pay@harborleads.example", PASSWORD)
    seen = services.payouts.see(publisher)
    assert seen.in_force is not None
    assert seen.in_force.email == "pay@harborleads.example"
    assert seen.on_hold is None


def test_a_change_waits_72_hours_while_the_old_address_stays(
    services: Services, publisher: Actor, clock: FakeClock
) -> None:
    """Whoever stole a session and a password still leaves the owner three days to notice."""
    services.payouts.save(publisher, "pay@harborleads.example", PASSWORD)
    changed = services.payouts.save(publisher, "new@harborleads.example", PASSWORD).value
    assert changed.effective_at == clock.now() + timedelta(hours=72)
    clock.tick(hours=71, minutes=59)
    seen = services.payouts.see(publisher)
    assert seen.in_force is not None
    assert seen.in_force.email == "pay@harborleads.example"
    assert seen.on_hold is not None
    assert seen.on_hold.email == "new@harborleads.example"
    clock.tick(minutes=1)
    seen = services.payouts.see(publisher)
    assert seen.in_force is not None
    assert seen.in_force.email == "new@harborleads.example"
    assert seen.on_hold is None


def test_a_change_during_a_hold_is_refused(services: Services, publisher: Actor) -> None:
    services.payouts.save(publisher, "pay@harborleads.example", PASSWORD)
    services.payouts.save(publisher, "new@harborleads.example", PASSWORD)
    with pytest.raises(Conflict, match="on hold until Saturday 7 March, 12:00") as refused:
        services.payouts.save(publisher, "other@harborleads.example", PASSWORD)
    assert refused.value.field == "email"
