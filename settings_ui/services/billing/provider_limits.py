"""Per-business rate limits on calls to the payment provider, which rate-limits us as a whole."""

from settings_ui.domain.access import Actor
from settings_ui.domain.errors import TooMany
from settings_ui.gateways.ports import Limit, Limiter
from settings_ui.services.kit.limits import take

QUOTES = Limit(times=60, within_s=60 * 60)
PAGES = Limit(times=60, within_s=60 * 60)


class ProviderLimits:
    """Counts the calls made for a business."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter

    def quote(self, actor: Actor) -> None:
        """Count one quote; raise TooMany after 60 in an hour."""
        self._count(QUOTES, "quote", actor, "You can review the cost of a plan 60 times an hour. Try again later.")

    def page(self, actor: Actor) -> None:
        """Count one hosted page; raise TooMany after 60 in an hour."""
        self._count(PAGES, "page", actor, "You can open the payment page 60 times an hour. Try again later.")

    def _count(self, limit: Limit, what: str, actor: Actor, why: str) -> None:
        if wait_s := take(self._limiter, limit, f"provider-{what}", actor.business_id):
            raise TooMany(why, retry_after_s=wait_s)
