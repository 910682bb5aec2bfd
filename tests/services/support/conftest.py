"""A manager who opens tickets, and staff who answer."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role, StaffActor
from tests.support import FakeClock, add_business, add_member
from tests.tickets import add_staff


@pytest.fixture
def manager(services: Services, business: str, clock: FakeClock) -> Actor:
    """A manager of the business, signed in."""
    return add_member(services, business, Role.MANAGER, clock, email="kim@example.com")


@pytest.fixture
def stranger(services: Services, clock: FakeClock) -> Actor:
    """The owner of another business."""
    return add_member(services, add_business(services, "Another"), Role.OWNER, clock)


@pytest.fixture
def staff(services: Services, clock: FakeClock) -> StaffActor:
    """A member of the platform's support staff, signed in."""
    return add_staff(services, clock)[0]
