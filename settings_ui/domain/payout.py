"""Which payout destination is in force, from the history of a member's destinations."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

HOLD = timedelta(hours=72)
CANCEL_FIRST_WITHIN = HOLD
CONFIRM_WITHIN = timedelta(days=7)


class Destination(Protocol):
    """What the rules need to know about a destination; times are aware, in UTC."""

    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def effective_at(self) -> datetime: ...
    @property
    def cancelled_at(self) -> datetime | None: ...


D = TypeVar("D", bound=Destination)


def in_force(history: Sequence[D], now: datetime) -> D | None:
    """Return the destination that a payout at `now` goes to, or None: the last to take effect."""
    live = [d for d in history if _stands(d, now) and d.effective_at <= now]
    return max(live, key=lambda d: (d.effective_at, d.created_at, d.id), default=None)


def on_hold(history: Sequence[D], now: datetime) -> D | None:
    """Return the change that is on hold, or None. There is at most one."""
    return next((d for d in history if _stands(d, now) and d.effective_at > now), None)


def effective_from(history: Sequence[Destination], now: datetime) -> datetime:
    """Return when a destination saved at `now` takes effect: immediately if none is in force, else after the hold."""
    return now if in_force(history, now) is None else now + HOLD


def cancellable_until(destination: Destination) -> datetime:
    """Return until when it can be cancelled: the end of the hold, or equally long for one that took effect
    immediately."""
    if destination.effective_at > destination.created_at:
        return destination.effective_at
    return destination.created_at + CANCEL_FIRST_WITHIN


def _stands(destination: Destination, now: datetime) -> bool:
    return destination.created_at <= now and (destination.cancelled_at is None or destination.cancelled_at > now)
