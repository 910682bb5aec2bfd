"""The cost of reading and recording with a thousand, a million and ten million calls, which should not grow."""

import itertools
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from bench import calls_data
from bench.calls_data import ACTOR, BUSINESS, HEAVY, LIGHT, NOW, RARE_SOURCE, SOURCES
from bench.figures import Figure
from settings_ui.bootstrap import Services
from settings_ui.domain.access import KeyActor
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.qualification import CallStatus
from settings_ui.domain.what_if import Durations
from settings_ui.models import Business
from settings_ui.services.calls.log import MOST, Filter
from settings_ui.services.calls.reported import NewCall
from settings_ui.services.calls.reports import Basis, GroupBy
from settings_ui.services.qualified_calls.service import QualifiedCalls

FEW, MANY, VERY_MANY = 1_000, 1_000_000, 10_000_000
TIMES = 21
RATIO = 1.1
NOISE_MS = 1.0
"""Smaller differences may be measurement noise."""

KEY = KeyActor("key_bench", BUSINESS, "Bench", KeyAccess.FULL)
Work = Callable[[Services, int], object]


@dataclass(frozen=True)
class Measure:
    """Something that people or programs wait for, and its budget in milliseconds."""

    name: str
    work: Work
    budget: float | None = None
    rare: bool = False
    """Whether it may grow, because it is rarely done."""


def growth() -> list[Figure]:
    """Compare a thousand with a million calls, and with ten million if those were built (by `growth-full`)."""
    return _compare([FEW, MANY, *([VERY_MANY] if calls_data.is_there(VERY_MANY) else [])])


def growth_full() -> list[Figure]:
    """Compare up to ten million calls; building them once takes a few minutes and five gigabytes."""
    return _compare([FEW, MANY, VERY_MANY])


def _compare(sizes: list[int]) -> list[Figure]:
    there = {size: calls_data.services(size) for size in sizes}
    figures = []
    for measure in _measures():
        waits: dict[int, list[float]] = {size: [] for size in sizes}
        for n in range(TIMES + 1):
            for size in sizes:  # interleaved, so that other load on this machine affects all of them
                start = time.perf_counter()
                measure.work(there[size], n)
                if n:
                    waits[size].append((time.perf_counter() - start) * 1000)
        for size in sizes:
            limit = measure.budget if size == sizes[-1] else None
            figures.append(Figure(f"{measure.name}, {size:,} calls", statistics.median(waits[size]), "ms", limit))
        if VERY_MANY in sizes:
            before, after = statistics.median(waits[MANY]), statistics.median(waits[VERY_MANY])
            limit = RATIO if after - before > NOISE_MS and not measure.rare else None
            figures.append(Figure(f"  {measure.name}: from a million to ten", after / before, "times", limit))
    for made in there.values():
        made.database.close()
    return figures


