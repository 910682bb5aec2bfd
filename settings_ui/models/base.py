"""Common to all tables: constraint names that migrations can rely on, identifiers, and times that are always UTC."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, String, TypeDecorator
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

ID_LENGTH = 32
EMAIL_LENGTH = 320


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time. SQLite stores it without a zone; a naive time is refused before it is written."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


CLUSTERED = {"sqlite_with_rowid": False}
"""For tables of counts: SQLite stores rows in primary key order, so that a range of days is contiguous."""


def key(**options: Any) -> Any:
    """A primary key column for an opaque identifier."""
    return Field(primary_key=True, sa_type=String(ID_LENGTH), **options)


def refers_to(column: str, **options: Any) -> Any:
    """A foreign key column; `column` is `table.id`."""
    return Field(foreign_key=column, sa_type=String(ID_LENGTH), **options)


def text(length: int, **options: Any) -> Any:
    """A text column of at most `length` characters."""
    return Field(sa_type=String(length), **options)


def moment(**options: Any) -> Any:
    """A column for an aware UTC time."""
    return Field(sa_type=UtcDateTime, **options)
