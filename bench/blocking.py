"""The cost of screening and the block list with a hundred, a hundred thousand and a million entries."""

import itertools
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from bench import calls_data
from bench.calls_data import ACTOR, BUSINESS, NOW, OWNER, Standing
from bench.figures import Figure
from settings_ui.bootstrap import Services, build
from settings_ui.config import Config
from settings_ui.domain.access import KeyActor
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.phone import parse_number
from settings_ui.gateways.ports import WrittenRow
from settings_ui.services.blocked_callers.entries import Result
from settings_ui.services.blocked_callers.listing import Sort
from settings_ui.services.calls.reported import INTERNATIONAL
from settings_ui.services.kit import schema

FEW, LIST, MANY = 100, 100_000, 1_000_000
TIMES, ROUNDS = 15, 15
RATIO = 1.1
TRIED = 3_000
"""The number of entries that stopped something in the last 30 days."""
IMPORTED = 100_000
CALLS = 10_000_000
KEY = KeyActor("key_bench", BUSINESS, "Bench", KeyAccess.FULL)
DIALLED = "+12125550110"
Caller = Callable[[int, int], str]
Ask = Callable[[Services, str], object]


def blocking() -> list[Figure]:
    """Screening at 100 and 1,000,000 entries, pages of 100,000 entries, and an import of 100,000 numbers."""
    return [*_decisions(), *_pages(), *_previews(), *_import()]


def _decisions() -> list[Figure]:
    there = {entries: _services(entries) for entries in (FEW, MANY)}
    for entries in there:
        _read_through(calls_data.FOLDER / f"blocked-{entries}.db")
    asked: list[tuple[str, Caller, Ask, int]] = [
        (
            "Decision, a caller who is not blocked",
            lambda _, n: f"+1415{n * 79_193 % 9_000_000 // 9 * 9 + 4:07}",
            _decide,
            400,
        ),
        ("Decision, a caller under a prefix", lambda _, n: f"+1999555{n % 10_000:04}", _decide, 400),
        ("Decision and stopped call", lambda entries, n: _number(n * 7919 % entries), _screen, 20),
    ]
    figures = []
    for what, caller, ask, times in asked:
        taken: dict[int, list[float]] = {entries: [] for entries in there}
        numbers = itertools.count()
        for _ in range(ROUNDS):
            for entries, services in there.items():  # interleaved, so that other load affects both
                ringing = [caller(entries, next(numbers)) for _ in range(times)]
                for number in ringing:
                    parse_number(number, INTERNATIONAL, field="from")  # which is cached and is not what is measured
                start = time.perf_counter()
                for number in ringing:
                    ask(services, number)
                taken[entries].append((time.perf_counter() - start) / times * 1e6)
        before, after = (statistics.median(taken[entries]) for entries in there)
        figures += [Figure(f"{what}, {entries:,} entries", t, "µs") for entries, t in ((FEW, before), (MANY, after))]
        figures.append(Figure(f"  {what}: from a hundred to a million", after / before, "times", RATIO))
    for services in there.values():
        services.database.close()
    return figures


def _decide(services: Services, caller: str) -> object:
    return services.calls.recording.decide(KEY, caller, DIALLED)


def _screen(services: Services, caller: str) -> object:
    """Screen a call and record it as stopped."""
    return services.calls.recording.screen(KEY, caller, DIALLED)


