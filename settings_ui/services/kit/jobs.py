"""Periodic jobs: each is run by one process of the deployment at a time, whichever claims it in the database."""

import asyncio
import contextlib
import inspect
import logging
import random
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select, update

from settings_ui.domain.errors import DomainError, Unavailable
from settings_ui.domain.ids import new_id
from settings_ui.gateways.ports import Clock
from settings_ui.models import JobRun
from settings_ui.services.kit.changes import Changed
from settings_ui.services.kit.database import Database

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=20)
"""How long a claim lasts without being renewed. Then another process takes the job over, as when its holder was
killed."""
RENEW_EVERY_S = 5.0
"""How often the claim of a running job is renewed. A frequent job keeps its claim for many runs: half of it must be
left when one begins."""
LOOK_AT_MOST_S = 8.0
"""The longest time until a process checks again whether a job is free."""
JITTER = 0.1
LATE_PERIODS = 3
TAKEN_OVER = "Another process has taken it over."
Publish = Callable[[frozenset[str]], Coroutine[Any, Any, None]]


@dataclass(frozen=True)
class Job:
    """Work that is due every so many seconds. `work` is a coroutine function, or a plain one that runs in a thread. If
    it returns a Changed, its topics are published; if it yields topics, they are published at once, whatever follows.

    Work that exceeds `limit_s` has failed. A coroutine is then cancelled; a thread cannot be, and until it ends this
    process does not start the job again.
    """

    name: str
    every_s: float
    work: Callable[[], Awaitable[object] | object]
    limit_s: float = 60.0

    @property
    def is_frequent(self) -> bool:
        """Whether it runs several times within one claim."""
        return self.every_s < LEASE.total_seconds() / 2


