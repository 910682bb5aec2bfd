"""Stopped calls that could not be written when they were stopped, and are written later (ADR 33)."""

import logging
import threading

from settings_ui.domain.errors import Unavailable
from settings_ui.services.calls.recording import Recording, Stop
from settings_ui.telemetry import metrics

log = logging.getLogger(__name__)
MOST_WAITING = 10_000


class LateStops:
    """Keeps stops in this process's memory, in order, each call once. A process that is killed loses them."""

    def __init__(self, recording: Recording, *, most: int = MOST_WAITING) -> None:
        self._recording = recording
        self._most = most
        self._waiting: dict[tuple[str, str], Stop] = {}
        self._too_many = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, stop: Stop) -> None:
        """Keep a stop until it can be written. Beyond `most` it is lost, which is logged with the next `write`."""
        with self._lock:
            if len(self._waiting) < self._most:
                self._waiting.setdefault((stop.business_id, stop.call_id), stop)
            else:
                self._too_many += 1

    def write(self) -> int:
        """Write all that wait and return how many. Raises Unavailable, and keeps the rest, if that is not possible."""
        with self._lock:
            too_many, self._too_many = self._too_many, 0
        if too_many:
            self._lose(too_many, f"more than {self._most:,} were waiting")
        written = 0
        while (stop := self._oldest()) is not None:
            try:
                self._recording.keep(stop)
                written += 1
            except Unavailable:
                raise
            except Exception:  # must not keep the others from being written
                log.exception("stopped call %s of %s could not be written", stop.call_id, stop.business_id)
                self._lose(1, "see the error before")
            with self._lock:
                self._waiting.pop((stop.business_id, stop.call_id), None)
        return written

    def give_up(self) -> None:
        """Say how many are lost now that the process ends."""
        with self._lock:
            left, self._waiting = len(self._waiting) + self._too_many, {}
        if left:
            self._lose(left, "the process ends and the database cannot be written to")

    def _oldest(self) -> Stop | None:
        with self._lock:
            return next(iter(self._waiting.values()), None)

    def _lose(self, count: int, why: str) -> None:
        metrics.stops_lost.inc(count)
        log.error("%d stopped calls are lost, although their callers were turned away: %s", count, why)
