"""The catalogue and each business's subscription as last read from the provider, and which plan was in force when."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index
from sqlmodel import Field, SQLModel

from settings_ui.domain.plans import Offered, PlanStatus
from settings_ui.models.base import ID_LENGTH, moment, refers_to, text

PROVIDER_ID_LENGTH = 255
SLUG_LENGTH = 64
_OFFERED = ", ".join(f"'{offered}'" for offered in Offered)
_STATUSES = ", ".join(f"'{status}'" for status in PlanStatus)


class CataloguePrice(SQLModel, table=True):
    """A price offered from `since` on; an archived one keeps its row, with `until`."""

    __tablename__ = "catalogue_prices"
    __table_args__ = (CheckConstraint(f"offered in ({_OFFERED})", name="offered"),)

    id: str = text(PROVIDER_ID_LENGTH, primary_key=True)
    offered: str = text(16)
    slug: str = text(SLUG_LENGTH)
    owner: str = text(SLUG_LENGTH + 8)
    name: str = text(200)
    description: str = text(500)
    place: int
    micros: int = Field(sa_type=BigInteger)
    currency: str = text(3)
    increment_s: int
    since: datetime = moment()
    until: datetime | None = moment(default=None)


class CatalogueReading(SQLModel, table=True):
    """When the catalogue was last read; its one row is the lock under which it is written."""

    __tablename__ = "catalogue_readings"

    id: int = Field(default=1, primary_key=True)
    as_of: datetime | None = moment(default=None)


class PlanSubscription(SQLModel, table=True):
    """A business's subscription as it was last read; `items` are those of `domain.plans.Item`."""

    __tablename__ = "plan_subscriptions"
    __table_args__ = (CheckConstraint(f"status in ({_STATUSES})", name="status"),)

    business_id: str = Field(primary_key=True, foreign_key="businesses.id", max_length=ID_LENGTH)
    id: str = text(PROVIDER_ID_LENGTH, unique=True)
    status: str = text(32)
    plan: str | None = text(SLUG_LENGTH, default=None)
    currency: str = text(3)
    items: list[dict[str, Any]] = Field(sa_column=Column(JSON, nullable=False))
    period_start: datetime = moment()
    period_end: datetime = moment()
    ends: bool
    pay_url: str | None = text(1000, default=None)
    as_of: datetime = moment(index=True)


class PlanInForce(SQLModel, table=True):
    """From when a business's usage is charged at the rates of a plan and its add-ons."""

    __tablename__ = "plans_in_force"
    __table_args__ = (Index(None, "business_id", "since"),)

    id: int | None = Field(default=None, primary_key=True)
    business_id: str = refers_to("businesses.id")
    since: datetime = moment()
    plan: str = text(SLUG_LENGTH)
    add_ons: list[str] = Field(sa_column=Column(JSON, nullable=False))
