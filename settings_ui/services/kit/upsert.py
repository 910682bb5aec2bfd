"""INSERT … ON CONFLICT on both engines."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel


def insert_into(session: Session, table: type[SQLModel]) -> Any:
    """Return an INSERT that supports ON CONFLICT, in the dialect of the session's engine."""
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(table.__table__)  # type: ignore[attr-defined]


def add_up(session: Session, table: type[SQLModel], rows: Sequence[dict[str, Any]], sums: Sequence[str]) -> None:
    """Insert the rows; if one with the same primary key exists, add to its `sums` instead."""
    if not rows:
        return
    target: Any = table.__table__  # type: ignore[attr-defined]
    statement = insert_into(session, table)
    statement = statement.on_conflict_do_update(
        index_elements=list(target.primary_key.columns),
        set_={name: target.c[name] + statement.excluded[name] for name in sums},
    )
    session.connection().execute(statement, list(rows))
