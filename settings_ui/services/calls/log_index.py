"""Chooses the index for a page of the call log.

There are two ways to the newest matching calls: scan in time order until a page is full, which is fast if many match,
or collect the matches through a selective index and sort them, which is fast if few match. SQLite has no statistics for
this, so we count a few entries of each index and give it a hint. PostgreSQL has its own statistics.
"""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col
from sqlmodel.sql.expression import SelectOfScalar

from settings_ui.domain.qualification import CallStatus
from settings_ui.models import Call

FEW = 10_000
"""This many can be collected and sorted in a few milliseconds; if more match, that is at least one in a thousand of
ten million calls, and a scan in time order soon fills a page."""


@dataclass(frozen=True)
class _Path:
    """An index for the calls that meet a condition; `in_time` says whether it is ordered by time."""

    columns: str
    condition: Any
    in_time: bool = True

    @property
    def index(self) -> str:
        return f"ix_calls_business_id_{self.columns}"


BY_TIME = _Path("started_at_seq_status_duration_s", None)


def along(
    query: SelectOfScalar[Call],
    session: Session,
    business_id: str,
    *,
    caller: str,
    source: str,
    status: CallStatus | None,
    least_duration_s: int,
    few: int = FEW,
) -> SelectOfScalar[Call]:
    """Return the query, with an index hint if the database needs one.

    `status` and `least_duration_s` restrict the matching calls; empty values do not.
    """
    if session.get_bind().dialect.name != "sqlite":
        return query
    path = _best(session, business_id, _paths(caller, source, status, least_duration_s), few)
    return query.with_hint(Call, f"INDEXED BY {path.index}", "sqlite")


def _paths(caller: str, source: str, status: CallStatus | None, least_duration_s: int) -> list[_Path]:
    """Return the possible paths, the one likely to have the fewest calls first."""
    found = []
    if caller:
        found.append(_Path("from_number_started_at_seq", col(Call.from_number) == caller))
    if status is not None and status is not CallStatus.COMPLETED:
        found.append(_Path("status_started_at_seq", col(Call.status) == status.value))
    if source:
        found.append(_Path("source_started_at_seq", col(Call.source) == source))
    if least_duration_s:
        long_enough = col(Call.duration_s) >= least_duration_s
        found.append(_Path("duration_s_started_at_seq_status", long_enough, in_time=False))
    return found


def _best(session: Session, business_id: str, paths: list[_Path], few: int) -> _Path:
    if len(paths) == 1 and paths[0].in_time:
        return paths[0]
    counts = [(_count(session, business_id, path, few), path) for path in paths]
    least, rarest = min(counts, key=lambda pair: pair[0], default=(few, BY_TIME))
    if least < few:
        return rarest
    return next((path for path in paths if path.in_time), BY_TIME)


def _count(session: Session, business_id: str, path: _Path, few: int) -> int:
    """Return the number of calls on a path, at most `few`."""
    some = sql.select(sql.literal(1)).where(col(Call.business_id) == business_id, path.condition).limit(few)
    some = some.with_hint(Call.__table__, f"INDEXED BY {path.index}", "sqlite")  # type: ignore[attr-defined]
    return session.connection().execute(sql.select(sql.func.count()).select_from(some.subquery())).scalar_one()
