"""Stripe's events: signed webhooks and the event list."""

import json
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import stripe

from settings_ui.domain.errors import Invalid
from settings_ui.domain.payments import EventSubject, ProviderEvent
from settings_ui.gateways.stripe_answers import PAGE, id_of, moment_of, translated

TOLERANCE_S = 300
SUBJECTS = {
    "payment_intent.": (EventSubject.PAYMENT, "id"),
    "charge.": (EventSubject.PAYMENT, "payment_intent"),
    "refund.": (EventSubject.PAYMENT, "payment_intent"),
    "checkout.session.": (EventSubject.CHECKOUT, "id"),
    "payment_method.": (EventSubject.CUSTOMER, "customer"),
    "setup_intent.": (EventSubject.CUSTOMER, "customer"),
    "customer.subscription.": (EventSubject.SUBSCRIPTION, "id"),
    "customer.": (EventSubject.CUSTOMER, "id"),
    "invoice.": (EventSubject.SUBSCRIPTION, "customer"),
    "price.": (EventSubject.CATALOGUE, "id"),
    "product.": (EventSubject.CATALOGUE, "id"),
}
"""Prefix of an event's type -> what it is about, and which field has its id. The first match counts."""


class StripeEvents:
    """The part of Stripe's API for events; `_stripe` is the client of the payments."""

    _stripe: Any
    _webhook_secret: str

    def events(self, since: datetime) -> Iterator[ProviderEvent]:
        """Yield the events since then, newest first."""
        params = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
        with translated():
            for event in self._stripe.events.list(params).auto_paging_iter():
                yield _event(event.to_dict())

    def verified(self, body: bytes, signature: str) -> ProviderEvent:
        """Return the event if Stripe signed it within the last five minutes; raise Invalid otherwise."""
        if not self._webhook_secret:
            raise Invalid("No webhook secret is set.")
        try:
            text = body.decode()
            stripe.WebhookSignature.verify_header(text, signature, self._webhook_secret, TOLERANCE_S)
            if _signed_at(signature) > time.time() + TOLERANCE_S:
                raise Invalid("The signature is from the future.")
            return _event(json.loads(text))
        except (ValueError, KeyError, TypeError, AttributeError, stripe.SignatureVerificationError) as error:
            raise Invalid("This event is not signed by Stripe.") from error


def _event(said: dict[str, Any]) -> ProviderEvent:
    kind, about = said["type"], said["data"]["object"]
    subject, place = next(
        (found for beginning, found in SUBJECTS.items() if kind.startswith(beginning)), (EventSubject.OTHER, "id")
    )
    customer = about.get("id") if about.get("object") == "customer" else about.get("customer")
    return ProviderEvent(
        said["id"], kind, moment_of(said["created"]), subject, id_of(about.get(place)), id_of(customer)
    )


def _signed_at(signature: str) -> float:
    return float(next(part[2:] for part in signature.split(",") if part.startswith("t=")))
