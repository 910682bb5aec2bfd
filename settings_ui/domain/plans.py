"""Plans, add-ons, and a business's subscription, as the provider reports them. Amounts are in micro-units."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from settings_ui.domain.money import Money

PAY_PER_CALL = "pay_per_call"
"""The add-on that gives members access to Payouts."""


class Offered(StrEnum):
    """What a price of the catalogue is for."""

    PLAN = "plan"
    ADD_ON = "add_on"
    RATE = "rate"


@dataclass(frozen=True)
class Price:
    """A price in the catalogue. A rate belongs to a plan or an add-on (`owner`, as in `Rate`); plans and add-ons are
    monthly, and named by `slug`."""

    id: str
    offered: Offered
    slug: str
    owner: str
    name: str
    description: str
    place: int
    micros: int
    currency: str
    increment_s: int
    created_at: datetime


class PlanStatus(StrEnum):
    """The status of a subscription, in the provider's words."""

    ACTIVE = "active"
    TRIALING = "trialing"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    PAUSED = "paused"
    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    CANCELED = "canceled"

    @property
    def runs(self) -> bool:
        """Whether its plan and add-ons are active. After a failed renewal they stay active for a while."""
        return self in (PlanStatus.ACTIVE, PlanStatus.TRIALING, PlanStatus.PAST_DUE)

    @property
    def ended(self) -> bool:
        """Whether it has ended for good."""
        return self in (PlanStatus.CANCELED, PlanStatus.INCOMPLETE_EXPIRED)


@dataclass(frozen=True)
class Item:
    """A plan or an add-on in a subscription, at the price that it started with."""

    id: str
    price: str
    offered: Offered
    slug: str
    micros: int


@dataclass(frozen=True)
class Subscription:
    """A subscription as it is now. `pay_url` is the page of an unpaid invoice."""

    id: str
    status: PlanStatus
    items: tuple[Item, ...]
    currency: str
    period_start: datetime
    period_end: datetime
    ends: bool
    created_at: datetime
    pay_url: str | None = None

    @property
    def plan(self) -> str | None:
        """The plan, or None if it is not one of ours."""
        return next((item.slug for item in self.items if item.offered is Offered.PLAN), None)

    @property
    def add_ons(self) -> tuple[str, ...]:
        """The add-ons that are on."""
        return tuple(item.slug for item in self.items if item.offered is Offered.ADD_ON)


@dataclass(frozen=True)
class ItemChange:
    """A new item at a price; an item (`id`) at another price, or removed when `price` is None."""

    price: str | None
    id: str | None = None


@dataclass(frozen=True)
class InvoiceLine:
    """A line of an invoice."""

    text: str
    amount: Money


@dataclass(frozen=True)
class Quote:
    """What a change costs today, line by line."""

    due: Money
    lines: tuple[InvoiceLine, ...]


@dataclass(frozen=True)
class Invoice:
    """An invoice of the plan."""

    id: str
    number: str
    status: str
    total: Money
    created_at: datetime
    pdf_url: str | None
    pay_url: str | None
