"""Counters and histograms for Prometheus. One process keeps them in memory, several in files that any of them can
sum."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    multiprocess,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where several processes store their counts; `launch` sets it, and prometheus_client reads it on import."""
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
SAMPLE_EVERY_S = 5.0
SECONDS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

disable_created_metrics()  # type: ignore[no-untyped-call]  # one process would have them, several do not
_ours = CollectorRegistry()
_requests = Histogram(
    "switchboard_request_seconds", "HTTP requests, by route and status.", ["route", "status"], buckets=SECONDS,
    registry=_ours,
)  # fmt: skip
_events = Histogram(
    "switchboard_event_seconds", "Page events, from the guard to the last delta.", ["event", "outcome"],
    buckets=SECONDS, registry=_ours,
)  # fmt: skip
windows = Gauge("switchboard_windows", "Open browser windows.", registry=_ours, multiprocess_mode="livesum")
connections = Gauge(
    "switchboard_database_connections", "Database connections, in use and idle.", ["state"],
    registry=_ours, multiprocess_mode="livesum",
)  # fmt: skip
stops_waiting = Gauge(
    "switchboard_stops_waiting", "Stopped calls that could not be written yet.",
    registry=_ours, multiprocess_mode="livesum",
)  # fmt: skip
stops_lost = Counter("switchboard_stops_lost", "Stopped calls that will never be written.", registry=_ours)
_request_of: dict[tuple[str, int], Histogram] = {}
_event_of: dict[tuple[str, str], Histogram] = {}
_samplers: list[Callable[[], None]] = []


def request(route: str, status: int, seconds: float) -> None:
    """Count an answered request. `route` is one of a fixed set, never a path as it was sent."""
    if (found := _request_of.get((route, status))) is None:
        found = _request_of[route, status] = _requests.labels(route, str(status))
    found.observe(seconds)


def event(name: str, outcome: str, seconds: float) -> None:
    """Count a handled event; `name` must be an existing handler."""
    if (found := _event_of.get((name, outcome))) is None:
        found = _event_of[name, outcome] = _events.labels(name, outcome)
    found.observe(seconds)


@contextlib.asynccontextmanager
async def sampling(sample: Callable[[], None]) -> AsyncIterator[None]:
    """While open, call `sample` to set this process's gauges, every few seconds and on each scrape."""

    async def for_ever() -> None:
        while True:
            sample()
            await asyncio.sleep(SAMPLE_EVERY_S)

    _samplers.append(sample)
    task = asyncio.create_task(for_ever())
    try:
        yield
    finally:
        _samplers.remove(sample)
        task.cancel()


@dataclass(frozen=True)
class Fact:
    """A metric computed on each scrape: one value for each label value, or a single one under ""."""

    name: str
    meaning: str
    values: Mapping[str, float]
    label: str = ""


def exposition(facts: Sequence[Fact] = ()) -> bytes:
    """Return all metrics as text: the sums over all processes of this server, and the facts."""
    for sample in _samplers:
        sample()
    registry = CollectorRegistry()
    if folder := os.environ.get(FOLDER):
        _bury_the_dead(Path(folder))
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Registered())
    registry.register(_Facts(facts))
    return generate_latest(registry)


class _Registered(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from _ours.collect()


class _Facts(Collector):
    def __init__(self, facts: Sequence[Fact]) -> None:
        self._facts = facts

    def collect(self) -> Iterator[Metric]:
        for fact in self._facts:
            family = GaugeMetricFamily(fact.name, fact.meaning, labels=[fact.label] if fact.label else [])
            for key, value in fact.values.items():
                family.add_metric([key] if fact.label else [], value)
            yield family


def _bury_the_dead(folder: Path) -> None:
    """Drop the gauges of ended processes; their counters stay."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = int(path.stem.rpartition("_")[2])
        if not _is_alive(pid):
            multiprocess.mark_process_dead(pid)  # type: ignore[no-untyped-call]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
