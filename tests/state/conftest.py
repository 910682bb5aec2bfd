"""What tests of the states hold in their hands: services of their own behind the edges, and people with windows."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from settings_ui.bootstrap import Services, using
from tests.state.people import People, Writes
from tests.state.pipeline import Pipeline
from tests.support import FakeClock, make_services


@pytest.fixture
def services(sqlite_template: Path, tmp_path: Path, clock: FakeClock) -> Iterator[Services]:
    """All use cases on a SQLite file of the test's own, and what `services()` returns while the test runs."""
    path = tmp_path / "test.db"
    path.write_bytes(sqlite_template.read_bytes())
    built = make_services(f"sqlite:///{path}", clock)
    with using(built):
        yield built
    built.database.close()


@pytest.fixture
async def pipeline(services: Services) -> AsyncIterator[Pipeline]:
    """The event pipeline with states in memory; at the end no handler may have crashed."""
    async with Pipeline(services) as running:
        yield running
    assert running.errors == []


@pytest.fixture
def writes(services: Services) -> Iterator[Writes]:
    """Whether anything was written."""
    watching = Writes(services.database)
    yield watching
    watching.close()


@pytest.fixture
def people(services: Services, clock: FakeClock) -> People:
    """Whoever the test wants to be."""
    return People(services, clock)
