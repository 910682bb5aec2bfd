"""An owner whose payments go to the test's own sandbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from settings_ui.bootstrap import Services, using
from settings_ui.domain.access import Role
from tests.sandbox.running import Running, running
from tests.services.billing.till import Till, payments_of
from tests.state.people import People, Person
from tests.state.showing import actor_of
from tests.support import FakeClock, make_services


@pytest.fixture
def sandbox() -> Iterator[Running]:
    with running() as started:
        yield started


@pytest.fixture
def services(sqlite_template: Path, tmp_path: Path, clock: FakeClock, sandbox: Running) -> Iterator[Services]:
    """All services, with payments going to a sandbox."""
    path = tmp_path / "test.db"
    path.write_bytes(sqlite_template.read_bytes())
    built = make_services(f"sqlite:///{path}", clock, payments=payments_of(sandbox))
    with using(built):
        yield built
    built.database.close()


@pytest.fixture
def owner(people: People) -> Person:
    return people.member(Role.OWNER)


@pytest.fixture
def till(services: Services, sandbox: Running, clock: FakeClock, owner: Person) -> Till:
    return Till(services, sandbox, clock, actor_of(services, owner))
