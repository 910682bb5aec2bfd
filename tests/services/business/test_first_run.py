"""The setup checklist of a new business."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.errors import Forbidden
from settings_ui.services.business.first_run import Steps
from tests.calls import CALLER, a_call, a_key
from tests.qualified import record
from tests.support import FakeClock, add_business, add_member


def test_each_step_is_done_when_it_was_done_here(services: Services, business: str, owner: Actor) -> None:
    other = add_business(services)
    services.numbers.add(a_key(other), CALLER, "Radio")
    record(services, other, a_call())
    see = services.business.first_run.see
    assert see(owner) == Steps(number=False, key=False, call=False, team=False)
    services.numbers.add(owner, CALLER, "Radio")
    assert see(owner) == Steps(number=True, key=False, call=False, team=False)
    key = services.api_keys.keys.create(owner, "CRM", KeyAccess.FULL).value.key
    assert see(owner) == Steps(number=True, key=True, call=False, team=False)
    services.api_keys.keys.revoke(owner, key.id)
    assert not see(owner).key
    record(services, business, a_call())
    assert see(owner) == Steps(number=True, key=False, call=True, team=False)
    assert not see(owner).over
    services.business.invitations.invite(owner, "pat@example.com", "viewer")
    assert see(owner).over


def test_an_invitation_that_is_over_is_no_team_and_a_member_is(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    services.business.invitations.invite(owner, "pat@example.com", "viewer")
    clock.tick(days=7, seconds=1)
    assert not services.business.first_run.see(owner).team
    services.business.invitations.invite(owner, "pat@example.com", "viewer")
    (waiting,) = services.business.invitations.open(owner)
    services.business.invitations.withdraw(owner, waiting.id)
    assert not services.business.first_run.see(owner).team
    add_member(services, business, Role.VIEWER, clock)
    assert services.business.first_run.see(owner).team


def test_only_those_who_manage_the_business_are_led(services: Services, business: str, clock: FakeClock) -> None:
    for role in (Role.MANAGER, Role.VIEWER, Role.PUBLISHER):
        with pytest.raises(Forbidden):
            services.business.first_run.see(add_member(services, business, role, clock))
