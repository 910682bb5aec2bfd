"""Services whose rate limits run on the test's clock."""

from collections.abc import Iterator

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from tests.clocked_limiter import ClockedLimiter
from tests.support import FakeClock, add_business, add_member, make_services


@pytest.fixture
def services(database_url: str, clock: FakeClock) -> Iterator[Services]:
    """All use cases on this test's own database, on each engine in turn, with rate limits on the test's clock."""
    built = make_services(database_url, clock, limiter=ClockedLimiter(clock))
    yield built
    built.database.close()


@pytest.fixture
def business(services: Services) -> str:
    """A business in UTC without Pay Per Call."""
    return add_business(services, "Harbor Leads")


@pytest.fixture
def publisher(services: Services, business: str, clock: FakeClock) -> Actor:
    """A publisher of the business, signed in."""
    return add_member(services, business, Role.PUBLISHER, clock, email="pat@example.com")


@pytest.fixture
def owner(services: Services, business: str, clock: FakeClock) -> Actor:
    """The owner of the business, signed in."""
    return add_member(services, business, Role.OWNER, clock, email="dana@example.com")
