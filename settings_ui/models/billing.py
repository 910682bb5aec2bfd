"""The payment account of a business, its saved cards and top-ups. No card number is ever stored."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint, false
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from settings_ui.domain.payments import LEAST_CENTS, MOST_CENTS, PaymentState, Via
from settings_ui.models.base import ID_LENGTH, key, moment, refers_to, text

PROVIDER_ID_LENGTH = 255
_STATES = ", ".join(f"'{state}'" for state in PaymentState)
_VIAS = ", ".join(f"'{via}'" for via in Via)
_OPEN = sql("state in ('pending', 'needs_action')")
_IN_FLIGHT = sql("automatic AND state in ('pending', 'needs_action')")
_SET_ASIDE = sql("problem IS NOT NULL")


class BillingAccount(SQLModel, table=True):
    """A business as a customer of the payment provider; `cards_as_of` is when its cards were last read there.

    `customers` counts its customers so far: one deleted at the provider is replaced. Until `busy_until` someone is
    changing the plan or the cards, and nobody else may; `plan_checkout` is the open checkout for a plan.
    `plan_asked_by` is the user who has asked the provider, at `plan_asked_at`, for a change of the plan that has not
    been read from there yet.
    """

    __tablename__ = "billing_accounts"

    business_id: str = Field(primary_key=True, foreign_key="businesses.id", max_length=ID_LENGTH)
    customer: str | None = text(PROVIDER_ID_LENGTH, default=None, unique=True)
    customers: int = 0
    default_card: str | None = text(PROVIDER_ID_LENGTH, default=None)
    cards_as_of: datetime | None = moment(default=None)
    busy_until: datetime | None = moment(default=None)
    plan_checkout: str | None = text(PROVIDER_ID_LENGTH, default=None)
    plan_asked_by: str | None = text(ID_LENGTH, default=None)
    plan_asked_at: datetime | None = moment(default=None)


class SavedCard(SQLModel, table=True):
    """A card saved at the provider, as last read; the newest has `place` 0."""

    __tablename__ = "saved_cards"

    id: str = text(PROVIDER_ID_LENGTH, primary_key=True)
    business_id: str = refers_to("businesses.id", index=True)
    place: int
    brand: str = text(32)
    last4: str = text(4)
    exp_month: int
    exp_year: int


class TopUp(SQLModel, table=True):
    """A request to add funds, written before the provider is called, so that nothing is charged without a record.

    `attempt` is the token of the form: sent again, it is the same top-up. `payment` is known once the provider answers.
    A business has at most one `automatic` top-up in flight.
    """

    __tablename__ = "top_ups"
    __table_args__ = (
        UniqueConstraint("business_id", "attempt"),
        CheckConstraint(f"state in ({_STATES})", name="state"),
        CheckConstraint(f"via in ({_VIAS})", name="via"),
        CheckConstraint(f"cents between {LEAST_CENTS} and {MOST_CENTS}", name="cents"),
        Index("uq_top_ups_in_flight", "business_id", unique=True, sqlite_where=_IN_FLIGHT, postgresql_where=_IN_FLIGHT),
        Index("ix_top_ups_open", "business_id", "created_at", sqlite_where=_OPEN, postgresql_where=_OPEN),
    )

    id: str = key()
    business_id: str = refers_to("businesses.id")
    user_id: str | None = refers_to("users.id", default=None)
    attempt: str = text(64)
    via: str = text(16)
    automatic: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    cents: int = Field(sa_type=BigInteger)
    currency: str = text(3)
    customer: str | None = text(PROVIDER_ID_LENGTH, default=None)
    card: str | None = text(PROVIDER_ID_LENGTH, default=None)
    card_shown: str = text(64, default="")
    state: str = text(16, default=PaymentState.PENDING.value)
    problem: str = text(200, default="")
    payment: str | None = text(PROVIDER_ID_LENGTH, default=None, unique=True)
    checkout: str | None = text(PROVIDER_ID_LENGTH, default=None, unique=True)
    receipt_url: str | None = text(1000, default=None)
    created_at: datetime = moment()
    changed_at: datetime = moment()


class BillingEvent(SQLModel, table=True):
    """An event of the provider that was applied, or set aside because of `problem`."""

    __tablename__ = "billing_events"
    __table_args__ = (
        Index("ix_billing_events_set_aside", "received_at", sqlite_where=_SET_ASIDE, postgresql_where=_SET_ASIDE),
    )

    id: str = text(PROVIDER_ID_LENGTH, primary_key=True)
    type: str = text(100)
    about: str | None = text(PROVIDER_ID_LENGTH, default=None)
    created_at: datetime = moment()
    received_at: datetime = moment()
    problem: str | None = text(200, default=None)


class EventReading(SQLModel, table=True):
    """Until when all events are known that the provider lists, by its clock; the only row has id 1.

    Webhooks do not move it: one that came tells nothing of those that did not.
    """

    __tablename__ = "event_readings"

    id: int = Field(default=1, primary_key=True)
    until: datetime = moment()
