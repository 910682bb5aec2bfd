"""The decision whether a caller is blocked, and the count of what was stopped: on the path of a ringing phone."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from settings_ui.domain.blocking import patterns_for, strongest
from settings_ui.models import BlockedCaller, StopCount
from settings_ui.models.base import UtcDateTime

_COLUMNS: Any = (BlockedCaller.id, BlockedCaller.pattern)
_FIND = sql.select(*_COLUMNS).where(
    col(BlockedCaller.business_id) == sql.bindparam("business"),
    col(BlockedCaller.pattern).in_(sql.bindparam("patterns", expanding=True)),
    col(BlockedCaller.removed_at).is_(None),
    col(BlockedCaller.until).is_(None) | (col(BlockedCaller.until) > sql.bindparam("now", type_=UtcDateTime)),
)


def blocking_entry(session: Session, business_id: str, caller: str, now: datetime) -> str | None:
    """Return the id of the entry that stops the caller now, or None.

    The exact number decides before the longest prefix, and entries past their end do not count. One indexed lookup,
    however many entries there are.
    """
    rows = session.connection().execute(_FIND, {"business": business_id, "patterns": patterns_for(caller), "now": now})
    found = {row.pattern: row.id for row in rows}
    pattern = strongest(found)
    return found[pattern] if pattern else None


def add_stop(session: Session, business_id: str, entry_id: str, day: date, at: datetime | None, *, by: int = 1) -> None:
    """Add a stopped call to an entry's count of a day, or take one away; `at` is when it was tried."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = StopCount.__table__  # type: ignore[attr-defined]
    statement = dialect.insert(table)
    statement = statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={"stopped": table.c.stopped + statement.excluded.stopped},
    )
    session.connection().execute(
        statement, {"business_id": business_id, "day": day, "blocked_caller_id": entry_id, "stopped": by}
    )
    if at is not None:
        session.connection().execute(
            sql.update(BlockedCaller)
            .where(
                col(BlockedCaller.id) == entry_id,
                col(BlockedCaller.last_stopped_at).is_(None) | (col(BlockedCaller.last_stopped_at) < at),
            )
            .values(last_stopped_at=at)
        )
