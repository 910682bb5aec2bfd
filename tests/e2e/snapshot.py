"""A snapshot of every table, and its restoration."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, and_, delete, insert, select, update
from sqlmodel import Session, SQLModel

from settings_ui.services.kit.database import Database

Row = dict[str, Any]
Rows = dict[tuple[Any, ...], Row]


@dataclass(frozen=True)
class Snapshot:
    """The database's contents; restoring writes only the rows that differ."""

    tables: dict[str, Rows]
    raw: dict[str, list[Any]]
    """The same rows as the driver returns them: the fastest check that a large table is unchanged."""

    @classmethod
    def of(cls, database: Database) -> "Snapshot":
        """Return a snapshot of all our tables."""
        with database.read() as session:
            return cls(
                {table.name: _rows(session, table) for table in _tables()},
                {table.name: _raw(session, table) for table in _tables()},
            )

    def restore(self, database: Database) -> None:
        """Restore every table in one transaction."""
        with database.write() as session, _past_triggers(session):
            changed = [table for table in _tables() if _raw(session, table) != self.raw[table.name]]
            for table in reversed(changed):
                for key in _rows(session, table).keys() - self.tables[table.name].keys():
                    session.execute(delete(table).where(_is(table, key)))
            for table in changed:
                now = _rows(session, table)
                for key, row in self.tables[table.name].items():
                    if key not in now:
                        session.execute(insert(table).values(**row))
                    elif now[key] != row:
                        session.execute(update(table).where(_is(table, key)).values(**row))


@contextmanager
def _past_triggers(session: Session) -> Iterator[None]:
    """Disable triggers, so that append-only rows can be deleted too, and check references at the end alone: a rotated
    key refers to another row of its own table."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql("SET LOCAL session_replication_role = replica")
        yield
        return
    connection = session.connection()
    connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
    kept = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    for name, _ in kept:
        connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    yield
    for _, sql in kept:
        connection.exec_driver_sql(sql)


def _tables() -> list[Table]:
    return SQLModel.metadata.sorted_tables


def _rows(session: Session, table: Table) -> Rows:
    keys = [column.name for column in table.primary_key]
    rows = [dict(row) for row in session.execute(select(table)).mappings()]
    return {tuple(row[key] for key in keys): row for row in rows}


def _raw(session: Session, table: Table) -> list[Any]:
    order = ", ".join(column.name for column in table.primary_key)
    return list(session.connection().exec_driver_sql(f'SELECT * FROM "{table.name}" ORDER BY {order}'))


def _is(table: Table, key: tuple[Any, ...]) -> Any:
    return and_(*[column == value for column, value in zip(table.primary_key, key, strict=True)])
