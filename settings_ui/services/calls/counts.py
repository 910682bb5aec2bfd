"""Counts of calls: updated in the transaction of each call, rebuilt and checked by the operator.

Reports, dashboard and the what-if read these counts, never the calls, so they cost the same at any number of calls.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import itemgetter
from typing import Any

import sqlalchemy as sql
from sqlalchemy import delete, func
from sqlmodel import Session, col, select, update

from settings_ui.domain.days import day_starts, local_day
from settings_ui.domain.qualification import CallStatus
from settings_ui.models import BlockedCaller, Business, Call, DayCount, DurationCount, StopCount
from settings_ui.models.call import REACHED_S
from settings_ui.services.blocked_callers.screening import add_stop, last_stop
from settings_ui.services.calls.recent import add_recent, forget_recent, wrong_recent
from settings_ui.services.kit.changes import Changed, business_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business
from settings_ui.services.kit.upsert import add_up

REACHED = {seconds: f"reached_{seconds}" for seconds in REACHED_S}
TOTALS = ("calls", "completed", "stopped", "qualified", "qualified_then", *REACHED.values())


@dataclass(frozen=True, slots=True)
class Counted:
    """The counted properties of a call, or of `by` equal calls; `day` is in the business's time zone."""

    day: date
    source: str
    duration_s: int
    status: CallStatus
    threshold_s: int
    times: int = 1


def add_counts(session: Session, business: Business, calls: Iterable[Counted]) -> None:
    """Add the calls to the counts in the caller's transaction, which has locked the business."""
    days, durations = _sums(business.threshold_s, calls)
    # In key order, so that two transactions never deadlock.
    add_up(
        session,
        DayCount,
        [
            {"business_id": business.id, "day": day, "source": source, **totals}
            for (day, source), totals in sorted(days.items(), key=itemgetter(0))
        ],
        TOTALS,
    )
    add_up(
        session,
        DurationCount,
        [
            {"business_id": business.id, "day": day, "source": source, "duration_s": duration_s, "completed": count}
            for (day, source, duration_s), count in sorted(durations.items())
        ],
        ("completed",),
    )
    add_recent(session, business, durations)


def recount_qualified(session: Session, business: Business) -> None:
    """Recompute `qualified` of every day at the threshold of the business, from the counts by duration."""
    qualified = reaching(business.threshold_s)
    session.exec(update(DayCount).where(col(DayCount.business_id) == business.id).values(qualified=qualified))


def reaching(threshold_s: int) -> Any:
    """Return the completed calls of at least so many seconds as an expression on a row of DayCount: those of the
    nearest length that it counts, and the few lengths in between."""
    nearest = min((0, *REACHED), key=lambda seconds: abs(seconds - threshold_s))
    counted: Any = getattr(DayCount, REACHED[nearest]) if nearest else DayCount.completed
    if nearest == threshold_s:
        return counted
    from_s, below_s = sorted((nearest, threshold_s))
    between = (
        sql.select(func.coalesce(func.sum(DurationCount.completed), 0))
        .where(
            col(DurationCount.business_id) == DayCount.business_id,
            col(DurationCount.day) == DayCount.day,
            col(DurationCount.source) == DayCount.source,
            col(DurationCount.duration_s) >= from_s,
            col(DurationCount.duration_s) < below_s,
        )
        .correlate(DayCount)
        .scalar_subquery()
    )
    return counted + between if threshold_s < nearest else counted - between


