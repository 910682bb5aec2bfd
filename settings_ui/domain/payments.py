"""Payments and cards, as the payment provider reports them. Amounts are whole cents, currencies in upper case."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Card:
    """A saved card, with the only details that we may know."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True)
class Customer:
    """The provider's customer for a business."""

    id: str
    deleted: bool = False
    default_card: str | None = None


class PaymentState(StrEnum):
    """The state of a payment. `failed` can still be paid another way; `canceled` and `succeeded` are final."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    NEEDS_ACTION = "needs_action"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True)
class Refund:
    """A refund, completed or on its way; `lost` if it did not arrive after all."""

    id: str
    cents: int
    lost: bool
    created_at: datetime


@dataclass(frozen=True)
class Dispute:
    """A payment that the cardholder's bank took back; `won` if it was returned to us."""

    id: str
    cents: int
    won: bool
    withdrawn: bool
    created_at: datetime


@dataclass(frozen=True)
class Payment:
    """A payment as it is now. `top_up` is our top-up that it pays for, if any; `cents` is the amount received."""

    id: str
    customer: str | None
    state: PaymentState
    cents: int
    currency: str
    top_up: str | None
    created_at: datetime
    receipt_url: str | None = None
    problem: str = ""
    refunds: tuple[Refund, ...] = ()
    disputes: tuple[Dispute, ...] = ()


class CheckoutState(StrEnum):
    """The state of a visit to the provider's hosted page."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Checkout:
    """A visit to the provider's hosted page: its URL, and the payment made there."""

    id: str
    state: CheckoutState
    url: str | None
    top_up: str | None
    payment: str | None


class EventSubject(StrEnum):
    """What an event is about, limited to what we handle."""

    PAYMENT = "payment"
    CHECKOUT = "checkout"
    CUSTOMER = "customer"
    SUBSCRIPTION = "subscription"
    CATALOGUE = "catalogue"
    OTHER = "other"


@dataclass(frozen=True)
class ProviderEvent:
    """Something changed at the provider. Its object is fetched again, so the order of events does not matter."""

    id: str
    type: str
    created_at: datetime
    subject: EventSubject
    subject_id: str | None
    customer: str | None


def declined(code: str | None) -> str:
    """Return, for the payer, why a card was declined and what to do, from the provider's code."""
    return DECLINES.get(code or "", "The card was declined. Use another card, or ask your bank.")


DECLINES = {
    "authentication_required": "Your bank wants you to confirm this payment.",
    "insufficient_funds": "The card has insufficient funds. Use another card, or a smaller amount.",
    "expired_card": "The card has expired. Use another card.",
    "incorrect_cvc": "The security code is incorrect. Enter the card again in checkout.",
    "processing_error": "The card could not be charged because of a problem at the bank. Try again later.",
    "lost_card": "The card was declined. Use another card, or ask your bank.",
}


class Via(StrEnum):
    """How funds are added: by charging a saved card, or on the provider's hosted page."""

    CARD = "card"
    CHECKOUT = "checkout"


LEAST_CENTS, MOST_CENTS = 1_000, 500_000
"""The limits of one top-up: $10 to $5,000."""
