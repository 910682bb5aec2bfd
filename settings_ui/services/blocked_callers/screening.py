"""Deciding whether a caller is blocked, and counting stopped calls; on the hot path of screening."""

from collections.abc import Iterable
from datetime import date, datetime
from itertools import zip_longest
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col

from settings_ui.domain.block_pattern import MOST_PATTERNS, patterns_for, strongest
from settings_ui.models import BlockedCaller, Call, StopCount
from settings_ui.models.base import UtcDateTime
from settings_ui.models.blocked_caller import IS_PREFIX
from settings_ui.services.kit.locks import locked
from settings_ui.services.kit.upsert import add_up

_COLUMNS: Any = (BlockedCaller.id, BlockedCaller.pattern)
_CALLER, *_PREFIXES = _PLACES = [f"pattern_{n}" for n in range(MOST_PATTERNS)]
IN_FORCE: Any = col(BlockedCaller.removed_at).is_(None) & (
    col(BlockedCaller.until).is_(None) | (col(BlockedCaller.until) > sql.bindparam("now", type_=UtcDateTime))
)
IS_THE_NUMBER: Any = col(BlockedCaller.pattern) == sql.bindparam(_CALLER)
BEGINS_IT: Any = col(BlockedCaller.pattern).in_([sql.bindparam(place) for place in _PREFIXES]) & sql.literal_column(
    IS_PREFIX
)
_OURS = sql.select(*_COLUMNS).where(col(BlockedCaller.business_id) == sql.bindparam("business"), IN_FORCE)
FIND = sql.union_all(_OURS.where(IS_THE_NUMBER), _OURS.where(BEGINS_IT))
"""Finds the entries that stop a caller, given `parameters`: the number among all entries, its prefixes among the prefix
entries, which have their own index. So it is as fast with a million entries as with a hundred."""


def blocking_entry(session: Session, business_id: str, caller: str, now: datetime) -> str | None:
    """Return the id of the entry that stops the caller now, or None; expired entries do not count."""
    return deciding(session.connection().execute(FIND, parameters(business_id, caller, now)))


def parameters(business_id: str, caller: str, now: datetime) -> dict[str, Any]:
    """Return the values of FIND for a caller as `parse_caller` returns it.

    Always the same number of values, so that the statement stays the same.
    """
    patterns = patterns_for(caller)
    all_places = zip_longest(_PLACES, patterns, fillvalue=patterns[0])
    return {"business": business_id, "now": now, **dict(all_places)}


def deciding(rows: Iterable[Any]) -> str | None:
    """Return the id of the entry that takes precedence: the exact number over the longest prefix; None if there is
    none."""
    found = {pattern: entry for entry, pattern in rows}
    pattern = strongest(found)
    return found[pattern] if pattern else None


def add_stop(session: Session, business_id: str, entry_id: str, day: date, at: datetime | None, *, by: int = 1) -> None:
    """Add a stopped call to an entry's count of a day, or subtract one; `at` is the time of the attempt."""
    row = {"business_id": business_id, "day": day, "blocked_caller_id": entry_id, "stopped": by}
    add_up(session, StopCount, [row], ["stopped"])
    if at is not None:
        session.connection().execute(
            sql.update(BlockedCaller)
            .where(
                col(BlockedCaller.id) == entry_id,
                col(BlockedCaller.last_stopped_at).is_(None) | (col(BlockedCaller.last_stopped_at) < at),
            )
            .values(last_stopped_at=at)
        )


def settle_last_stop(session: Session, entry_id: str) -> None:
    """Recompute when an entry last stopped a call, after one of its calls turned out not to be stopped."""
    this = col(BlockedCaller.id) == entry_id
    # Locked before reading the calls, so that a concurrent stop is either seen or comes later.
    session.connection().execute(locked(sql.select(col(BlockedCaller.id)).where(this)))
    session.connection().execute(sql.update(BlockedCaller).where(this).values(last_stopped_at=last_stop()))


def last_stop() -> Any:
    """Return a subquery for when the entry of the row last stopped a call."""
    return (
        sql.select(sql.func.max(Call.started_at))
        .where(col(Call.business_id) == BlockedCaller.business_id, col(Call.blocked_caller_id) == BlockedCaller.id)
        .correlate(BlockedCaller)
        .scalar_subquery()
    )
