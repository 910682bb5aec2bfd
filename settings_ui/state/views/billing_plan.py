"""What the cards Plan, Add-ons, Rates, Usage and Invoices of the Billing tab show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OfferView:
    """A plan or an add-on. `rates` says in one line what usage costs with it; `on` that there is it now."""

    slug: str
    name: str
    about: str
    price: str
    on: bool
    rates: str = ""


@dataclass(frozen=True)
class RateView:
    """A rate in force: $0.0450 a minute, and the plan or add-on that sets it."""

    kind: str
    rate: str
    unit: str
    by: str


@dataclass(frozen=True)
class LineView:
    """A line of what a change costs."""

    text: str
    amount: str


@dataclass(frozen=True)
class UsageView:
    """What was used of a kind, and what it cost."""

    kind: str
    quantity: str
    cost: str


@dataclass(frozen=True)
class InvoiceView:
    """An invoice; `pay_url` is there while it is not paid."""

    id: str
    number: str
    day: str
    total: str
    status: str
    look: str
    pdf_url: str
    pay_url: str
