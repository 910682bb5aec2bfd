"""The actor of an event: none until the guard has set it, and a member never counts as staff."""

from contextvars import copy_context

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Unauthenticated
from settings_ui.state.binding import admit, current_actor, current_staff
from tests.state.people import People
from tests.state.showing import actor_of
from tests.support import FakeClock
from tests.tickets import add_staff


def test_outside_an_event_nobody_acts() -> None:
    for current in (current_actor, current_staff):
        with pytest.raises(Unauthenticated):
            current()


def test_neither_members_nor_staff_pass_for_the_other(services: Services, people: People, clock: FakeClock) -> None:
    """Even if the guard admitted one of them."""
    member, (staff, _) = actor_of(services, people.member(Role.OWNER)), add_staff(services, clock)
    for actor, theirs, others in ((member, current_actor, current_staff), (staff, current_staff, current_actor)):
        event = copy_context()
        event.run(admit, actor)
        assert event.run(theirs) == actor
        with pytest.raises(Unauthenticated):
            event.run(others)
