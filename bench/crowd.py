"""A thousand signed-in browsers on one process, each doing something every ten seconds."""

import asyncio
import contextlib
import random
import secrets
import threading
import time
from datetime import UTC, datetime

import psutil

from bench.events import percentile
from bench.figures import Figure
from bench.window import Window
from settings_ui.domain import passwords
from settings_ui.domain.access import Role
from settings_ui.domain.ids import new_id
from settings_ui.models import Business, Membership, User, UserSession
from settings_ui.services.account.access import token_digest
from settings_ui.services.kit.database import Database
from settings_ui.state.settings import Settings
from tests.e2e.server import Server

BROWSERS = 1000
BUSINESSES = 50
AT_ONCE = 20
EVERY_S = 10.0
FOR_S = 20.0
WITHIN_S = 60.0


def crowd(server: Server) -> list[Figure]:
    """Memory and latencies; stops after a minute, however far it has come."""
    cookies = _people(server.database)
    alone = _memory_mb(server.pid)
    most = _Most(server.pid)
    with most:
        waits, opened, seconds = asyncio.run(_live(server.origin, cookies))
    return [
        Figure(f"{BROWSERS:,} browsers: connected", opened, "", budget=BROWSERS, at_least=True),
        Figure(f"{BROWSERS:,} browsers: connecting all", seconds, "s"),
        Figure(f"{BROWSERS:,} browsers: memory of the server", most.mb, "MB", budget=300),
        Figure("  the same before the first came", alone, "MB"),
        Figure(f"{BROWSERS:,} browsers: event, median", percentile(waits, 50), "ms"),
        Figure(f"{BROWSERS:,} browsers: event, p99", percentile(waits, 99), "ms", budget=150),
        Figure(f"{BROWSERS:,} browsers: events", len(waits), ""),
    ]


async def _live(origin: str, cookies: list[str]) -> tuple[list[float], int, float]:
    """Open a window for each cookie, then reload tabs for a while; return the latencies, the number of windows, and
    the time."""
    gate = asyncio.Semaphore(AT_ONCE)
    all_open = asyncio.Event()
    waits: list[float] = []
    opened = 0
    start = time.monotonic()

    async def someone(cookie: str) -> None:
        nonlocal opened
        async with contextlib.AsyncExitStack() as stack:
            async with gate:
                window = await stack.enter_async_context(Window(origin, cookie))
            opened += 1
            if opened == len(cookies):
                all_open.set()
            await all_open.wait()
            until = time.monotonic() + FOR_S
            await asyncio.sleep(random.uniform(0, EVERY_S))
            while time.monotonic() < until:
                waits.append(await window.ask(Settings.open, Settings))
                await asyncio.sleep(random.uniform(0, 2 * EVERY_S))

    people = [asyncio.create_task(someone(cookie)) for cookie in cookies]
    watch = asyncio.create_task(all_open.wait())
    await asyncio.wait([watch], timeout=WITHIN_S - FOR_S)
    connecting = time.monotonic() - start
    await asyncio.wait(people, timeout=max(0, WITHIN_S - connecting))
    for task in (*people, watch):
        task.cancel()
    await asyncio.gather(*people, watch, return_exceptions=True)
    return waits or [float("inf")], opened, connecting


def _people(database: Database) -> list[str]:
    """Write a thousand people in fifty businesses, each signed in, and return their cookies."""
    now, unusable = datetime.now(UTC), passwords.digest(secrets.token_urlsafe())
    cookies = [secrets.token_urlsafe(32) for _ in range(BROWSERS)]
    businesses = [
        Business(id=new_id("biz"), name=f"Business {n}", pay_per_call=True, created_at=now) for n in range(BUSINESSES)
    ]
    users = [
        User(
            id=new_id("usr"),
            email=f"person{n}@example.com",
            email_folded=f"person{n}@example.com",
            name=f"Person {n}",
            password_hash=unusable,
            password_changed_at=now,
            created_at=now,
        )
        for n in range(BROWSERS)
    ]
    with database.write() as session:
        session.add_all([*businesses, *users])
        session.flush()
        for n, (user, cookie) in enumerate(zip(users, cookies, strict=True)):
            home, role = businesses[n % BUSINESSES], list(Role)[n % len(Role)]
            session.add(
                Membership(id=new_id("mem"), user_id=user.id, business_id=home.id, role=role.value, created_at=now)
            )
            session.add(
                UserSession(
                    id=new_id("ses"),
                    user_id=user.id,
                    token_digest=token_digest(cookie),
                    device="Chrome on Linux",
                    network="127.0.0.0/24",
                    created_at=now,
                    last_seen_at=now,
                )
            )
    return cookies


class _Most:
    """The peak memory of the server while this is open."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self.mb = 0.0

    def __enter__(self) -> None:
        self._watching.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watching.join()

    def _watch(self) -> None:
        while not self._over.wait(0.5):
            self.mb = max(self.mb, _memory_mb(self._pid))


def _memory_mb(pid: int) -> float:
    """Return the memory of the server and its worker in MB, shared pages counted once (PSS). The sandbox that stands in
    for Stripe runs beside them and does not count."""
    server, total = psutil.Process(pid), 0.0
    for one in (server, *server.children(recursive=True)):
        with contextlib.suppress(psutil.NoSuchProcess):  # it has just exited
            total += 0 if "sandbox" in one.cmdline() else one.memory_full_info().pss
    return total / 1e6