class Jobs:
    """Claims and runs jobs. No two processes run a job at once, as long as each can renew its claim and keeps the
    time limit: work whose claim was lost is abandoned, as after a timeout."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        publish: Publish | None = None,
        *,
        renew_every_s: float = RENEW_EVERY_S,
    ) -> None:
        self._database = database
        self._clock = clock
        self._publish = publish
        self._renew_every_s = renew_every_s
        self._process = new_id("prc")
        self._leases: dict[str, datetime] = {}
        self._noted: set[str] = set()
        self._stuck: dict[str, asyncio.Task[object]] = {}
        self._claiming = threading.Lock()
        self._stopped = False

    @contextlib.asynccontextmanager
    async def running(self, jobs: Sequence[Job]) -> AsyncIterator[None]:
        """Run the jobs when they are due, inside the block; at its end release all claims."""
        self._stopped = False
        tasks = [asyncio.create_task(self._keep(job)) for job in jobs]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            with contextlib.suppress(Unavailable):
                await asyncio.to_thread(self._release)

    async def run_if_due(self, job: Job) -> bool:
        """Run the job if it is due and this process can claim it; return whether it ran. Raises Unavailable."""
        if job.name in self._stuck or not await asyncio.to_thread(self._claim, job):
            return False
        error = await self._attempt(job)
        await asyncio.to_thread(self._settle, job, error)
        return True

    def report(self, jobs: Sequence[Job]) -> list[str]:
        """Return a line per job: its last success and its last failure."""
        rows, lines = self._rows(), []
        for job in jobs:
            row, parts = rows.get(job.name), []
            if row and row.last_success_at:
                parts.append(f"last succeeded at {_shown(row.last_success_at)}")
            if row and row.last_error_at:
                parts.append(f"last failed at {_shown(row.last_error_at)}: {row.last_error}")
            lines.append(f"{job.name}: {'; '.join(parts) or 'has not run yet'}")
        return lines

    def runs(self) -> list[JobRun]:
        """Return each job's last success and last failure, in any order; raise Unavailable."""
        return list(self._rows().values())

    def problems(self, jobs: Sequence[Job]) -> list[str]:
        """Return in words which jobs failed last, or are claimed but have not succeeded for three periods.

        A server that was stopped has released its claims, so nothing is overdue.
        """
        now, rows, found = self._clock.now(), self._rows(), []
        for job in jobs:
            row = rows.get(job.name)
            if row is None:
                continue  # never claimed: no server has run here yet
            succeeded = row.last_success_at
            if row.last_error_at and (succeeded is None or row.last_error_at > succeeded):
                found.append(f"The job {job.name} failed at {_shown(row.last_error_at)}: {row.last_error}")
            elif succeeded and row.holder and now - succeeded > _late_after(job):
                found.append(f"The job {job.name} last succeeded at {_shown(succeeded)}.")
        return found

    def _rows(self) -> dict[str, JobRun]:
        with self._database.read() as session:
            return {row.name: row for row in session.exec(select(JobRun))}

    async def _keep(self, job: Job) -> None:
        while True:
            pause = min(job.every_s, LOOK_AT_MOST_S)
            await asyncio.sleep(pause * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311
            try:
                await self.run_if_due(job)
            except Unavailable:
                log.warning("job %s waits: the database does not answer", job.name)
            except Exception:
                log.exception("job %s could not be claimed", job.name)

    def _claim(self, job: Job) -> bool:
        with self._claiming:  # a thread outlives its cancelled task: claiming and releasing must not interleave
            return not self._stopped and self._claim_now(job)

    def _claim_now(self, job: Job) -> bool:
        now = self._clock.now()
        held_until = self._leases.get(job.name)
        if held_until and job.is_frequent and held_until - now > LEASE / 2:
            return True
        renewable = self._process if job.is_frequent else "nobody"
        mine = (col(JobRun.name) == job.name) & (col(JobRun.holder) == renewable)
        if not held_until and not self._is_free(job, now):
            return False  # checking needs no write lock
        until = now + LEASE
        try:
            with self._database.write() as session:
                free = (col(JobRun.name) == job.name) & ~_held(job, now)
                taken = update(JobRun).where(free | mine).values(holder=self._process, held_until=until)
                claimed = session.exec(taken).rowcount == 1
                if not claimed and session.get(JobRun, job.name) is None:
                    session.add(JobRun(name=job.name, holder=self._process, held_until=until))
                    claimed = True
        except IntegrityError:  # another process inserted the row after we looked
            claimed = False
        if claimed:
            self._leases[job.name] = until
            self._noted.discard(job.name)
        else:
            self._leases.pop(job.name, None)
        return claimed

    def _is_free(self, job: Job, now: datetime) -> bool:
        held = select(JobRun.name).where(JobRun.name == job.name, _held(job, now))
        with self._database.read() as session:
            return session.exec(held).first() is None

    async def _attempt(self, job: Job) -> str:
        """Run the work and return the error, empty on success."""
        task: asyncio.Task[object] = asyncio.ensure_future(_started(job, self._publish))
        try:
            wrong = await self._watch(job, task)
        except asyncio.CancelledError:
            task.cancel()
            raise
        if wrong:
            log.error("job %s was abandoned: %s", job.name, wrong)
            self._abandon(job, task)
            return wrong
        if (error := task.exception()) is None:
            done = task.result()
            if self._publish and isinstance(done, Changed) and done.topics:
                await self._publish(done.topics)
            return ""
        if isinstance(error, Unavailable):
            log.warning("job %s failed: %s", job.name, error.message)
        else:
            log.error("job %s failed", job.name, exc_info=error)
        # Only our own errors are known to contain no secret; the log has the rest.
        return error.message[:200] if isinstance(error, DomainError) else type(error).__name__

    async def _watch(self, job: Job, task: asyncio.Task[object]) -> str:
        """Renew the claim until the task is done; return why it was abandoned, empty if it is done."""
        ends = asyncio.get_running_loop().time() + job.limit_s
        while True:
            left = ends - asyncio.get_running_loop().time()
            done, _ = await asyncio.wait({task}, timeout=max(0.0, min(left, self._renew_every_s)))
            if done:
                return ""
            if left <= self._renew_every_s:
                return f"It took longer than {job.limit_s:g} s."
            if not await asyncio.to_thread(self._renew, job):
                return TAKEN_OVER

    def _renew(self, job: Job) -> bool:
        """Renew the claim; return False once it is lost. While the database is down, it lasts until its last known
        expiry."""
        now = self._clock.now()
        try:
            with self._database.write() as session:
                mine = (col(JobRun.name) == job.name) & (col(JobRun.holder) == self._process)
                kept = session.exec(update(JobRun).where(mine).values(held_until=now + LEASE)).rowcount == 1
        except Unavailable:
            return now < self._leases[job.name]
        if kept:
            self._leases[job.name] = now + LEASE
        else:
            self._leases.pop(job.name, None)
        return kept

    def _abandon(self, job: Job, task: asyncio.Task[object]) -> None:
        self._stuck[job.name] = task
        task.add_done_callback(lambda _: self._stuck.pop(job.name, None))
        if inspect.iscoroutinefunction(job.work):
            task.cancel()

    def _settle(self, job: Job, error: str) -> None:
        """Record the outcome: every failure, and one success per claim."""
        if not error and job.name in self._noted:
            return
        now = self._clock.now()
        values: dict[str, object] = {"last_error_at": now, "last_error": error} if error else {"last_success_at": now}
        if not job.is_frequent:
            values["held_until"] = now + timedelta(seconds=job.every_s * random.uniform(1 - JITTER, 1))  # noqa: S311
            self._leases.pop(job.name, None)
        with self._database.write() as session:
            mine = (col(JobRun.name) == job.name) & (col(JobRun.holder) == self._process)
            session.exec(update(JobRun).where(mine).values(**values))
        (self._noted.discard if error else self._noted.add)(job.name)

    def _release(self) -> None:
        """Release every claim: running jobs are free immediately, finished ones when they are due again."""
        with self._claiming, self._database.write() as session:
            self._stopped = True
            ours = col(JobRun.holder) == self._process
            running = ours & col(JobRun.name).in_(self._leases)
            session.exec(update(JobRun).where(running).values(held_until=self._clock.now()))
            session.exec(update(JobRun).where(ours).values(holder=""))


async def _started(job: Job, publish: Publish | None) -> object:
    if inspect.iscoroutinefunction(job.work):
        return await job.work()
    loop = asyncio.get_running_loop()

    def work() -> object:
        done = job.work()
        if not isinstance(done, Iterator):
            return done
        for topics in done:
            if publish and topics:
                asyncio.run_coroutine_threadsafe(publish(topics), loop)
        return None

    return await asyncio.to_thread(work)


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _held(job: Job, now: datetime) -> ColumnElement[bool]:
    """Return the condition that the job is claimed, or not due yet: for no longer than a claim made by now can last,
    with room for differing clocks. One beyond that was written while the clock was ahead, and would stop the job until
    then."""
    longest = now + max(LEASE, timedelta(seconds=job.every_s)) + LEASE
    return (col(JobRun.held_until) > now) & (col(JobRun.held_until) <= longest)


def _late_after(job: Job) -> timedelta:
    return max(LATE_PERIODS * timedelta(seconds=job.every_s), 4 * LEASE) + timedelta(seconds=job.limit_s)
