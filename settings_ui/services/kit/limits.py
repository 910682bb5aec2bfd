"""Counting against a limit, atomically."""

from settings_ui.gateways.ports import Limit, Limiter


def take(limiter: Limiter, limit: Limit, *key: str) -> int:
    """Count one event and return 0, or the seconds to wait if it exceeds the limit.

    Checking first and counting afterwards would let concurrent requests through.
    """
    return 0 if limiter.count(limit, *key) else max(1, limiter.wait_s(limit, *key))
