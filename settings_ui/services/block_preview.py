"""What a block would have stopped, before it is made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sql
from sqlmodel import col

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.blocking import is_prefix
from settings_ui.domain.qualification import Status
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, Call, DayCount
from settings_ui.services.block_inputs import Blocked, Result, read_inputs
from settings_ui.services.blocked_callers import DAYS, MOST_AT_ONCE
from settings_ui.services.call_counts import local_day
from settings_ui.services.call_filter import moments
from settings_ui.services.database import Database

TOO_MUCH = 0.1


@dataclass(frozen=True)
class Preview:
    """The calls of the last 30 days that the entries would have stopped, and how many of them were qualified.

    `share` is that part of all qualified calls; `readings` says of each input what it would block.
    """

    readings: tuple[Blocked, ...]
    calls: int
    qualified: int
    share: float

    @property
    def asks_again(self) -> bool:
        """Whether it would stop so much that a person should look twice: over a tenth of the qualified calls."""
        return self.share > TOO_MUCH


class BlockPreview:
    """Answers before anything is blocked."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, actor: Actor, inputs: Sequence[str]) -> Preview:
        """Return what the inputs would have stopped; those that cannot be read are passed over."""
        require(actor, Capability.BLOCK_CALLERS)
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            readings = tuple(read_inputs(inputs[:MOST_AT_ONCE], business.region))
            patterns = {r.number for r in readings if r.result is Result.BLOCKED and r.number}
            today = local_day(self._clock.now(), business.time_zone)
            first = today - timedelta(days=DAYS - 1)
            start, end = moments(first, today, business.time_zone)
            if not patterns:
                return Preview(readings, 0, 0, 0.0)
            long_enough = (col(Call.status) == Status.COMPLETED.value) & (col(Call.duration_s) >= business.threshold_s)
            columns: Any = (sql.func.count(), sql.func.count(sql.case((long_enough, 1))))
            calls, qualified = (
                session.connection()
                .execute(
                    sql.select(*columns).where(
                        col(Call.business_id) == business.id,
                        col(Call.started_at) >= start,
                        col(Call.started_at) < end,
                        col(Call.status) != Status.STOPPED.value,
                        _from_any(patterns),
                    )
                )
                .one()
            )
            every = (
                session.connection()
                .execute(
                    sql.select(sql.func.coalesce(sql.func.sum(DayCount.qualified), 0)).where(
                        col(DayCount.business_id) == business.id, col(DayCount.day).between(first, today)
                    )
                )
                .scalar_one()
            )
        return Preview(readings, calls, qualified, qualified / every if every else 0.0)


def _from_any(patterns: set[str]) -> Any:
    """A condition that an index on the caller's number answers: equal to one, or in the range of a prefix."""
    exact = [pattern for pattern in patterns if not is_prefix(pattern)]
    conditions: list[Any] = [col(Call.from_number).in_(exact)] if exact else []
    for pattern in sorted(patterns - set(exact)):
        begin = pattern[:-1]
        conditions.append((col(Call.from_number) >= begin) & (col(Call.from_number) < f"+{int(begin) + 1}"))
    return sql.or_(*conditions)
