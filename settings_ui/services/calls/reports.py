"""Qualified calls by day or by source, from the counts."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sql
from sqlalchemy import func
from sqlmodel import col

from settings_ui.domain.access import Capability, Principal, require
from settings_ui.domain.days import local_day
from settings_ui.domain.errors import Invalid
from settings_ui.domain.qualification import LEAST_THRESHOLD_S, MOST_THRESHOLD_S
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, DayCount
from settings_ui.services.calls.counts import reaching
from settings_ui.services.kit.database import Database

MOST_DAYS = 366
EARLIEST, LATEST = date(2000, 1, 1), date(2200, 12, 31)
DEFAULT_DAYS = 30


class GroupBy(StrEnum):
    """What each line of a report stands for."""

    DAY = "day"
    SOURCE = "source"


class Basis(StrEnum):
    """Which threshold applies: the one in force now, or the one that each call was recorded with."""

    NOW = "now"
    THEN = "then"


@dataclass(frozen=True)
class ReportLine:
    """A day or a source; `rate` is qualified ÷ completed, or None without completed calls."""

    key: str
    calls: int
    completed: int
    qualified: int
    stopped: int

    @property
    def rate(self) -> float | None:
        """Qualified ÷ completed."""
        return self.qualified / self.completed if self.completed else None


@dataclass(frozen=True)
class Report:
    """Lines for the days `first` to `last`, both inclusive, in the business's time zone."""

    first: date
    last: date
    threshold_s: int
    lines: tuple[ReportLine, ...]

    @property
    def total(self) -> ReportLine:
        """All lines as one."""
        return ReportLine(
            "total",
            sum(line.calls for line in self.lines),
            sum(line.completed for line in self.lines),
            sum(line.qualified for line in self.lines),
            sum(line.stopped for line in self.lines),
        )


class Reports:
    """Reports of the actor's business."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def qualified(
        self,
        actor: Principal,
        *,
        first: date | None = None,
        last: date | None = None,
        last_days: int = DEFAULT_DAYS,
        group_by: GroupBy = GroupBy.DAY,
        threshold_s: int | None = None,
        basis: Basis = Basis.NOW,
    ) -> Report:
        """Return one line per day (including days without calls) or per source (most calls first).

        `last` defaults to today, `first` to `last_days` before. A `threshold_s` of 1 to 7200 reports what would qualify
        at it. Raises Invalid at `from`, `to`, `threshold` or `basis`.
        """
        require(actor, Capability.SEE_CALLS)
        if threshold_s is not None and not LEAST_THRESHOLD_S <= threshold_s <= MOST_THRESHOLD_S:
            raise Invalid(f"A threshold must be {LEAST_THRESHOLD_S} to {MOST_THRESHOLD_S} seconds.", field="threshold")
        if threshold_s is not None and basis is Basis.THEN:
            raise Invalid(
                "“As counted then” uses the threshold of the time, so a threshold cannot be given too.", field="basis"
            )
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            last = last or local_day(self._clock.now(), business.time_zone)
            if not EARLIEST <= last <= LATEST:
                raise Invalid("The last day must be between 2000 and 2200.", field="to")
            first = first or max(EARLIEST, last - timedelta(days=last_days - 1))
            if first < EARLIEST:
                raise Invalid("The first day must not be before 2000.", field="from")
            if first > last:
                raise Invalid("The first day is after the last.", field="from")
            if (last - first).days >= MOST_DAYS:
                raise Invalid(f"A report can cover at most {MOST_DAYS} days.", field="from")
            key: Any = DayCount.day if group_by is GroupBy.DAY else DayCount.source
            qualified: Any = DayCount.qualified_then if basis is Basis.THEN else DayCount.qualified
            if threshold_s is not None and threshold_s != business.threshold_s:
                qualified = reaching(threshold_s)
            rows: Any = (
                session.connection()
                .execute(
                    sql.select(
                        key,
                        func.sum(DayCount.calls),
                        func.sum(DayCount.completed),
                        func.sum(qualified),
                        func.sum(DayCount.stopped),
                    )
                    .where(
                        col(DayCount.business_id) == business.id, col(DayCount.day) >= first, col(DayCount.day) <= last
                    )
                    .group_by(key)
                )
                .all()
            )
            found = {str(k): ReportLine(str(k), *(int(n) for n in numbers)) for k, *numbers in rows}
        return Report(first, last, threshold_s or business.threshold_s, tuple(_ordered(found, first, last, group_by)))


def _ordered(found: dict[str, ReportLine], first: date, last: date, group_by: GroupBy) -> list[ReportLine]:
    if group_by is GroupBy.SOURCE:
        return sorted(found.values(), key=lambda line: (-line.calls, line.key))
    days = [str(first + timedelta(days=n)) for n in range((last - first).days + 1)]
    return [found.get(day, ReportLine(day, 0, 0, 0, 0)) for day in days]
