"""What the operator sees of each event: a count and a duration, and for a failed one a log line that says whose it
was."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

from settings_ui.telemetry import metrics, trail

log = logging.getLogger(__name__)
_TRAIL = "_trail"


@dataclass
class Watched:
    """An event under way; `outcome` is ok, turned_away, unavailable or failed."""

    name: str
    outcome: str = "ok"


@contextlib.contextmanager
def watching(name: str) -> Iterator[Watched]:
    """Name the event, and count it when its task ends, since the handler runs after this returns."""
    began, watched, whose = perf_counter(), Watched(name), trail.begin()

    def ended(task: asyncio.Task[object]) -> None:
        if not task.cancelled() and (error := task.exception()):
            watched.outcome = "failed"
            setattr(error, _TRAIL, whose)
        metrics.event(watched.name, watched.outcome, perf_counter() - began)

    if task := asyncio.current_task():
        task.add_done_callback(ended)
    yield watched


def failed(error: Exception, *, known: bool) -> str:
    """Log an uncaught error of an event and return the event's id; empty if it has none yet.

    A `known` error, like a server that is down, is logged without its traceback.
    """
    whose: trail.Trail | None = getattr(error, _TRAIL, None)
    trail.resume(whose)
    log.error("an event failed: %s", type(error).__name__, exc_info=None if known else error)
    return whose.id if whose else ""
