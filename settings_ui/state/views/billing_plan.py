"""What the cards Plan, Add-ons, Rates, Usage and Invoices of the Billing tab show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class RateView:
    """A rate: $0.0450 a minute, and the plan or add-on that sets it."""

    kind: str
    rate: str
    unit: str
    by: str


@dataclass(frozen=True)
class OfferView:
    """A plan or an add-on. `rates` says what usage costs with it; `on` says that it is active."""

    slug: str
    name: str
    about: str
    price: str
    on: bool
    rates: tuple[RateView, ...] = ()


@dataclass(frozen=True)
class LineView:
    """A line of the cost of a change."""

    text: str
    amount: str


@dataclass(frozen=True)
class UsageView:
    """The usage of one kind and its cost."""

    kind: str
    quantity: str
    cost: str


@dataclass(frozen=True)
class InvoiceView:
    """An invoice; `pay_url` is set while it is unpaid."""

    id: str
    number: str
    day: str
    total: str
    status: str
    look: str
    pdf_url: str
    pay_url: str
