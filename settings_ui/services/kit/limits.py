"""Taking a place within a limit, in one step."""

from settings_ui.gateways.ports import Limit, Limiter


def take(limiter: Limiter, limit: Limit, *key: str) -> int:
    """Count one event and return 0, or how many seconds to wait if it was one too many.

    Looking first and counting afterwards would let many through at once.
    """
    return 0 if limiter.count(limit, *key) else max(1, limiter.wait_s(limit, *key))