def _pages() -> list[Figure]:
    services = _services(LIST)
    list_of = services.blocked_callers.block_list
    pages: list[tuple[str, Callable[[], object], float | None]] = [
        *((f"by {sort}", lambda sort=sort: list_of.page(ACTOR, sort=sort), 20.0) for sort in Sort),
        ("in its middle", lambda: list_of.page(ACTOR, offset=LIST // 2), None),
        ("a search for a number", lambda: list_of.page(ACTOR, search="0012345"), None),
        ("a search for a note", lambda: list_of.page(ACTOR, search="spam 77"), None),
        ("over the API", lambda: list_of.after(ACTOR), 20.0),
    ]
    figures = [
        Figure(f"A page of {LIST:,} blocked callers, {what}", _median_ms(page), "ms", limit)
        for what, page, limit in pages
    ]
    services.database.close()
    return figures


def _previews() -> list[Figure]:
    """Measured on a database with many calls, since a preview searches them."""
    if not calls_data.is_there(CALLS):
        return []
    services = calls_data.services(CALLS)
    asked: list[tuple[str, list[str]]] = [
        ("a number", ["+12130100007"]),
        ("1,000 numbers", [f"+1213{n:07}" for n in range(0, 7000, 7)]),
        ("a prefix of ten numbers", ["+1213010000*"]),
        ("a prefix of all numbers", ["+1213*"]),
    ]
    figures = [
        Figure(
            f"Preview of {what}, {CALLS:,} calls",
            _median_ms(lambda given=given: services.blocked_callers.preview.of(ACTOR, given)),  # type: ignore[misc]
            "ms",
        )
        for what, given in asked
    ]
    services.database.close()
    return figures


def _import() -> list[Figure]:
    rows = [
        WrittenRow(n + 2, [f"({212 + n // 50_000}) {200 + n % 50_000 // 100}-{n % 100:04}", f"note {n}"])
        for n in range(IMPORTED)
    ]
    with tempfile.TemporaryDirectory() as folder:
        services = _services(FEW, Path(folder))
        start = time.perf_counter()
        done = services.blocked_callers.import_file.run(ACTOR, ["number", "note"], rows).value
        seconds = time.perf_counter() - start
        services.database.close()
    assert done.counts == {Result.BLOCKED: IMPORTED}, done.counts
    return [Figure(f"Import of {IMPORTED:,} numbers", seconds, "s", 30)]


def _median_ms(work: Callable[[], object]) -> float:
    work()
    waits = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        waits.append((time.perf_counter() - start) * 1000)
    return statistics.median(waits)


def _services(entries: int, folder: Path = calls_data.FOLDER) -> Services:
    """Return services on a database with this many entries, building it if it does not exist."""
    path = folder / f"blocked-{entries}.db"
    there = path.exists()
    folder.mkdir(parents=True, exist_ok=True)
    made = build(Config(_env_file=None, demo=True, database_url=f"sqlite:///{path}"), clock=Standing())
    schema.upgrade(made.database)
    if not there:
        start = time.monotonic()
        _fill(path, entries)
        print(f"{entries:,} blocked callers built in {time.monotonic() - start:.0f} s", file=sys.stderr)
    return made


def _read_through(path: Path) -> None:
    """Read a file into the page cache, where a running server's database would be."""
    with path.open("rb") as file:
        while file.read(1 << 24):
            pass


def _fill(path: Path, entries: int) -> None:
    """Write numbers (every third with a note, every tenth with an end), a prefix, and the stopped calls of some."""
    with sqlite3.connect(path) as connection:
        calls_data.add_people(connection)
        connection.executemany(
            "INSERT INTO blocked_callers"
            " (business_id, created_by, id, pattern, note, until, created_at, last_stopped_at)"
            f" VALUES ('{BUSINESS}', '{OWNER}', ?, ?, ?, ?, ?, ?)",
            (
                (
                    _id(n),
                    "+1999*" if n == 0 else _number(n),
                    f"spam {n}" if n % 3 == 0 else "",
                    _text(NOW + timedelta(days=1 + n % 100)) if n % 10 == 0 else None,
                    _text(NOW - timedelta(seconds=n // 1000)),
                    _text(NOW - timedelta(days=n % 30)) if n < TRIED else None,
                )
                for n in range(entries)
            ),
        )
        connection.executemany(
            f"INSERT INTO stop_counts (business_id, day, blocked_caller_id, stopped) VALUES ('{BUSINESS}', ?, ?, ?)",
            ((_text(NOW - timedelta(days=n % 30))[:10], _id(n), 1 + n % 5) for n in range(min(TRIED, entries))),
        )
    connection.close()


def _id(n: int) -> str:
    return f"blk_{n:024}"


def _number(n: int) -> str:
    """Every ninth number is blocked; the others are not."""
    return f"+1415{9 * n:07}"


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
