"""Who is blocked, and what was stopped."""

from datetime import date, datetime

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from settings_ui.domain.block_pattern import NOTE_LENGTH
from settings_ui.models.base import CLUSTERED, key, moment, refers_to
from settings_ui.models.base import text as text_column

PATTERN_LENGTH = 17
IS_PREFIX = "rtrim(pattern, '*') <> pattern"
"""The condition of the partial index on prefixes; a query must use exactly this text to use the index."""


def _of_those_on_the_list(column: str) -> Index:
    which = text("removed_at IS NULL")
    return Index(None, "business_id", column, sqlite_where=which, postgresql_where=which)


class BlockedCaller(SQLModel, table=True):
    """An entry of a business's block list. `pattern` is a number in E.164, a prefix followed by `*`, or "anonymous".

    A removed entry is kept for its counts. At most one entry per pattern is not removed.
    """

    __tablename__ = "blocked_callers"
    __table_args__ = (
        Index(
            "uq_blocked_callers_business_id_pattern",
            "business_id",
            "pattern",
            unique=True,
            sqlite_where=text("removed_at IS NULL"),
            postgresql_where=text("removed_at IS NULL"),
        ),
        Index(
            "ix_blocked_callers_prefixes",
            "business_id",
            "pattern",
            sqlite_where=text(f"removed_at IS NULL AND {IS_PREFIX}"),
            postgresql_where=text(f"removed_at IS NULL AND {IS_PREFIX}"),
        ),
        Index(None, "business_id", "created_at"),
        _of_those_on_the_list("until"),
        _of_those_on_the_list("last_stopped_at"),
    )

    id: str = key()
    business_id: str = refers_to("businesses.id")
    pattern: str = text_column(PATTERN_LENGTH)
    note: str = text_column(NOTE_LENGTH, default="")
    until: datetime | None = moment(default=None)
    created_by: str | None = refers_to("users.id", default=None)
    created_at: datetime = moment()
    removed_at: datetime | None = moment(default=None)
    last_stopped_at: datetime | None = moment(default=None)


class StopCount(SQLModel, table=True):
    """The number of calls that an entry stopped on a day."""

    __tablename__ = "stop_counts"
    __table_args__ = (Index(None, "blocked_caller_id", "day"), CLUSTERED)

    business_id: str = Field(primary_key=True, foreign_key="businesses.id", max_length=32)
    day: date = Field(primary_key=True)
    blocked_caller_id: str = Field(primary_key=True, foreign_key="blocked_callers.id", max_length=32)
    stopped: int = 0
