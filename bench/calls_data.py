"""Databases with many calls, built once: the calls of one business over ninety days, with its counts."""

import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from settings_ui.bootstrap import Services, build
from settings_ui.config import VAR, Config
from settings_ui.domain.access import Actor, Role
from settings_ui.services.calls.counts import REACHED, TOTALS
from settings_ui.services.kit import schema

FOLDER = VAR / "bench-data"
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
DAYS = 90
BUSINESS, OWNER = "biz_bench", "usr_bench"
SOURCES = tuple(f"Source {n:02}" for n in range(12))
RARE_SOURCE = "A source of a few calls"
STATUSES = ("completed",) * 80 + ("missed",) * 13 + ("voicemail",) * 7
CALLERS = 200_000
HEAVY, LIGHT = "+14155550100", "+14155550101"
RARE = 40
"""The number of calls that are stopped, from the rare source, or from the rare caller, whatever the size."""

ACTOR = Actor(OWNER, "ses_bench", BUSINESS, Role.OWNER, pay_per_call=False)
Row = tuple[Any, ...]


class Standing:
    """A fixed clock, so that a database built once keeps covering ninety days."""

    def now(self) -> datetime:
        """Return the moment at which all databases end."""
        return NOW


def services(calls: int) -> Services:
    """Return services on the database with this many calls, building it if it does not exist."""
    path = FOLDER / f"calls-{calls}.db"
    if not path.exists():
        _build(path, calls)
    settings = Config(_env_file=None, demo=True, database_url=f"sqlite:///{path}")
    made = build(settings, clock=Standing())
    schema.upgrade(made.database)
    return made


def is_there(calls: int) -> bool:
    """Whether the database with this many calls exists."""
    return (FOLDER / f"calls-{calls}.db").exists()


def _build(path: Path, calls: int) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".scratch")
    scratch.unlink(missing_ok=True)
    started = time.monotonic()
    made = build(Config(_env_file=None, demo=True, database_url=f"sqlite:///{scratch}"), clock=Standing())
    schema.upgrade(made.database)
    made.database.close()
    with sqlite3.connect(scratch) as connection:
        connection.execute("PRAGMA journal_mode=OFF")
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA cache_size=-1000000")
        add_people(connection)
        indexes = connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'calls' AND type = 'index' AND sql IS NOT NULL"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        counts: Counter[tuple[str, str, int, str]] = Counter()
        connection.executemany(
            "INSERT INTO calls (business_id, id, from_number, to_number, source, started_at, duration_s, status,"
            f" threshold_s, screened) VALUES ('{BUSINESS}', ?, ?, '+12125550110', ?, ?, ?, ?, 90, 0)",
            _calls(calls, counts),
        )
        for _, statement in indexes:
            connection.execute(statement)
        _count(connection, counts)
    connection.close()
    scratch.rename(path)
    Path(f"{scratch}.lock").unlink(missing_ok=True)
    print(f"{calls:,} calls built in {time.monotonic() - started:.0f} s", file=sys.stderr)


def _calls(calls: int, counts: Counter[tuple[str, str, int, str]]) -> Iterator[Row]:
    """Yield calls, oldest first, and update the counts."""
    dice = random.Random(7)
    lengths = [min(7200, max(2, round(90 * dice.lognormvariate(0, 1.0)))) for _ in range(100_003)]
    step = timedelta(days=DAYS) / calls
    rare = set(dice.sample(range(calls), 3 * RARE))
    kinds = {n: ("stopped", "source", "caller")[k % 3] for k, n in enumerate(sorted(rare))}
    for n in range(calls):
        moment = NOW - timedelta(days=DAYS) + step * n
        kind = kinds.get(n)
        status = "stopped" if kind == "stopped" else STATUSES[dice.randrange(100)]
        source = RARE_SOURCE if kind == "source" else SOURCES[min(dice.randrange(12), dice.randrange(12))]
        number = dice.randrange(CALLERS)
        caller = LIGHT if kind == "caller" else HEAVY if number < CALLERS // 100 else f"+1213{number:07}"
        duration_s = 0 if status in ("missed", "stopped") else lengths[n % 100_003]
        text = moment.strftime("%Y-%m-%d %H:%M:%S.%f")
        counts[text[:10], source, duration_s, status] += 1
        yield f"call-{n:010}", caller, source, text, duration_s, status


def _count(connection: sqlite3.Connection, counts: Counter[tuple[str, str, int, str]]) -> None:
    days: dict[tuple[str, str], Counter[str]] = {}
    for (day, source, duration_s, status), n in counts.items():
        totals = days.setdefault((day, source), Counter(dict.fromkeys(TOTALS, 0)))
        totals["calls"] += n
        totals["stopped"] += n * (status == "stopped")
        if status == "completed":
            reached = [name for seconds, name in REACHED.items() if duration_s >= seconds]
            qualified = ["qualified", "qualified_then"] if duration_s >= 90 else []
            totals.update(dict.fromkeys(["completed", *qualified, *reached], n))
    connection.executemany(
        f"INSERT INTO day_counts (business_id, day, source, {', '.join(TOTALS)})"
        f" VALUES ('{BUSINESS}', ?, ?{', ?' * len(TOTALS)})",
        ((day, source, *(totals[name] for name in TOTALS)) for (day, source), totals in sorted(days.items())),
    )
    connection.executemany(
        f"INSERT INTO duration_counts VALUES ('{BUSINESS}', ?, ?, ?, ?)",
        (
            (day, source, duration_s, n)
            for (day, source, duration_s, status), n in sorted(counts.items())
            if status == "completed"
        ),
    )


def add_people(connection: sqlite3.Connection) -> None:
    """Write the business and its owner."""
    at = NOW.strftime("%Y-%m-%d %H:%M:%S.%f")
    for table, row in (
        ("businesses", {"id": BUSINESS, "name": "Bench", "time_zone": "UTC", "region": "US", "currency": "USD"}),
        ("users", {"id": OWNER, "email": "bench@example.com", "email_folded": "bench@example.com", "name": "Bench"}),
    ):
        columns = connection.execute(f"PRAGMA table_info({table})").fetchall()
        for _, name, kind, required, default, _ in columns:
            if name not in row and required and default is None:
                row[name] = at if kind.startswith(("DATE", "TIME")) else "0" if "INT" in kind or "BOOL" in kind else "x"
        names = ", ".join(row)
        connection.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(row))})", list(row.values()))
