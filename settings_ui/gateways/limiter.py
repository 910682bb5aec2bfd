"""Limits through the `limits` library: in memory, or in Redis if several processes share them."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool
from redis.exceptions import RedisError

from settings_ui.domain.errors import Unavailable
from settings_ui.gateways.ports import Limit

PATIENCE_S = 2.0
AWAY = "We cannot check limits right now, so this was refused. Nothing was changed. Try again in a moment."


class MovingWindowLimiter:
    """Exact sliding windows; `url` is a Redis URL, or empty for this process only."""

    def __init__(self, url: str = "") -> None:
        self._pool = (
            ConnectionPool.from_url(url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S) if url else None
        )
        storage = RedisStorage(url, connection_pool=self._pool) if url else MemoryStorage()
        self._windows = MovingWindowRateLimiter(storage)

    def wait_s(self, limit: Limit, *key: str) -> int:
        """Return the seconds until another event is within the limit; 0 means now."""
        item = _item(limit)
        with _translated():
            if self._windows.test(item, *key):
                return 0
            return max(1, math.ceil(self._windows.get_window_stats(item, *key).reset_time - time.time()))

    def left(self, limit: Limit, *key: str) -> tuple[int, int]:
        """Return how many more events are within the limit, and the seconds until it is one more."""
        with _translated():
            stats = self._windows.get_window_stats(_item(limit), *key)
        if stats.remaining >= limit.times:
            return limit.times, limit.within_s
        return stats.remaining, max(1, math.ceil(stats.reset_time - time.time()))

    def count(self, limit: Limit, *key: str) -> bool:
        """Count one event and return whether it is within the limit; one beyond it is not counted."""
        with _translated():
            return self._windows.hit(_item(limit), *key)

    def forget(self, limit: Limit, *key: str) -> None:
        """Reset all counts."""
        with _translated():
            self._windows.clear(_item(limit), *key)

    def close(self) -> None:
        """Close every connection."""
        if self._pool:
            self._pool.disconnect()


@contextmanager
def _translated() -> Iterator[None]:
    """Fails closed: an attacker who can take Redis down gets no unlimited attempts."""
    try:
        yield
    except RedisError as error:
        raise Unavailable(AWAY) from error


def _item(limit: Limit) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(limit.times, limit.within_s)
