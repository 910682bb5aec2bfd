"""Completed calls by duration and source since a day: the sum of the counts by day, so that reading a month of ten
million calls takes as long as one of a million.

`Business.recent_since` is the first day in the sum; all later days are in it. Without a sum it is None.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sql
from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from settings_ui.models import Business, DayCount, DurationCount, RecentDuration
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business
from settings_ui.services.kit.upsert import add_up

CellsOfDays = Mapping[tuple[date, str, int], int]
"""Completed calls by day, source and duration in seconds."""


def add_recent(session: Session, business: Business, cells: CellsOfDays) -> None:
    """Add to the sum, in the caller's transaction, which has locked the business."""
    since = business.recent_since
    if since is None:
        return
    sums: Counter[tuple[int, str]] = Counter()
    for (day, source, duration_s), completed in cells.items():
        if day >= since:
            sums[duration_s, source] += completed
    rows = [
        {"business_id": business.id, "duration_s": duration_s, "source": source, "completed": completed}
        for (duration_s, source), completed in sorted(sums.items())
    ]
    add_up(session, RecentDuration, rows, ["completed"])


def forget_recent(session: Session, business: Business) -> None:
    """Delete the sum, before its days are counted again; the caller has locked the business."""
    session.exec(delete(RecentDuration).where(col(RecentDuration.business_id) == business.id))
    business.recent_since = None


def sum_recent(database: Database, business_id: str, first: date) -> None:
    """Store the sum from the day `first` on, unless it is there."""
    with database.write() as session:
        business = lock_business(session, business_id)
        if business.recent_since == first:  # another window was faster
            return
        forget_recent(session, business)
        names = ["business_id", "duration_s", "source", "completed"]
        for cells in _of_days(session, business_id, first):
            session.connection().execute(sql.insert(RecentDuration).from_select(names, cells))
        business.recent_since = first


def wrong_recent(session: Session, business: Business) -> list[str]:
    """Return how the sum differs from the counts by day, in words."""
    since = business.recent_since
    if since is None:
        return []
    selects = _of_days(session, business.id, since)
    by_day = {row[1:3]: row[3] for cells in selects for row in session.connection().execute(cells) if row[3]}
    rows = session.exec(select(RecentDuration).where(RecentDuration.business_id == business.id))
    summed = {(row.duration_s, row.source): row.completed for row in rows if row.completed}
    return [
        f"since {since} {source}: {summed.get((duration_s, source), 0)} calls of {duration_s} s in the sum;"
        f" the days have {by_day.get((duration_s, source), 0)}"
        for duration_s, source in sorted(summed.keys() | by_day.keys())
        if summed.get((duration_s, source)) != by_day.get((duration_s, source))
    ]


def _of_days(session: Session, business_id: str, first: date) -> Iterator[Any]:
    """Yield selects of what the sum from a day on should contain: business, duration, source, completed calls.

    One for each source: to group by numbers alone takes half the time.
    """
    since = (col(DayCount.business_id) == business_id, col(DayCount.day) >= first)
    days = session.exec(select(col(DayCount.day)).where(*since).distinct()).all()
    count: Any = DurationCount
    for source in session.exec(select(col(DayCount.source)).where(*since).distinct()):
        cells: Any = (sql.literal(business_id), count.duration_s, sql.literal(source), func.sum(count.completed))
        mine = (count.business_id == business_id, count.day.in_(days), count.source == source)
        yield sql.select(*cells).where(*mine).group_by(count.duration_s)


def by_duration(session: Session, business: Business, first: date, last: date) -> Counter[int]:
    """Return the completed calls of the days `first` to `last`, by duration in seconds."""
    return _summed("duration_s", business, first, last, session)


def by_source(
    session: Session, business: Business, first: date, last: date, *, from_s: int, below_s: int
) -> Counter[str]:
    """Return those of at least `from_s` and less than `below_s` seconds, by source."""
    return _summed("source", business, first, last, session, from_s=from_s, below_s=below_s)


def _summed(name: str, business: Business, first: date, last: date, session: Session, **between: int) -> Counter[Any]:
    sums: Counter[Any] = Counter()
    for sign, table, days in _parts(business, first, last):
        query = sql.select(getattr(table, name), func.sum(table.completed)).where(
            table.business_id == business.id, *days
        )
        if between:
            query = query.where(table.duration_s >= between["from_s"], table.duration_s < between["below_s"])
        for key, completed in session.connection().execute(query.group_by(getattr(table, name))):
            sums[key] += sign * int(completed)
    return +sums


def _parts(business: Business, first: date, last: date) -> Iterator[tuple[int, Any, list[Any]]]:
    """Yield what to add and to subtract: a sign, a table, and conditions on days."""
    day: Any = col(DurationCount.day)
    since = business.recent_since
    if since is None or since > first:
        yield 1, DurationCount, [day.between(first, last)]
        return
    yield 1, RecentDuration, []
    yield -1, DurationCount, [day > last]
    if since < first:
        yield -1, DurationCount, [day >= since, day < first]
