"""A business whose payments go to the test's own sandbox; calls are validated against Stripe's API specification."""

from collections.abc import Iterator

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from tests.clocked_limiter import ClockedLimiter
from tests.sandbox.running import Running, running
from tests.services.billing.line import Line
from tests.services.billing.till import Till, payments_of
from tests.support import FakeClock, make_services


@pytest.fixture
def sandbox() -> Iterator[Running]:
    """A sandbox whose clock starts at the test's time."""
    with running() as started:
        yield started


@pytest.fixture
def services(database_url: str, clock: FakeClock, sandbox: Running) -> Iterator[Services]:
    """All services, with payments going to the sandbox."""
    built = make_services(database_url, clock, limiter=ClockedLimiter(clock), payments=payments_of(sandbox))
    yield built
    built.database.close()


@pytest.fixture
def till(services: Services, sandbox: Running, clock: FakeClock, owner: Actor) -> Till:
    """The owner's business as billing sees it, here and at the provider."""
    return Till(services, sandbox, clock, owner)


@pytest.fixture
def line(till: Till) -> Line:
    """A line on the Starter plan: 4.5 ¢ a local minute, 6.5 ¢ a toll-free one, 1 ¢ a call, $3 and $4 a number."""
    till.plan("starter")
    return Line(till)
