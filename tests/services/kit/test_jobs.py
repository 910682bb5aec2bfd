"""Periodic jobs: one process at a time, taken over when that process dies, and monitored."""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services, jobs
from settings_ui.domain.errors import Unavailable
from settings_ui.models import JobRun
from settings_ui.services.kit.jobs import LEASE, Job, Jobs
from tests.fakes import DatabaseAway
from tests.support import FakeClock

HOURLY, EVERY_SECOND = 3600.0, 1.0


@pytest.fixture
def two(services: Services, clock: FakeClock) -> tuple[Jobs, Jobs]:
    """Two processes of one deployment."""
    return Jobs(services.database, clock), Jobs(services.database, clock)


def row(services: Services) -> JobRun:
    with services.database.read() as session:
        return session.exec(select(JobRun)).one()


def nothing() -> None:
    return None


async def eventually(holds: Callable[[], bool]) -> None:
    """Return once the condition holds; fail after five seconds."""
    for _ in range(1000):
        if holds():
            return
        await asyncio.sleep(0.005)
    pytest.fail("not within five seconds")


async def test_an_hourly_job_runs_once_an_hour_in_whichever_process_comes_first(
    two: tuple[Jobs, Jobs], clock: FakeClock
) -> None:
    job = Job("hourly", HOURLY, nothing)
    ran = [await process.run_if_due(job) for process in two]
    clock.tick(minutes=50)
    ran += [await process.run_if_due(job) for process in two]
    clock.tick(minutes=11)
    ran += [await process.run_if_due(job) for process in reversed(two)]
    assert ran == [True, False, False, False, True, False]


async def test_a_frequent_job_stays_with_its_process_without_a_write_for_each_run(
    services: Services, two: tuple[Jobs, Jobs], clock: FakeClock
) -> None:
    job = Job("frequent", EVERY_SECOND, nothing, limit_s=60)
    first, second = two
    assert await first.run_if_due(job)
    held_until = row(services).held_until
    for _ in range(9):
        clock.tick(seconds=1)
        assert await first.run_if_due(job)
        assert not await second.run_if_due(job)
    assert row(services).held_until == held_until
    clock.tick(seconds=1)
    assert await first.run_if_due(job)
    assert row(services).held_until > held_until, "the claim was renewed before it expired"


@pytest.mark.parametrize("every_s", [EVERY_SECOND, HOURLY])
async def test_a_job_of_a_process_that_was_killed_is_taken_over(
    two: tuple[Jobs, Jobs], clock: FakeClock, every_s: float
) -> None:
    """Killed mid-run: nothing was recorded, and the claim was not released."""
    first, second = two
    started, never = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        await never.wait()

    killed = asyncio.create_task(first.run_if_due(Job("job", every_s, work, limit_s=3600)))
    await started.wait()
    killed.cancel()
    with pytest.raises(asyncio.CancelledError):
        await killed
    clock.tick(seconds=19)
    assert not await second.run_if_due(Job("job", every_s, nothing, limit_s=3600))
    clock.tick(seconds=1)
    assert await second.run_if_due(Job("job", every_s, nothing, limit_s=3600))


@pytest.mark.parametrize("every_s", [EVERY_SECOND, HOURLY])
@pytest.mark.parametrize("stopped", [True, False], ids=["stopped", "killed"])
async def test_a_job_that_ran_while_the_clock_was_ahead_runs_again_once_it_is_right(
    two: tuple[Jobs, Jobs], clock: FakeClock, every_s: float, *, stopped: bool
) -> None:
    """A machine may start with a wrong clock; the time it wrote may be decades away."""
    first, second = two
    job = Job("job", every_s, nothing)
    right = clock.now()
    clock.tick(days=9000)
    assert await first.run_if_due(job)
    if stopped:
        async with first.running([]):
            pass
    clock.moment = right
    assert await second.run_if_due(job)
    assert not await Jobs(second._database, clock).run_if_due(job), "claimed as ever"


