"""The completed calls of some days by source and duration. What has not changed since it was read is not read again."""

import threading
from collections import OrderedDict
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col, select

from settings_ui.models import DayCount, DurationCount

MOST_KEPT = 16
Counts = list[tuple[str, int, int]]
Key = tuple[str, date, date]


class RecentDurations:
    """Reads the last day, and of the days before it only what their totals are, unless those have changed.

    Calls are only ever added to the counts, so equal totals mean equal counts.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[Any, Counts]] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, session: Session, business_id: str, first: date, last: date) -> Counts:
        """Return (source, duration in seconds, completed calls) for the days `first` to `last`, both in it.

        The session sees one moment. A source and duration may come twice.
        """
        key = (business_id, first, last - timedelta(days=1))
        totals = _totals(session, *key)
        with self._lock:
            then, counts = self._kept.get(key, (None, []))
        if then != totals:
            counts = _counts(session, *key)
        with self._lock:
            self._kept[key] = totals, counts
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return [*counts, *_counts(session, business_id, last, last)]


def _totals(session: Session, business_id: str, first: date, last: date) -> Any:
    sums = [sql.func.sum(column) for column in (DayCount.calls, DayCount.completed, DayCount.stopped)]
    columns: Any = (sql.func.count(), *sums, sql.func.sum(DayCount.qualified_then))
    query = sql.select(*columns).where(col(DayCount.business_id) == business_id, col(DayCount.day).between(first, last))
    return tuple(session.connection().execute(query).one())


def _counts(session: Session, business_id: str, first: date, last: date) -> Counts:
    """Ask for each source by itself: summing up by numbers alone takes a third of the time."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    mine = (col(DurationCount.business_id) == business_id, col(DurationCount.day).in_(days))
    columns: Any = (DurationCount.duration_s, sql.func.sum(DurationCount.completed))
    sources = select(DayCount.source).where(DayCount.business_id == business_id, col(DayCount.day).in_(days)).distinct()
    return [
        (source, duration_s, int(completed))
        for source in session.exec(sources).all()
        for duration_s, completed in session.connection().execute(
            sql.select(*columns)
            .where(*mine, col(DurationCount.source) == source)
            .group_by(col(DurationCount.duration_s))
        )
    ]
