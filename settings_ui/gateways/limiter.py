"""Limits through the `limits` library: in memory, or in Redis where several processes share them."""

import math
import time

from limits import RateLimitItemPerSecond
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from settings_ui.gateways.ports import Limit


class MovingWindowLimiter:
    """Exact moving windows; `url` is a Redis address, or empty for this process alone."""

    def __init__(self, url: str = "") -> None:
        self._windows = MovingWindowRateLimiter(storage_from_string(url or "memory://"))

    def wait_s(self, limit: Limit, *key: str) -> int:
        """Return how many seconds until another event is within the limit; 0 means now."""
        item = _item(limit)
        if self._windows.test(item, *key):
            return 0
        return max(1, math.ceil(self._windows.get_window_stats(item, *key).reset_time - time.time()))

    def count(self, limit: Limit, *key: str) -> None:
        """Count one event."""
        self._windows.hit(_item(limit), *key)

    def forget(self, limit: Limit, *key: str) -> None:
        """Start again from nothing."""
        self._windows.clear(_item(limit), *key)


def _item(limit: Limit) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(limit.times, limit.within_s)