@pytest.mark.parametrize("every_s", [EVERY_SECOND, HOURLY])
async def test_a_job_that_runs_for_long_stays_with_its_process(
    services: Services, clock: FakeClock, every_s: float
) -> None:
    first, second = Jobs(services.database, clock, renew_every_s=0.01), Jobs(services.database, clock)
    started, ends = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        await ends.wait()

    running = asyncio.create_task(first.run_if_due(Job("long", every_s, work, limit_s=3600)))
    await started.wait()
    for _ in range(4):
        until = clock.tick(seconds=15) + LEASE
        await eventually(lambda until=until: row(services).held_until == until)
        assert not await second.run_if_due(Job("long", every_s, nothing))
    ends.set()
    assert await running
    assert row(services).last_error_at is None


async def test_work_whose_claim_was_lost_is_abandoned(services: Services, clock: FakeClock) -> None:
    """A process was paused for a minute: by then another one has the job, and keeps it."""
    first, second = Jobs(services.database, clock, renew_every_s=0.05), Jobs(services.database, clock)
    cancelled = asyncio.Event()

    async def work() -> None:
        clock.tick(minutes=1)
        try:
            while not await second.run_if_due(Job("paused", EVERY_SECOND, nothing)):
                clock.tick(minutes=1)  # the first one won the race and renewed its claim
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    assert await first.run_if_due(Job("paused", EVERY_SECOND, work, limit_s=3600))
    await asyncio.wait_for(cancelled.wait(), 5)
    assert row(services).last_error_at is None
    assert await second.run_if_due(Job("paused", EVERY_SECOND, nothing))
    assert not await first.run_if_due(Job("paused", EVERY_SECOND, nothing))


async def test_while_the_database_is_away_work_goes_on_as_long_as_its_claim_lasts(
    services: Services, clock: FakeClock
) -> None:
    process = Jobs(services.database, clock, renew_every_s=0.01)
    cancelled, away = asyncio.Event(), DatabaseAway()
    seen: list[int] = []

    async def work() -> None:
        process._database = away  # type: ignore[assignment]
        try:
            clock.tick(seconds=19)
            await eventually(lambda: away.asked > 2)
            seen.append(away.asked)
            clock.tick(seconds=1)
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    with pytest.raises(Unavailable):  # the outcome cannot be recorded either
        await process.run_if_due(Job("job", EVERY_SECOND, work, limit_s=3600))
    await asyncio.wait_for(cancelled.wait(), 5)
    assert seen


async def test_a_job_of_a_process_that_got_kill_9_is_taken_over(services: Services, clock: FakeClock) -> None:
    """A real process, killed during work that could take an hour."""
    url = services.database.engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "tests.services.kit.long_job", url]
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert child.stdout
    assert await asyncio.wait_for(child.stdout.readline(), 30) == b"at work\n"
    child.kill()
    await child.wait()
    process = Jobs(services.database, clock)
    assert not await process.run_if_due(Job("long", HOURLY, nothing))
    clock.tick(seconds=LEASE.total_seconds())
    assert await process.run_if_due(Job("long", HOURLY, nothing))


@pytest.mark.parametrize("every_s", [EVERY_SECOND, HOURLY])
async def test_a_process_that_stops_lets_others_have_its_jobs_at_once(
    services: Services, two: tuple[Jobs, Jobs], every_s: float
) -> None:
    first, second = two
    started, never = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        started.set()
        await never.wait()

    async with first.running([Job("job", 0.01 if every_s == EVERY_SECOND else every_s, work)]):
        if every_s == EVERY_SECOND:
            await started.wait()
    assert await second.run_if_due(Job("job", every_s, nothing))


async def test_a_process_that_stops_holds_nothing_but_what_it_has_done_is_not_due_again(
    services: Services, two: tuple[Jobs, Jobs]
) -> None:
    first, second = two
    job = Job("hourly", HOURLY, nothing)
    async with first.running([]):
        await first.run_if_due(job)
    assert row(services).holder == ""
    assert not await second.run_if_due(job)
    assert not await first.run_if_due(Job("another", HOURLY, nothing)), "it has stopped"


async def test_what_is_being_claimed_while_a_process_stops_is_given_back_too(
    services: Services, clock: FakeClock
) -> None:
    begun, goes_on = threading.Event(), threading.Event()

    class Slow(Jobs):
        def _is_free(self, name: str, now: datetime) -> bool:
            begun.set()
            goes_on.wait(5)
            return super()._is_free(name, now)

    async with Slow(services.database, clock).running([Job("slow", 0.001, nothing)]):
        await eventually(begun.is_set)
        asyncio.get_running_loop().call_later(0.1, goes_on.set)
    assert row(services).holder == ""