def _measures() -> list[Measure]:
    last_90 = {"last_days": 90}
    stopped, missed = Filter(status=CallStatus.STOPPED), Filter(status=CallStatus.MISSED)
    return [
        Measure("Report by day", lambda s, _: s.calls.reports.qualified(ACTOR, **last_90), 40),
        Measure(
            "Report by source", lambda s, _: s.calls.reports.qualified(ACTOR, **last_90, group_by=GroupBy.SOURCE), 40
        ),
        Measure(
            "Report as counted then", lambda s, _: s.calls.reports.qualified(ACTOR, **last_90, basis=Basis.THEN), 40
        ),
        Measure(
            "Report at another threshold", lambda s, n: s.calls.reports.qualified(ACTOR, **last_90, threshold_s=30 + n)
        ),
        Measure("Dashboard, 30 days", lambda s, _: _dashboard(s, 30), 80),
        Measure("Dashboard, 90 days", lambda s, _: _dashboard(s, 90), 80),
        Measure("Qualified Calls", lambda s, _: s.qualified_calls.see(ACTOR), 80),
        Measure("Qualified Calls: a drag of the threshold", _drag, 10),
        Measure("Qualified Calls: saving another threshold", _save, rare=True),
        Measure("Qualified Calls, in a new process", lambda s, _: QualifiedCalls(s.database, s.clock).see(ACTOR), 80),
        _page("newest", Filter()),
        _page("a day in the middle", Filter(start=NOW - timedelta(days=45), end=NOW - timedelta(days=44))),
        _page("a source", Filter(source=SOURCES[3])),
        _page("a rare source", Filter(source=RARE_SOURCE)),
        _page("a source that is none", Filter(source="Nothing")),
        _page("a status", missed),
        _page("a rare status", stopped),
        _page("qualified", Filter(qualified=True)),
        _page("not qualified", Filter(qualified=False)),
        _page("qualified of a source", Filter(qualified=True, source=SOURCES[11])),
        _page("qualified of a rare source", Filter(qualified=True, source=RARE_SOURCE)),
        _page("missed of a rare source", replace(missed, source=RARE_SOURCE)),
        _page("stopped of a source", replace(stopped, source=SOURCES[0])),
        _page("a caller of many calls", Filter(caller=HEAVY)),
        _page("a caller of few calls", Filter(caller=LIGHT)),
        _page("stopped calls of a caller of many", replace(stopped, caller=HEAVY)),
        _page("a caller of many in a rare source", Filter(caller=HEAVY, source=RARE_SOURCE)),
        _page("calls that cannot be: qualified and missed", replace(missed, qualified=True)),
        _page("an hour or longer", Filter(least_duration_s=3600)),
        _page("longer than any", Filter(least_duration_s=86_400)),
        _page("two hours or longer of a source", Filter(least_duration_s=7200, source=SOURCES[3])),
        Measure("Log: 500 calls", lambda s, _: s.calls.log.page(ACTOR, Filter(), limit=MOST)),
        Measure("Log: deep cursor", _deep, 20),
        Measure("Log: deep cursor, going back", lambda s, n: _deep(s, n, newer=True), 20),
        Measure("Log: one call", lambda s, n: s.calls.log.get(ACTOR, f"call-{n * 40:010}"), 20),
        Measure("Log: the sources to choose from", lambda s, _: s.calls.log.sources(ACTOR), 20),
        Measure("Record a call", _record, 20),
        Measure("Screen a call", lambda s, n: s.calls.recording.decide(KEY, f"+1415555{n:04}", "+12125550110"), 20),
    ]


def _drag(services: Services, n: int) -> None:
    """Read what a drag shows: how many calls would qualify, which sources change, and the bars."""
    url = services.database.url
    if url not in _seen:
        _seen[url] = services.qualified_calls.see(ACTOR).recent
    found, before_s, after_s = _seen[url], 90, 30 + 17 * n
    found.above(before_s)
    found.above(after_s)
    services.qualified_calls.moved(ACTOR, after_s)
    found.bins(after_s)


def _page(what: str, wanted: Filter) -> Measure:
    return Measure(f"Log: {what}", lambda s, _: s.calls.log.page(ACTOR, wanted), 20)


def _dashboard(services: Services, days: int) -> None:
    """Read what the dashboard shows."""
    by_day = services.calls.reports.qualified(ACTOR, last_days=days)
    services.calls.reports.qualified(ACTOR, last=by_day.first - timedelta(days=1), last_days=days)
    services.calls.reports.qualified(ACTOR, first=by_day.first, last=by_day.last, group_by=GroupBy.SOURCE)
    services.qualified_calls.changes(ACTOR, by_day.first, by_day.last)


def _deep(services: Services, n: int, *, newer: bool = False) -> None:
    """Read a page that starts weeks ago, as with a cursor."""
    at = NOW - timedelta(days=60, hours=n)
    cursor = services.calls.log._cursors.dumps([BUSINESS, at.isoformat(), 1])
    services.calls.log.page(ACTOR, Filter(), cursor=str(cursor), newer=newer)


_seen: dict[str, Durations] = {}


def _save(services: Services, _n: int) -> None:
    """Change the threshold from 90 to 60, or back."""
    with services.database.read() as session:
        seconds = session.get_one(Business, BUSINESS).threshold_s
    services.qualified_calls.set(ACTOR, "60" if seconds == 90 else "90", seen_s=seconds)


_runs = itertools.count(random.randrange(10**12))


def _record(services: Services, n: int) -> None:
    new = NewCall(
        f"recorded-{next(_runs)}", f"+1310555{n:04}", "+12125550110", NOW, 60 + n, CallStatus.COMPLETED, SOURCES[n % 12]
    )
    services.calls.recording.record(KEY, new)
