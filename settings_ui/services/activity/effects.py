"""The effects of changes, where known: read for a whole page, from counts and by primary keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import Session, col, select

from settings_ui.domain.money import Money
from settings_ui.models import Activity, ApiKey, BlockedCaller, CataloguePrice, StopCount, UsagePrice
from settings_ui.services.billing.rate_changes import CHANGED as RATE_CHANGED
from settings_ui.services.blocked_callers.service import TOPIC as BLOCKED
from settings_ui.services.blocked_callers.service import UNDO_WITHIN


class Undo(StrEnum):
    """How a change can be undone so that the previous state is restored."""

    UNBLOCK = "unblock"
    BLOCK_AGAIN = "block again"


@dataclass(frozen=True)
class Effect:
    """`stopped`: calls that the blocked entries have stopped so far. `ended`: the key or rate that the change is
    about is no longer active; `last_request` is when the key was last used, if ever. `cost`: the usage charged at
    the rate so far."""

    stopped: int | None = None
    ended: bool = False
    last_request: datetime | None = None
    cost: Money | None = None
    undo: Undo | None = None


def effects_of(session: Session, changes: Sequence[Activity], now: datetime) -> list[Effect]:
    """Return the effect of each change of a business, with four queries for all of them."""
    blocks = [change for change in changes if change.topic == BLOCKED]
    entries = _entries(session, blocks)
    stopped = _stopped(session, blocks)
    keys = _keys(session, [change for change in changes if change.what in ("revoked a key", "rotated a key")])
    costs = _costs(session, [change for change in changes if change.what == RATE_CHANGED])
    return [_effect(change, entries, stopped, keys, costs, now) for change in changes]


def _effect(
    change: Activity,
    entries: dict[str, BlockedCaller],
    stopped: dict[str, int],
    keys: dict[str, datetime | None],
    costs: dict[str, Effect],
    now: datetime,
) -> Effect:
    rows = [entries[entry] for entry in change.about or () if entry in entries]
    if rows and change.what in ("blocked", "blocked again"):
        stand = any(row.removed_at is None and (row.until is None or row.until > now) for row in rows)
        return Effect(stopped=sum(stopped.get(row.id, 0) for row in rows), undo=Undo.UNBLOCK if stand else None)
    if rows and change.what == "unblocked":
        back = any(_may_stand_again(row, now) for row in rows)
        return Effect(stopped=sum(stopped.get(row.id, 0) for row in rows), undo=Undo.BLOCK_AGAIN if back else None)
    if found := [key for key in change.about or () if key in keys]:
        return Effect(ended=True, last_request=keys[found[0]])
    return next((costs[price] for price in change.about or () if price in costs), Effect())


def _may_stand_again(row: BlockedCaller, now: datetime) -> bool:
    removed = row.removed_at is not None and row.removed_at > now - UNDO_WITHIN
    return removed and (row.until is None or row.until > now)


def _entries(session: Session, changes: Sequence[Activity]) -> dict[str, BlockedCaller]:
    query = select(BlockedCaller).where(col(BlockedCaller.id).in_(_about(changes)))
    return {row.id: row for row in session.exec(query)}


def _stopped(session: Session, changes: Sequence[Activity]) -> dict[str, int]:
    query = (
        select(StopCount.blocked_caller_id, func.sum(col(StopCount.stopped)))
        .where(col(StopCount.blocked_caller_id).in_(_about(changes)))
        .group_by(col(StopCount.blocked_caller_id))
    )
    return {entry: int(count) for entry, count in session.exec(query)}


def _keys(session: Session, changes: Sequence[Activity]) -> dict[str, datetime | None]:
    query = select(ApiKey.id, ApiKey.last_used_at).where(col(ApiKey.id).in_(_about(changes)))
    return dict(session.exec(query).all())


def _costs(session: Session, changes: Sequence[Activity]) -> dict[str, Effect]:
    of_business = {change.business_id for change in changes}
    used = (col(UsagePrice.price) == col(CataloguePrice.id)) & col(UsagePrice.business_id).in_(of_business)
    query = (
        select(CataloguePrice, func.coalesce(UsagePrice.micros, 0))
        .outerjoin(UsagePrice, used)
        .where(col(CataloguePrice.id).in_(_about(changes)))
    )
    return {
        price.id: Effect(cost=Money(micros, price.currency), ended=price.until is not None)
        for price, micros in session.exec(query)
    }


def _about(changes: Sequence[Activity]) -> set[str]:
    return {one for change in changes for one in change.about or ()}
