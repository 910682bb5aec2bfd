"""Which windows are told of what a job changed."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import Unavailable
from settings_ui.services.kit.changes import Changed
from settings_ui.services.kit.jobs import Job, Jobs
from tests.support import FakeClock

HOURLY = 3600.0


@dataclass
class Told:
    """Collects what is published."""

    topics: list[frozenset[str]] = field(default_factory=list)

    async def publish(self, topics: frozenset[str]) -> None:
        """Note the topics."""
        self.topics.append(topics)


@pytest.fixture
def told() -> Told:
    return Told()


async def test_windows_are_told_what_a_job_changed(services: Services, clock: FakeClock, told: Told) -> None:
    """As after a click: every window that shows it reloads."""
    process = Jobs(services.database, clock, told.publish)
    topics = frozenset({"business-a"})
    for name, done in (("one", Changed(1, topics)), ("nothing", Changed(0, frozenset())), ("other", 7)):
        await process.run_if_due(Job(name, HOURLY, lambda done=done: done))  # type: ignore[misc]
    assert told.topics == [topics]


async def test_windows_are_told_what_a_job_changed_before_it_failed(
    services: Services, clock: FakeClock, told: Told
) -> None:
    """A job that yields topics has each of them published when it is yielded."""

    def work() -> Iterator[frozenset[str]]:
        yield frozenset({"business-a"})
        yield frozenset()
        raise Unavailable("The provider is away.")

    job, process = Job("in parts", HOURLY, work), Jobs(services.database, clock, told.publish)
    await process.run_if_due(job)
    assert told.topics == [frozenset({"business-a"})]
    [problem] = process.problems([job])
    assert problem.endswith("The provider is away.")
