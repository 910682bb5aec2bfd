"""What a threshold would do on a range of days. Cached until the counts of these days change."""

import threading
from collections import OrderedDict
from datetime import date, datetime
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col

from settings_ui.domain.what_if import Durations, durations
from settings_ui.models import Business, DayCount
from settings_ui.services.calls.recent import by_duration

MOST_KEPT = 64
Key = tuple[str, date, date, str, datetime | None]


class RecentDurations:
    """Reads the totals each time, and the durations only if the totals changed.

    Equal totals mean equal counts: within a time zone completed calls are only ever added, and a stopped call that was
    connected after all changes the totals. Another time zone moves calls between days, so it is part of the key.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[Key, tuple[Any, Durations]] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, session: Session, business: Business, first: date, last: date) -> Durations:
        """Return the completed calls of the days `first` to `last`, both inclusive, as the session sees them."""
        key = business.id, first, last, business.time_zone, business.recount_since
        totals = _totals(session, business.id, first, last)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None or kept[0] != totals:
            kept = totals, durations(by_duration(session, business, first, last))
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return kept[1]


def _totals(session: Session, business_id: str, first: date, last: date) -> Any:
    sums = [sql.func.sum(column) for column in (DayCount.calls, DayCount.completed, DayCount.stopped)]
    columns: Any = (sql.func.count(), *sums, sql.func.sum(DayCount.qualified_then))
    query = sql.select(*columns).where(col(DayCount.business_id) == business_id, col(DayCount.day).between(first, last))
    return tuple(session.connection().execute(query).one())
