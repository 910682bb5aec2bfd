"""What a threshold would do on a range of days, by source. Cached until the data changes."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col, select

from settings_ui.domain.what_if import WhatIf, what_if
from settings_ui.models import Business, DayCount, DurationCount

MOST_KEPT = 16
Counts = list[tuple[str, int, int]]
Days = tuple[str, date, date]
Key = tuple[Days, str, datetime | None]


@dataclass(frozen=True)
class _Kept:
    """A cache entry: the totals of the last day and of the days before it, and the result."""

    totals: tuple[Any, Any]
    before: Counts
    answers: WhatIf


class RecentDurations:
    """Reads the totals each time; if those of the last day changed, reads that day again; if those before it did, all
    days.

    Equal totals mean equal counts: within a time zone completed calls are only ever added, and a stopped call that was
    connected after all changes the totals. Another time zone moves calls between days, so it is part of the key.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, session: Session, business: Business, first: date, last: date) -> WhatIf:
        """Return the what-if for the days `first` to `last`, both inclusive, as the session sees them."""
        days, today = (business.id, first, last - timedelta(days=1)), (business.id, last, last)
        key = days, business.time_zone, business.recount_since
        totals = _totals(session, *days), _totals(session, *today)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept.totals != totals:
            before = kept.before if kept and kept.totals[0] == totals[0] else _counts(session, *days)
            kept = _Kept(totals, before, what_if([*before, *_counts(session, *today)]))
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return kept.answers


def _totals(session: Session, business_id: str, first: date, last: date) -> Any:
    sums = [sql.func.sum(column) for column in (DayCount.calls, DayCount.completed, DayCount.stopped)]
    columns: Any = (sql.func.count(), *sums, sql.func.sum(DayCount.qualified_then))
    query = sql.select(*columns).where(col(DayCount.business_id) == business_id, col(DayCount.day).between(first, last))
    return tuple(session.connection().execute(query).one())


def _counts(session: Session, business_id: str, first: date, last: date) -> Counts:
    """Query each source separately: grouping by numbers alone takes a third of the time."""
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
