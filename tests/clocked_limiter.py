"""A rate limiter on the test's clock, so that fifteen minutes pass instantly."""

import math
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from settings_ui.gateways.ports import Limit
from tests.support import FakeClock


class ClockedLimiter:
    """Exact sliding windows over a FakeClock; tests/gateways holds it to the same contract as the real one."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._events: dict[tuple[object, ...], list[datetime]] = {}
        self._lock = threading.Lock()

    def wait_s(self, limit: Limit, *key: str) -> int:
        """Return the seconds until another event is allowed; 0 means now."""
        with self._lock:
            events = self._within(limit, key)
            if len(events) < limit.times:
                return 0
            return max(
                1, math.ceil((events[0] + timedelta(seconds=limit.within_s) - self._clock.now()).total_seconds())
            )

    def left(self, limit: Limit, *key: str) -> tuple[int, int]:
        """Return how many more events are allowed, and the seconds until it is one more."""
        with self._lock:
            events = self._within(limit, key)
            oldest = events[0] if events else self._clock.now()
            seconds = (oldest + timedelta(seconds=limit.within_s) - self._clock.now()).total_seconds()
            return limit.times - len(events), math.ceil(seconds)

    def count(self, limit: Limit, *key: str) -> bool:
        """Count one event and return whether it is allowed."""
        with self._lock:
            events = self._within(limit, key)
            if len(events) >= limit.times:
                return False
            events.append(self._clock.now())
            return True

    def forget(self, limit: Limit, *key: str) -> None:
        """Reset the count."""
        with self._lock:
            self._events.pop((limit, *key), None)

    def _within(self, limit: Limit, key: tuple[str, ...]) -> list[datetime]:
        since = self._clock.now() - timedelta(seconds=limit.within_s)
        events = self._events[(limit, *key)] = [at for at in self._events.get((limit, *key), []) if at > since]
        return events


class Meanwhile(ClockedLimiter):
    """Runs `deed` between the password check and whatever follows it: at that moment the failed attempts are reset."""

    deed: Callable[[], object] | None = None

    def forget(self, limit: Limit, *key: str) -> None:
        """Reset the count, then run `deed` once."""
        super().forget(limit, *key)
        deed, self.deed = self.deed, None
        if deed:
            deed()
