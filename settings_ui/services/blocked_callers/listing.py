"""Reading the block list: any page in any order, equally fast however long the list is."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col, select

from settings_ui.domain.phone import ANONYMOUS
from settings_ui.models import BlockedCaller, DayCount, StopCount, User

LONGEST_SEARCH = 100


class Sort(StrEnum):
    """The sort order: newest, most stopped, or last attempt first."""

    ADDED = "added"
    NUMBER = "number"
    STOPPED = "stopped"
    LAST = "last"


@dataclass(frozen=True)
class Entry:
    """An entry with what it stopped in the last 30 days; `creator` is None for a key and for a former user."""

    row: BlockedCaller
    creator: str | None
    stopped: int


@dataclass(frozen=True)
class Stretch:
    """The days `first` to `last`, both inclusive, and the moment at which the first starts."""

    first: date
    last: date
    start: datetime


def in_force(business_id: str, now: datetime) -> list[Any]:
    """Return the conditions of active entries."""
    return [*_kept(business_id), col(BlockedCaller.until).is_(None) | (col(BlockedCaller.until) > now)]


def count_in_force(session: Session, business_id: str, now: datetime) -> int:
    """Return the number of active entries: two ranges of one covering index."""
    endless = _count(session, [*_kept(business_id), col(BlockedCaller.until).is_(None)])
    return endless + _count(session, [*_kept(business_id), col(BlockedCaller.until) > now])


def count_matching(session: Session, business_id: str, search: str, now: datetime) -> int:
    """Return the number of entries that match the search."""
    return _count(session, [*in_force(business_id, now), *_matching(search)])


def rows_in_order(
    session: Session,
    business_id: str,
    stretch: Stretch,
    now: datetime,
    *,
    search: str,
    sort: Sort,
    offset: int,
    limit: int,
) -> list[BlockedCaller]:
    """Return the entries of a page. Sorted by last attempt, entries without one follow by age."""
    wanted = [*in_force(business_id, now), *_matching(search)]
    if sort is Sort.NUMBER:
        return _rows(session, wanted, [col(BlockedCaller.pattern)], offset, limit)
    if sort is Sort.ADDED:
        return _rows(session, wanted, _NEWEST, offset, limit)
    last: Any = col(BlockedCaller.last_stopped_at)
    tried: Any
    if sort is Sort.LAST:
        tried, never, order = last.is_not(None), last.is_(None), [last.desc(), col(BlockedCaller.id).desc()]
    else:
        tried, never = last >= stretch.start, last.is_(None) | (last < stretch.start)
        order = [_stopped_by_this(stretch).desc(), *_NEWEST]
    rows = _rows(session, [*wanted, tried], order, offset, limit)
    if len(rows) < limit:
        before = offset - _count(session, [*wanted, tried]) if offset else 0
        rows += _rows(session, [*wanted, never], _NEWEST, max(0, before), limit - len(rows))
    return rows


def rows_after(
    session: Session, business_id: str, now: datetime, last: BlockedCaller | None, limit: int
) -> list[BlockedCaller]:
    """Return the newest entries, or those after a given one, which may have been removed."""
    wanted = in_force(business_id, now)
    if last is not None:
        place = sql.tuple_(col(BlockedCaller.created_at), col(BlockedCaller.id))
        wanted.append(place < (last.created_at, last.id))
    return _rows(session, wanted, _NEWEST, 0, limit)


def with_counts(session: Session, rows: Sequence[BlockedCaller], stretch: Stretch) -> tuple[Entry, ...]:
    """Return the rows with their creators and the number of calls each has stopped."""
    people = {row.created_by for row in rows if row.created_by}
    names = dict(session.exec(select(User.id, User.name).where(col(User.id).in_(people))).all()) if people else {}
    stopped = _stopped_by(session, [row.id for row in rows], stretch)
    return tuple(Entry(row, names.get(row.created_by or ""), stopped.get(row.id, 0)) for row in rows)


def stopped_by_day(session: Session, business_id: str, stretch: Stretch) -> dict[date, int]:
    """Return the number of stopped calls per day with any, including those by removed entries."""
    columns: Any = (DayCount.day, sql.func.sum(DayCount.stopped))
    rows = session.connection().execute(
        sql.select(*columns)
        .where(col(DayCount.business_id) == business_id, col(DayCount.day).between(stretch.first, stretch.last))
        .group_by(col(DayCount.day))
    )
    return {day: int(count) for day, count in rows}


_NEWEST: list[Any] = [col(BlockedCaller.created_at).desc(), col(BlockedCaller.id).desc()]


def _kept(business_id: str) -> list[Any]:
    return [col(BlockedCaller.business_id) == business_id, col(BlockedCaller.removed_at).is_(None)]


def _matching(search: str) -> list[Any]:
    """Return the conditions of a search: part of the note, of the number in any format, or "anonymous"."""
    words = " ".join(search[:LONGEST_SEARCH].split())
    if not words:
        return []
    found = [col(BlockedCaller.note).icontains(words, autoescape=True)]
    if not any(c.isalpha() for c in words):
        digits = "".join(str(unicodedata.digit(c)) for c in words if c.isdecimal())
        # The trunk zero of a national number is not part of its E.164 form.
        found += [col(BlockedCaller.pattern).contains(part) for part in {digits, digits.lstrip("0")} if part]
    elif words.casefold() in "anonymous callers":
        found.append(col(BlockedCaller.pattern) == ANONYMOUS)
    return [sql.or_(*found)]


def _rows(
    session: Session, conditions: Iterable[Any], order: Iterable[Any], offset: int, limit: int
) -> list[BlockedCaller]:
    return list(session.exec(select(BlockedCaller).where(*conditions).order_by(*order).offset(offset).limit(limit)))


def _count(session: Session, conditions: Iterable[Any]) -> int:
    query = sql.select(sql.func.count()).select_from(BlockedCaller).where(*conditions)
    return int(session.connection().execute(query).scalar_one())


def _stopped_by(session: Session, entries: Sequence[str], stretch: Stretch) -> dict[str, int]:
    columns: Any = (StopCount.blocked_caller_id, sql.func.sum(StopCount.stopped))
    rows = session.connection().execute(
        sql.select(*columns)
        .where(col(StopCount.blocked_caller_id).in_(entries), col(StopCount.day).between(stretch.first, stretch.last))
        .group_by(col(StopCount.blocked_caller_id))
    )
    return {entry: int(count) for entry, count in rows}


def _stopped_by_this(stretch: Stretch) -> Any:
    """Return the same for the entry of the row, for sorting."""
    return (
        sql.select(sql.func.coalesce(sql.func.sum(StopCount.stopped), 0))
        .where(
            col(StopCount.blocked_caller_id) == BlockedCaller.id,
            col(StopCount.day).between(stretch.first, stretch.last),
        )
        .correlate(BlockedCaller)
        .scalar_subquery()
    )