class CallCounts:
    """Rebuilding and checking, for the operator."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rebuild(self, business_id: str) -> Iterator[tuple[date, int]]:
        """Recount all calls of a business, one day at a time; yield each day and its number of calls.

        Each day is its own transaction: new calls wait for at most one day to be counted, and are counted correctly. If
        interrupted, the days already yielded are correct.
        """
        last: date | None = None
        while True:
            with self._database.write() as session:
                business = lock_business(session, business_id)
                day = _next_day(session, business, last)
                forget_recent(session, business)
                _forget(session, business_id, last, day)
                if day is None:
                    last_stops = update(BlockedCaller).where(col(BlockedCaller.business_id) == business_id)
                    session.exec(last_stops.values(last_stopped_at=last_stop()))
                    return
                calls = _of_day(session, business, day)
                add_counts(session, business, calls)
                for entry, stopped in sorted(_stops_of_day(session, business, day).items()):
                    add_stop(session, business_id, entry, day, None, by=stopped)
            yield day, sum(call.times for call in calls)
            last = day

    def recount_due(self) -> Changed[int]:
        """Rebuild the counts of each business whose time zone was changed, and return how many.

        It stays due until a complete pass ends in the zone that it started in; an interrupted one is repeated.
        """
        with self._database.read() as session:
            due = session.exec(select(Business).where(col(Business.recount_since).is_not(None))).all()
        for business in due:
            for _ in self.rebuild(business.id):
                pass
            done = update(Business).where(
                col(Business.id) == business.id,
                col(Business.recount_since) == business.recount_since,
                col(Business.time_zone) == business.time_zone,
            )
            with self._database.write() as session:
                session.exec(done.values(recount_since=None))
        return Changed(len(due), frozenset(business_topic(business.id) for business in due))

    def differences(self, business_id: str, first: date, last: date) -> list[str]:
        """Return the differences between counts and calls of the days `first` to `last`, in words, one line per day and
        source; empty if they agree."""
        found = []
        with self._database.read() as session:
            business = session.get_one(Business, business_id)
            for n in range((last - first).days + 1):
                day = first + timedelta(days=n)
                days, durations = _sums(business.threshold_s, _of_day(session, business, day))
                want, have = _by_source(days, durations), _by_source(*_as_counted(session, business_id, day))
                found += [
                    f"{day} {source}: {_differing(have.get(source), want.get(source))}"
                    for source in sorted(want.keys() | have.keys())
                    if want.get(source) != have.get(source)
                ]
                by_call, by_count = _stops_of_day(session, business, day), _stops_counted(session, business_id, day)
                found += [
                    f"{day} {entry}: counted {by_count.get(entry, 0)} stops; the calls say {by_call.get(entry, 0)}"
                    for entry in sorted(by_call.keys() | by_count.keys())
                    if by_call.get(entry, 0) != by_count.get(entry, 0)
                ]
            found += _wrong_last_stops(session, business_id)
            found += wrong_recent(session, business)
        return found


Days = dict[tuple[date, str], dict[str, int]]
Durations = dict[tuple[date, str, int], int]


def _sums(threshold_s: int, calls: Iterable[Counted]) -> tuple[Days, Durations]:
    """Return the totals by day and source, and the completed calls by day, source and duration."""
    days: Days = {}
    durations: Counter[tuple[date, str, int]] = Counter()
    for call in calls:
        totals = days.setdefault((call.day, call.source), dict.fromkeys(TOTALS, 0))
        totals["calls"] += call.times
        if call.status is CallStatus.STOPPED:
            totals["stopped"] += call.times
        if call.status is CallStatus.COMPLETED:
            totals["completed"] += call.times
            durations[call.day, call.source, call.duration_s] += call.times
            for seconds, name in REACHED.items():
                if call.duration_s >= seconds:
                    totals[name] += call.times
            if call.duration_s >= threshold_s:
                totals["qualified"] += call.times
            if call.duration_s >= call.threshold_s:
                totals["qualified_then"] += call.times
    return days, durations


_ALIKE: Any = (Call.source, Call.status, Call.duration_s, Call.threshold_s)


def _of_day(session: Session, business: Business, day: date) -> list[Counted]:
    """Return the calls of a day, grouped by equal properties."""
    rows: Any = session.connection().execute(
        sql.select(*_ALIKE, func.count()).where(*_on(business, day)).group_by(*_ALIKE)
    )
    return [
        Counted(day, source, duration_s, CallStatus(status), then, n) for source, status, duration_s, then, n in rows
    ]


def _stops_of_day(session: Session, business: Business, day: date) -> dict[str, int]:
    """Return the number of calls that each entry stopped on a day, from the calls."""
    entry: Any = col(Call.blocked_caller_id)
    stopped = sql.select(entry, func.count()).where(*_on(business, day), entry.is_not(None)).group_by(entry)
    return {str(of): count for of, count in session.connection().execute(stopped)}


def _stops_counted(session: Session, business_id: str, day: date) -> dict[str, int]:
    """Return the same from the counts."""
    rows = session.exec(select(StopCount).where(StopCount.business_id == business_id, StopCount.day == day))
    return {row.blocked_caller_id: row.stopped for row in rows}


def _wrong_last_stops(session: Session, business_id: str) -> list[str]:
    """Return the entries whose last stop differs from the calls, in words."""
    columns: Any = (BlockedCaller.id, BlockedCaller.last_stopped_at, last_stop().label("by_call"))
    differ = col(BlockedCaller.last_stopped_at).is_distinct_from(last_stop())
    rows = session.connection().execute(
        sql.select(*columns).where(col(BlockedCaller.business_id) == business_id, differ)
    )
    return [f"{entry}: last stop {have or 'never'}; the calls say {want or 'never'}" for entry, have, want in rows]


def _on(business: Business, day: date) -> tuple[Any, ...]:
    return (
        col(Call.business_id) == business.id,
        col(Call.started_at) >= day_starts(day, business.time_zone),
        col(Call.started_at) < day_starts(day + timedelta(days=1), business.time_zone),
    )


def _next_day(session: Session, business: Business, last: date | None) -> date | None:
    """Return the first day after `last` on which the business has calls."""
    query = select(func.min(Call.started_at)).where(Call.business_id == business.id)
    if last is not None:
        query = query.where(col(Call.started_at) >= day_starts(last + timedelta(days=1), business.time_zone))
    moment: datetime | None = session.exec(query).one()
    return None if moment is None else local_day(moment, business.time_zone)


def _forget(session: Session, business_id: str, after: date | None, until: date | None) -> None:
    """Delete the counts of a range of days; either end may be open."""
    for table in (DayCount, DurationCount, StopCount):
        which = delete(table).where(col(table.business_id) == business_id)
        if after is not None:
            which = which.where(col(table.day) > after)
        if until is not None:
            which = which.where(col(table.day) <= until)
        session.exec(which)


def _as_counted(session: Session, business_id: str, day: date) -> tuple[Days, Durations]:
    """Return the counts of a day in the form of `_sums`, leaving out zero counts."""
    totals = session.exec(select(DayCount).where(DayCount.business_id == business_id, DayCount.day == day))
    durations = session.exec(
        select(DurationCount).where(DurationCount.business_id == business_id, DurationCount.day == day)
    )
    return (
        {(day, row.source): {name: getattr(row, name) for name in TOTALS} for row in totals if row.calls},
        {(day, row.source, row.duration_s): row.completed for row in durations if row.completed},
    )


Source = tuple[dict[str, int], dict[int, int]]


def _by_source(days: Days, durations: Durations) -> dict[str, Source]:
    by_source: dict[str, Source] = {}
    for (_, source), totals in days.items():
        by_source.setdefault(source, ({}, {}))[0].update(totals)
    for (_, source, duration_s), count in durations.items():
        by_source.setdefault(source, ({}, {}))[1][duration_s] = count
    return by_source


def _differing(have: Source | None, want: Source | None) -> str:
    return f"counted {_words(have, want)}; the calls say {_words(want, have)}"


def _words(counts: Source | None, others: Source | None) -> str:
    """Return the counts that the others do not have."""
    if counts is None:
        return "nothing"
    totals, durations = counts
    said = [
        f"{number} {name.replace('_', ' ')}"
        for name, number in totals.items()
        if others is None or number != others[0].get(name)
    ]
    return ", ".join([*said, f"{sum(durations.values())} by duration"])
