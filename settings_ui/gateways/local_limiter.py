"""Limits of this process only, for paths where every microsecond counts: exact sliding windows in memory."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from settings_ui.gateways.ports import Limit

SWEEP_ABOVE = 10_000


class LocalLimiter:
    """Costs a microsecond per event; the in-memory window of `limits` costs ten or more, and starts threads.

    Keeps the times of current events: eight bytes and a pointer each.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._events: dict[tuple[Limit, tuple[str, ...]], deque[float]] = {}
        self._sweep_above = SWEEP_ABOVE
        self._lock = threading.Lock()

    def wait_s(self, limit: Limit, *key: str) -> int:
        """Return the seconds until another event is within the limit; 0 means now."""
        with self._lock:
            events = self._events.get((limit, key))
            now = self._now()
            if events is None or len(events) < limit.times or events[-limit.times] <= now - limit.within_s:
                return 0
            return max(1, math.ceil(events[-limit.times] + limit.within_s - now))

    def left(self, limit: Limit, *key: str) -> tuple[int, int]:
        """Return how many more events are within the limit, and the seconds until it is one more."""
        with self._lock:
            events, now = self._events.get((limit, key)), self._now()
            if not events:
                return limit.times, limit.within_s
            return max(0, limit.times - len(events)), max(1, math.ceil(events[0] + limit.within_s - now))

    def count(self, limit: Limit, *key: str) -> bool:
        """Count one event and return whether it is within the limit; one beyond it is not counted."""
        with self._lock:
            now = self._now()
            events = self._events.get((limit, key))
            if events is None:
                self._sweep(now)
                events = self._events[limit, key] = deque()
            since = now - limit.within_s
            while events and events[0] <= since:
                events.popleft()
            if len(events) >= limit.times:
                return False
            events.append(now)
            return True

    def forget(self, limit: Limit, *key: str) -> None:
        """Reset all counts."""
        with self._lock:
            self._events.pop((limit, key), None)

    def events(self) -> Mapping[tuple[Limit, tuple[str, ...]], Sequence[float]]:
        """Return the times of the current events by name."""
        return self._events

    def _sweep(self, now: float) -> None:
        """Drop keys without current events once there are many, then wait until there are twice as many."""
        if len(self._events) < self._sweep_above:
            return
        self._events = {
            (limit, key): events
            for (limit, key), events in self._events.items()
            if events and events[-1] > now - limit.within_s
        }
        self._sweep_above = max(SWEEP_ABOVE, 2 * len(self._events))
