"""Fixtures for state tests: services behind the edges, and people with windows."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from settings_ui.bootstrap import Services, using
from tests.state.people import People, Writes
from tests.state.pipeline import Pipeline
from tests.support import FakeClock, make_services


@pytest.fixture
def services(sqlite_template: Path, tmp_path: Path, clock: FakeClock) -> Iterator[Services]:
    """All use cases on this test's own SQLite file; `services()` returns them while the test runs."""
    path = tmp_path / "test.db"
    path.write_bytes(sqlite_template.read_bytes())
    built = make_services(f"sqlite:///{path}", clock)
    with using(built):
        yield built
    built.database.close()


@pytest.fixture
async def pipeline(services: Services) -> AsyncIterator[Pipeline]:
    """The event pipeline with states in memory; teardown fails if any handler crashed."""
    async with Pipeline(services) as running:
        yield running
    assert running.errors == []


@pytest.fixture
def writes(services: Services) -> Iterator[Writes]:
    """Tells whether anything was written."""
    watching = Writes(services.database)
    yield watching
    watching.close()


@pytest.fixture
def people(services: Services, clock: FakeClock) -> People:
    """Creates the people that the test needs."""
    return People(services, clock)
