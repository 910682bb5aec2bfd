"""Businesses and their members."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from settings_ui.domain.access import Role
from settings_ui.domain.qualification import DEFAULT_THRESHOLD_S, LEAST_THRESHOLD_S, MOST_THRESHOLD_S
from settings_ui.domain.text import NAME_LENGTH
from settings_ui.models.base import key, moment, refers_to, text

ROLES = ", ".join(f"'{role}'" for role in Role)


class Business(SQLModel, table=True):
    """A tenant. `pay_per_call` says whether the add-on is active, `threshold_s` is the qualified threshold,
    `recount_since` is since when its daily counts need recounting for another time zone, and `recent_since` is the
    first day in its RecentDurations."""

    __tablename__ = "businesses"
    __table_args__ = (
        CheckConstraint(f"length(name) between 1 and {NAME_LENGTH}", name="name_length"),
        CheckConstraint(f"threshold_s between {LEAST_THRESHOLD_S} and {MOST_THRESHOLD_S}", name="threshold"),
    )

    id: str = key()
    name: str = text(NAME_LENGTH)
    time_zone: str = text(64, default="UTC")
    region: str = text(2, default="US")
    currency: str = text(3, default="USD")
    pay_per_call: bool = False
    threshold_s: int = Field(default=DEFAULT_THRESHOLD_S, sa_column_kwargs={"server_default": str(DEFAULT_THRESHOLD_S)})
    created_at: datetime = moment()
    recount_since: datetime | None = moment(default=None)
    recent_since: date | None = None


class Membership(SQLModel, table=True):
    """A user in a business with one role. `pay_per_call_access` can exclude one member from the add-on."""

    __tablename__ = "memberships"
    __table_args__ = (
        UniqueConstraint("user_id", "business_id"),
        CheckConstraint(f"role in ({ROLES})", name="role"),
    )

    id: str = key()
    user_id: str = refers_to("users.id")
    business_id: str = refers_to("businesses.id", index=True)
    role: str = text(16)
    pay_per_call_access: bool = True
    created_at: datetime = moment()
