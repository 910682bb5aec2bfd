"""Stripe's test cards and their behaviour, by number and by token."""

from dataclasses import dataclass

from sandbox.errors import Object, Refused
from sandbox.world import new_id

INSUFFICIENT = "insufficient_funds"
GENERIC = "generic_decline"


@dataclass(frozen=True)
class Card:
    """A test card. `declines` is the decline code of charges, `saves` whether it can be saved anyway."""

    number: str
    token: str
    does: str
    brand: str = "visa"
    declines: str | None = None
    saves: bool = True
    authenticates: str = "never"  # never, setup (once, then works off-session), always


CARDS = (
    Card("4242424242424242", "pm_card_visa", "succeeds"),
    Card("5555555555554444", "pm_card_mastercard", "succeeds", brand="mastercard"),
    Card("378282246310005", "pm_card_amex", "succeeds", brand="amex"),
    Card("4000000000000002", "pm_card_visa_chargeDeclined", "is declined, when saved too", "visa", GENERIC, False),
    Card(
        "4000000000009995",
        "pm_card_visa_chargeDeclinedInsufficientFunds",
        "has insufficient funds, when saved too",
        declines=INSUFFICIENT,
        saves=False,
    ),
    Card(
        "4000002500003155",
        "pm_card_authenticationRequiredOnSetup",
        "asks for authentication once, then works off-session",
        authenticates="setup",
    ),
    Card(
        "4000002760003184",
        "pm_card_authenticationRequired",
        "asks for authentication on every charge, so off-session ones fail",
        authenticates="always",
    ),
    Card("4000000000000341", "pm_card_chargeCustomerFail", "can be saved, then is declined", declines=GENERIC),
)
BY_NUMBER = {card.number: card for card in CARDS}
BY_TOKEN = {card.token: card for card in CARDS}
MESSAGES = {
    INSUFFICIENT: "Your card has insufficient funds.",
    GENERIC: "Your card was declined.",
    "authentication_required": "Your card was declined. This transaction requires authentication.",
}


def card_of(method: Object) -> Card:
    """Return the test card behind a payment method."""
    return BY_NUMBER[method["_number"]]


def method_of(card: Card, now: int, month: int = 12, year: int = 2034) -> Object:
    """Return a new payment method with this card, not attached to a customer yet."""
    address = dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state"))
    return {
        "id": new_id("pm"),
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": {"address": address, "email": None, "name": None, "phone": None, "tax_id": None},
        "card": {
            "brand": card.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": "US",
            "display_brand": card.brand,
            "exp_month": month,
            "exp_year": year,
            "fingerprint": f"sandbox{card.number[-9:]}",
            "funding": "credit",
            "generated_from": None,
            "last4": card.number[-4:],
            "networks": {"available": [card.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": now,
        "customer": None,
        "customer_account": None,
        "livemode": False,
        "metadata": {},
        "type": "card",
        "_number": card.number,
        "_authenticated": False,
    }


def declined(code: str | None, **more: object) -> Refused:
    """Return the error for a declined card: 402, a card_error."""
    code = code or GENERIC
    kind = code if code == "authentication_required" else "card_declined"
    return Refused(402, "card_error", MESSAGES[code], code=kind, decline_code=code, **more)
