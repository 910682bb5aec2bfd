"""Payments, cards and what a payment provider says of them. Amounts are whole cents, currencies in capitals."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Card:
    """A saved card, as far as anyone may know it."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True)
class Customer:
    """Who pays: a business, at the provider."""

    id: str
    deleted: bool = False
    default_card: str | None = None


class PaymentState(StrEnum):
    """How far a payment is. `failed` can still be paid in another way, `canceled` and `succeeded` are final."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    NEEDS_ACTION = "needs_action"
    FAILED = "failed"
    CANCELED = "canceled"


@dataclass(frozen=True)
class Refund:
    """Money that went back, or is on its way: `lost` if it could not be given back after all."""

    id: str
    cents: int
    lost: bool
    created_at: datetime


@dataclass(frozen=True)
class Dispute:
    """A payment that the cardholder's bank took back; `won` if it came again."""

    id: str
    cents: int
    won: bool
    withdrawn: bool
    created_at: datetime


@dataclass(frozen=True)
class Payment:
    """A payment as it is now. `top_up` is the intent of ours that it was made for, if any; `cents` is what arrived."""

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
    """How far a visit to the provider's hosted page is."""

    OPEN = "open"
    COMPLETE = "complete"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Checkout:
    """A visit to the provider's hosted page: where it is, and the payment that it made."""

    id: str
    state: CheckoutState
    url: str | None
    top_up: str | None
    payment: str | None


class EventSubject(StrEnum):
    """What an event is about, as far as it matters to us."""

    PAYMENT = "payment"
    CHECKOUT = "checkout"
    CUSTOMER = "customer"
    SUBSCRIPTION = "subscription"
    CATALOGUE = "catalogue"
    OTHER = "other"


@dataclass(frozen=True)
class ProviderEvent:
    """That something changed at the provider: what it is about is asked for anew, so its order does not matter."""

    id: str
    type: str
    created_at: datetime
    subject: EventSubject
    subject_id: str | None
    customer: str | None


def declined(code: str | None) -> str:
    """Return why a card was refused and what to do, from the provider's code, for the one who pays."""
    return DECLINES.get(code or "", "The card was declined. Use another card, or ask your bank.")


DECLINES = {
    "authentication_required": "Your bank wants you to confirm this payment.",
    "insufficient_funds": "The card has insufficient funds. Use another card, or a smaller amount.",
    "expired_card": "The card has expired. Use another card.",
    "incorrect_cvc": "The security code is not right. Use the card again in checkout.",
    "processing_error": "The card could not be charged because of a fault at the bank. Try again in a while.",
    "lost_card": "The card was declined. Use another card, or ask your bank.",
}


class Via(StrEnum):
    """How funds are added: a saved card is charged, or their owner visits the provider's hosted page."""

    CARD = "card"
    CHECKOUT = "checkout"


LEAST_CENTS, MOST_CENTS = 1_000, 500_000
"""What can be added at once: $10 to $5,000."""