async def test_many_processes_at_once_run_it_once(services: Services, clock: FakeClock) -> None:
    ran = []
    job = Job("at once", HOURLY, lambda: ran.append(1))
    await asyncio.gather(*(Jobs(services.database, clock).run_if_due(job) for _ in range(12)))
    assert len(ran) == 1


async def test_what_fails_is_recorded_and_tried_at_its_next_time(
    services: Services, two: tuple[Jobs, Jobs], clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Our own errors are recorded with their text, others only by type: their text may contain a secret."""
    troubles: list[Exception] = [RuntimeError("password=hunter2"), Unavailable()]

    def work() -> None:
        if troubles:
            raise troubles.pop(0)

    job, process = Job("troubled", HOURLY, work), two[0]
    with caplog.at_level(logging.WARNING):
        assert await process.run_if_due(job)
    assert row(services).last_error == "RuntimeError"
    assert process.problems([job]) == [f"The job troubled failed at {clock.now():%Y-%m-%d %H:%M} UTC: RuntimeError"]
    clock.tick(hours=1)
    assert await process.run_if_due(job)
    assert row(services).last_error == Unavailable().message
    clock.tick(hours=1)
    assert await process.run_if_due(job)
    assert process.problems([job]) == []
    assert row(services).last_success_at == clock.now()
    assert process.report([job, Job("new", HOURLY, nothing)]) == [
        "troubled: last succeeded at 2026-03-04 14:00 UTC; last failed at 2026-03-04 13:00 UTC: "
        + Unavailable().message,
        "new: has not run yet",
    ]


async def test_a_job_that_has_not_succeeded_for_long_is_a_problem(two: tuple[Jobs, Jobs], clock: FakeClock) -> None:
    job, process = Job("silent", HOURLY, nothing), two[0]
    assert process.problems([job]) == [], "nothing to report before the first run"
    await process.run_if_due(job)
    clock.tick(hours=3)
    assert process.problems([job]) == []
    clock.tick(minutes=2)
    assert len(process.problems([job])) == 1


async def test_a_server_that_was_stopped_is_late_with_nothing(two: tuple[Jobs, Jobs], clock: FakeClock) -> None:
    job, process = Job("frequent", EVERY_SECOND, nothing), two[0]
    async with process.running([]):
        await process.run_if_due(job)
    clock.tick(days=1)
    assert process.problems([job]) == []


async def test_work_beyond_its_time_limit_has_failed(services: Services, two: tuple[Jobs, Jobs]) -> None:
    """A coroutine is cancelled. A thread cannot be: this process does not start the job again until the thread ends."""
    process, ended = two[0], threading.Event()
    cancelled = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    assert await process.run_if_due(Job("slow", EVERY_SECOND, work, limit_s=0.01))
    await asyncio.wait_for(cancelled.wait(), 5)
    assert row(services).last_error == "It took longer than 0.01 s."
    assert await process.run_if_due(Job("slow", EVERY_SECOND, ended.wait, limit_s=0.01))
    assert not await process.run_if_due(Job("slow", EVERY_SECOND, nothing, limit_s=0.01))
    ended.set()
    for _ in range(500):
        if await process.run_if_due(Job("slow", EVERY_SECOND, nothing, limit_s=0.01)):
            return
        await asyncio.sleep(0.01)
    pytest.fail("the job never started again")


async def test_the_loop_goes_on_whatever_happens(services: Services, clock: FakeClock) -> None:
    troubles: list[Exception] = [Unavailable(), RuntimeError("a bug"), Unavailable()]
    arrived = asyncio.Event()

    class Troubled(Jobs):
        async def run_if_due(self, job: Job) -> bool:
            if troubles:
                raise troubles.pop()
            return await super().run_if_due(job)

    async with Troubled(services.database, clock).running([Job("loop", 0.001, arrived.set)]):
        await asyncio.wait_for(arrived.wait(), 10)


async def test_the_jobs_of_the_product_run(services: Services) -> None:
    """Each has a unique name and works on an empty database."""
    found = jobs(services)
    assert len({job.name for job in found}) == len(found)
    for job in found:
        assert await services.jobs.run_if_due(job), job.name
    assert services.jobs.problems(found) == []
