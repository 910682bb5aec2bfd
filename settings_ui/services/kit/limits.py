"""Counting against a limit, atomically."""

from settings_ui.domain.durations import wait_in_words
from settings_ui.domain.errors import TooMany
from settings_ui.gateways.ports import Limit, Limiter

CHANGES = Limit(times=1000, within_s=60 * 60)


def take(limiter: Limiter, limit: Limit, *key: str) -> int:
    """Count one event and return 0, or the seconds to wait if it exceeds the limit.

    Checking first and counting afterwards would let concurrent requests through.
    """
    return 0 if limiter.count(limit, *key) else max(1, limiter.wait_s(limit, *key))


class Changes:
    """How much one session may change in the browser, whatever it is: each change is kept, most of them for 400 days,
    so somebody with a session could fill the activity and the disk. Nobody reaches it by hand.

    Not how much one person may: a thief would use it up, and the owner could undo nothing from a session of their own.
    """

    def __init__(self, limiter: Limiter, limit: Limit = CHANGES) -> None:
        self._limiter = limiter
        self._limit = limit

    def count(self, session_id: str) -> None:
        """Count one change, before it is made; raise TooMany beyond a thousand in an hour."""
        if wait_s := take(self._limiter, self._limit, "changes", session_id):
            raise TooMany(
                f"You have made too many changes. Try again in {wait_in_words(wait_s)}.", retry_after_s=wait_s
            )
