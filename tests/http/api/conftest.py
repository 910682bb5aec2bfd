"""A business behind the API, on each engine in turn; rate limits run on the test's clock."""

from collections.abc import Iterator

import pytest

from settings_ui.bootstrap import Services
from tests.clocked_limiter import ClockedLimiter
from tests.http.api.platform import Platform, Tenant, new_tenant
from tests.support import FakeClock, make_services


@pytest.fixture
def services(database_url: str, clock: FakeClock) -> Iterator[Services]:
    """All use cases on this test's own database."""
    built = make_services(database_url, clock, limiter=ClockedLimiter(clock))
    yield built
    built.database.close()


@pytest.fixture
def northwind(services: Services, clock: FakeClock) -> Tenant:
    """A business in New York."""
    return new_tenant(services, clock, "Northwind Leads", time_zone="America/New_York")


@pytest.fixture
def harbor(services: Services, clock: FakeClock) -> Tenant:
    """A second business, for isolation tests."""
    return new_tenant(services, clock, "Harbor Media", time_zone="Europe/London")


@pytest.fixture
def platform(northwind: Tenant) -> Platform:
    """An API client with a full key of Northwind."""
    return northwind.platform()


@pytest.fixture
def neighbour(harbor: Tenant) -> Platform:
    """An API client with a full key of Harbor."""
    return harbor.platform()
