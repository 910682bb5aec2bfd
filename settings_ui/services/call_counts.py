"""What is counted of calls: kept in the transaction of each call, rebuilt and checked by the operator.

Reports, dashboard and the what-if read these counts, never the calls, and so cost the same at any number of calls.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sql
from sqlalchemy import delete, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col, select, update

from settings_ui.domain.qualification import Status
from settings_ui.models import Business, Call, DayCount, DurationCount
from settings_ui.services.database import Database

TOTALS = ("calls", "completed", "stopped", "qualified", "qualified_then")
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class Counted:
    """What of a call is counted; `day` is in the business's time zone."""

    day: date
    source: str
    duration_s: int
    status: Status
    threshold_s: int


def local_day(moment: datetime, time_zone: str) -> date:
    """Return the day of a moment in a zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def add_counts(session: Session, business_id: str, threshold_s: int, calls: Iterable[Counted]) -> None:
    """Add the calls to the counts, in the caller's transaction; `threshold_s` is the one in force now."""
    days: dict[tuple[date, str], Counter[str]] = {}
    durations: Counter[tuple[date, str, int]] = Counter()
    for call in calls:
        totals = days.setdefault((call.day, call.source), Counter())
        totals["calls"] += 1
        totals["stopped"] += call.status is Status.STOPPED
        if call.status is Status.COMPLETED:
            totals["completed"] += 1
            totals["qualified"] += call.duration_s >= threshold_s
            totals["qualified_then"] += call.duration_s >= call.threshold_s
            durations[call.day, call.source, call.duration_s] += 1
    # In the order of their keys, so that two transactions never wait for each other in a ring.
    _add(
        session,
        DayCount,
        [
            {"business_id": business_id, "day": day, "source": source, **{name: totals[name] for name in TOTALS}}
            for (day, source), totals in sorted(days.items())
        ],
        TOTALS,
    )
    _add(
        session,
        DurationCount,
        [
            {"business_id": business_id, "day": day, "source": source, "duration_s": duration_s, "completed": count}
            for (day, source, duration_s), count in sorted(durations.items())
        ],
        ("completed",),
    )


def recount_qualified(session: Session, business: Business) -> None:
    """Bring `qualified` of every day to the threshold of the business, from the counts by duration."""
    above = (
        select(func.coalesce(func.sum(DurationCount.completed), 0))
        .where(
            DurationCount.business_id == DayCount.business_id,
            DurationCount.day == DayCount.day,
            DurationCount.source == DayCount.source,
            DurationCount.duration_s >= business.threshold_s,
        )
        .correlate(DayCount)
        .scalar_subquery()
    )
    session.exec(update(DayCount).where(col(DayCount.business_id) == business.id).values(qualified=above))


class CallCounts:
    """Rebuilding and checking, for the operator."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rebuild(self, business_id: str) -> int:
        """Count all calls of a business again and return how many there were."""
        with self._database.write() as session:
            business = session.exec(select(Business).where(Business.id == business_id).with_for_update()).one()
            for table in (DayCount, DurationCount):
                session.exec(delete(table).where(col(table.business_id) == business_id))
            counted = 0
            for calls in _calls(session, business):
                add_counts(session, business_id, business.threshold_s, calls)
                counted += len(calls)
        return counted

    def differences(self, business_id: str) -> list[str]:
        """Return where the counts differ from the calls, in words; empty when they agree."""
        with self._database.read() as session:
            business = session.get_one(Business, business_id)
            truth: dict[tuple[date, str], Counter[str]] = {}
            for calls in _calls(session, business):
                for call in calls:
                    totals = truth.setdefault((call.day, call.source), Counter())
                    done = call.status is Status.COMPLETED
                    totals.update(
                        calls=1,
                        completed=done,
                        stopped=call.status is Status.STOPPED,
                        qualified=done and call.duration_s >= business.threshold_s,
                        qualified_then=done and call.duration_s >= call.threshold_s,
                    )
            rows = session.exec(select(DayCount).where(DayCount.business_id == business_id)).all()
            completed = Counter[tuple[date, str]]()
            for row in session.exec(select(DurationCount).where(DurationCount.business_id == business_id)):
                completed[row.day, row.source] += row.completed
        found = {(row.day, row.source): {name: getattr(row, name) for name in TOTALS} for row in rows}
        differ = []
        for where in sorted(truth.keys() | found.keys()):
            want = {name: truth.get(where, Counter())[name] for name in TOTALS}
            have = found.get(where, dict.fromkeys(TOTALS, 0))
            if want != have or completed[where] != want["completed"]:
                differ.append(
                    f"{where[0]} {where[1]}: counted {have}, {completed[where]} by duration; calls say {want}"
                )
        return differ


_COUNTED: Any = (Call.seq, Call.started_at, Call.source, Call.duration_s, Call.status, Call.threshold_s)


def _calls(session: Session, business: Business) -> Iterable[list[Counted]]:
    """Yield the calls of a business in chunks."""
    last = 0
    while True:
        rows = (
            session.connection()
            .execute(
                sql.select(*_COUNTED)
                .where(col(Call.business_id) == business.id, col(Call.seq) > last)
                .order_by(col(Call.seq))
                .limit(CHUNK)
            )
            .all()
        )
        if not rows:
            return
        last = rows[-1].seq
        zone = ZoneInfo(business.time_zone)
        yield [
            Counted(r.started_at.astimezone(zone).date(), r.source, r.duration_s, Status(r.status), r.threshold_s)
            for r in rows
        ]


def _add(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]], sums: Sequence[str]) -> None:
    """Insert the rows, adding to the sums of those that are there."""
    if not rows:
        return
    target = table.__table__  # type: ignore[attr-defined]
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(target)
    statement = statement.on_conflict_do_update(
        index_elements=list(target.primary_key.columns),
        set_={name: target.c[name] + statement.excluded[name] for name in sums},
    )
    session.connection().execute(statement, list(rows))
