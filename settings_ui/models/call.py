"""Calls, tracking numbers, and the counts that are updated with each call."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, Integer, SmallInteger, String, UniqueConstraint, false
from sqlalchemy import text as sql_text
from sqlmodel import Field, SQLModel

from settings_ui.domain.phone import MOST_LENGTH
from settings_ui.domain.qualification import MOST_DURATION_S, CallStatus
from settings_ui.models.base import CLUSTERED, key, moment, refers_to, text

PLATFORM_ID_LENGTH = 128
SOURCE_LENGTH = 100
NUMBER_LENGTH = 16
REACHED_S = (30, 60, 90, 120, 180, 240, 300, 420, 600, 900, 1800, 3600)
"""The lengths that DayCount counts: from any threshold to the nearest there are few seconds, or few calls."""
_STATUSES = ", ".join(f"'{status}'" for status in CallStatus)


class TrackingNumber(SQLModel, table=True):
    """A number that callers dial, and its source. A released number keeps its calls.

    Its months start on the day `paid_from`, and are charged until `paid_until`.
    """

    __tablename__ = "tracking_numbers"
    __table_args__ = (Index(None, "business_id", "number"),)

    id: str = key()
    business_id: str = refers_to("businesses.id")
    number: str = text(NUMBER_LENGTH)
    source: str = text(SOURCE_LENGTH)
    since: datetime = moment()
    released_at: datetime | None = moment(default=None)
    paid_from: date | None = None
    paid_until: date | None = None


class Call(SQLModel, table=True):
    """A call as reported by the platform; `id` is the platform's, unique within the business.

    `seq` orders calls of the same moment. `day` is the day of `started_at` in the business's time zone, `threshold_s`
    the threshold in force when the call was recorded. A `screened` call was stopped before the platform reported it;
    the report may still say that it was connected anyway. A reported call has `due_at` until it is charged; imported
    history never has.
    """

    __tablename__ = "calls"
    __table_args__ = (
        UniqueConstraint("business_id", "id"),
        CheckConstraint(f"status in ({_STATUSES})", name="status"),
        CheckConstraint(f"duration_s between 0 and {MOST_DURATION_S}", name="duration"),
        Index(None, "business_id", "started_at", "seq", "status", "duration_s"),
        Index(None, "business_id", "duration_s", "started_at", "seq", "status"),
        Index(None, "business_id", "status", "started_at", "seq"),
        Index(None, "business_id", "source", "started_at", "seq"),
        Index(None, "business_id", "from_number", "started_at", "seq"),
        Index(
            "ix_calls_due",
            "business_id",
            "seq",
            sqlite_where=sql_text("due_at IS NOT NULL"),
            postgresql_where=sql_text("due_at IS NOT NULL"),
        ),
        Index(
            None,
            "business_id",
            "blocked_caller_id",
            "started_at",
            sqlite_where=sql_text("blocked_caller_id IS NOT NULL"),
            postgresql_where=sql_text("blocked_caller_id IS NOT NULL"),
        ),
    )

    seq: int | None = Field(default=None, primary_key=True)
    business_id: str = refers_to("businesses.id")
    id: str = text(PLATFORM_ID_LENGTH)
    # SQLite never checks lengths, and to change one there would copy all calls.
    from_number: str = Field(sa_type=String(NUMBER_LENGTH).with_variant(String(MOST_LENGTH), "postgresql"))
    to_number: str = text(NUMBER_LENGTH)
    source: str = text(SOURCE_LENGTH)
    started_at: datetime = moment()
    duration_s: int = Field(sa_type=Integer)
    status: str = text(16)
    threshold_s: int = Field(sa_type=SmallInteger)
    blocked_caller_id: str | None = text(32, default=None)
    due_at: datetime | None = moment(default=None)
    screened: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class DurationCount(SQLModel, table=True):
    """The number of completed calls of one duration, per source and day."""

    __tablename__ = "duration_counts"
    __table_args__ = CLUSTERED

    business_id: str = Field(primary_key=True, foreign_key="businesses.id", max_length=32)
    day: date = Field(primary_key=True)
    source: str = Field(primary_key=True, max_length=SOURCE_LENGTH)
    duration_s: int = Field(primary_key=True)
    completed: int = 0


class RecentDuration(SQLModel, table=True):
    """The number of completed calls of one duration and source since the day `recent_since` of the business."""

    __tablename__ = "recent_durations"
    __table_args__ = CLUSTERED

    business_id: str = Field(primary_key=True, foreign_key="businesses.id", max_length=32)
    duration_s: int = Field(primary_key=True)
    source: str = Field(primary_key=True, max_length=SOURCE_LENGTH)
    completed: int = 0


def _reached() -> Any:
    return Field(default=0, sa_column_kwargs={"server_default": "0"})


class DayCount(SQLModel, table=True):
    """The calls of a source on a day. `qualified` is at the threshold in force now, `qualified_then` at the threshold
    that each call was recorded with, `reached_30` the completed calls of 30 seconds or more, and so on."""

    __tablename__ = "day_counts"
    __table_args__ = CLUSTERED

    business_id: str = Field(primary_key=True, foreign_key="businesses.id", max_length=32)
    day: date = Field(primary_key=True)
    source: str = Field(primary_key=True, max_length=SOURCE_LENGTH)
    calls: int = 0
    completed: int = 0
    stopped: int = 0
    qualified: int = 0
    qualified_then: int = 0
    reached_30: int = _reached()
    reached_60: int = _reached()
    reached_90: int = _reached()
    reached_120: int = _reached()
    reached_180: int = _reached()
    reached_240: int = _reached()
    reached_300: int = _reached()
    reached_420: int = _reached()
    reached_600: int = _reached()
    reached_900: int = _reached()
    reached_1800: int = _reached()
    reached_3600: int = _reached()
