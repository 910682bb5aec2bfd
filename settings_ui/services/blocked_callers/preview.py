"""What a block would have stopped, before it is made."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.block_pattern import is_prefix
from settings_ui.domain.days import local_day, moments
from settings_ui.domain.money import Money
from settings_ui.domain.phone import is_toll_free
from settings_ui.domain.qualification import CallStatus
from settings_ui.domain.rates import MINUTE_S, UsageKind
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, Call, DayCount
from settings_ui.services.billing.catalogue import Tariff
from settings_ui.services.blocked_callers.entries import Blocked, Result, read_inputs
from settings_ui.services.blocked_callers.service import DAYS, MOST_AT_ONCE
from settings_ui.services.kit.database import Database

TOO_MUCH = 0.1
DEARER = 4
"""Reading a call through the index by number costs as much as reading this many in order of time."""
BY_NUMBER = "INDEXED BY ix_calls_business_id_from_number_started_at_seq"


@dataclass(frozen=True)
class Preview:
    """The calls of the last 30 days that the entries would have stopped, and how many of them were qualified.

    `share` is their part of all qualified calls, `saved` the cost of the calls at current rates (None if nothing is
    charged); `readings` says what each input would block, read in the `region`.
    """

    readings: tuple[Blocked, ...]
    region: str
    calls: int
    qualified: int
    share: float
    saved: Money | None = None

    @property
    def asks_again(self) -> bool:
        """Whether it would stop so many qualified calls that a confirmation is needed: over a tenth."""
        return self.share > TOO_MUCH


class BlockPreview:
    """Previews a block."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, actor: Actor, inputs: Sequence[str]) -> Preview:
        """Return what the inputs would have stopped; unreadable ones are ignored."""
        require(actor, Capability.BLOCK_CALLERS)
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            readings = tuple(read_inputs(inputs[:MOST_AT_ONCE], business.region))
            numbers, prefixes = disjoint(r.number for r in readings if r.result is Result.BLOCKED and r.number)
            if not numbers and not prefixes:
                return Preview(readings, business.region, 0, 0, 0.0)
            now = self._clock.now()
            month = _Month(session, business, local_day(now, business.time_zone), _Rates(session, business, now))
            every, every_qualified = month.counted()
            found = [month.calls(col(Call.from_number).in_(numbers))]
            ranges = [_in_range(prefix) for prefix in prefixes]
            if month.has_fewer(ranges, every // DEARER):
                found += [month.calls(one) for one in ranges]
            else:
                found.append(month.calls(_begins_like(prefixes), by_number=False))
        calls, qualified, micros = (sum(part) for part in zip(*found, strict=True))
        share = qualified / every_qualified if every_qualified else 0.0
        saved = Money(micros, business.currency) if month.rates.known else None
        return Preview(readings, business.region, calls, qualified, share, saved)


def disjoint(patterns: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return disjoint numbers and prefixes that match the same callers."""
    prefixes: list[str] = []
    numbers = []
    # In this order, everything a prefix covers directly follows it.
    for pattern in sorted(set(patterns), key=lambda pattern: (pattern.rstrip("*"), not is_prefix(pattern))):
        if prefixes and pattern.startswith(prefixes[-1]):
            continue
        if is_prefix(pattern):
            prefixes.append(pattern[:-1])
        else:
            numbers.append(pattern)
    return numbers, prefixes


class _Rates:
    """What a call costs a business now."""

    def __init__(self, session: Session, business: Business, now: datetime) -> None:
        tariff = Tariff(session, business.id, business.currency)
        self._minute = {
            toll_free: tariff.rate(UsageKind.TOLL_FREE_MINUTE if toll_free else UsageKind.LOCAL_MINUTE, now)
            for toll_free in (False, True)
        }
        self._call = tariff.rate(UsageKind.CALL, now)
        self.known = any((*self._minute.values(), self._call))
        self.increments = tuple(rate.increment_s if rate else MINUTE_S for rate in self._minute.values())

    def cost(self, number: str, calls: int, seconds: tuple[int, int]) -> int:
        """Return the micro-units of calls to a number; `seconds` are in whole increments of local and of toll-free."""
        toll_free = is_toll_free(number)
        minute = self._minute[toll_free]
        return (minute.cost(seconds[toll_free]) if minute else 0) + (self._call.cost(calls) if self._call else 0)


class _Month:
    """The last 30 days of a business, for counting calls that meet a condition."""

    def __init__(self, session: Session, business: Business, today: date, rates: _Rates) -> None:
        self.rates = rates
        self._connection = session.connection()
        self._business = business
        self._days = today - timedelta(days=DAYS - 1), today
        self._start, self._end = moments(*self._days, business.time_zone)

    def counted(self) -> tuple[int, int]:
        """Return the number of calls, and how many of them are qualified."""
        columns: Any = [sql.func.coalesce(sql.func.sum(n), 0) for n in (DayCount.calls, DayCount.qualified)]
        mine = col(DayCount.business_id) == self._business.id, col(DayCount.day).between(*self._days)
        every, qualified = self._connection.execute(sql.select(*columns).where(*mine)).one()
        return int(every), int(qualified)

    def calls(self, condition: Any, *, by_number: bool = True) -> tuple[int, int, int]:
        """Return the number of calls not stopped, how many of them are qualified, and their cost in micro-units.

        SQLite is told to use the index on the caller's number if that is faster; PostgreSQL decides itself.
        """
        long_enough = col(Call.duration_s) >= self._business.threshold_s
        qualified = sql.case(((col(Call.status) == CallStatus.COMPLETED.value) & long_enough, 1))
        billed = [sql.func.sum((col(Call.duration_s) + each - 1) // each * each) for each in self.rates.increments]
        query = sql.select(col(Call.to_number), sql.func.count(), sql.func.count(qualified), *billed).where(
            col(Call.business_id) == self._business.id,
            col(Call.started_at) >= self._start,
            col(Call.started_at) < self._end,
            col(Call.status) != CallStatus.STOPPED.value,
            condition,
        )
        if by_number:
            query = query.with_hint(Call, BY_NUMBER, "sqlite")
        every = long = micros = 0
        rows: Any = self._connection.execute(query.group_by(col(Call.to_number)))
        for number, calls, qualify, local, toll_free in rows:
            every, long = every + int(calls), long + int(qualify)
            micros += self.rates.cost(number, int(calls), (int(local), int(toll_free)))
        return every, long, micros

    def has_fewer(self, conditions: Iterable[Any], limit: int) -> bool:
        """Whether fewer calls of all time meet any of these conditions on the caller's number."""
        for condition in conditions:
            some = sql.select(sql.literal(1)).where(col(Call.business_id) == self._business.id, condition).limit(limit)
            some = some.with_hint(Call, BY_NUMBER, "sqlite")
            counting = sql.select(sql.func.count()).select_from(some.subquery())
            limit -= int(self._connection.execute(counting).scalar_one())
            if limit <= 0:
                return False
        return True


def _in_range(prefix: str) -> Any:
    """Return the condition that a caller's number has this prefix, in a form that uses the index."""
    return (col(Call.from_number) >= prefix) & (col(Call.from_number) < f"+{int(prefix) + 1}")


def _begins_like(prefixes: Iterable[str]) -> Any:
    """Return the same condition for many prefixes, cheap to evaluate for each call."""
    lengths = itertools.groupby(sorted(prefixes, key=len), key=len)
    return sql.or_(*(sql.func.substr(col(Call.from_number), 1, n).in_(list(alike)) for n, alike in lengths))
