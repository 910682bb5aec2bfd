"""Stripe, or any server that implements its API, as the payment provider."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import stripe
from stripe import StripeClient

from settings_ui.domain.money import CENT, Money
from settings_ui.domain.payments import (
    Card,
    Checkout,
    CheckoutState,
    Customer,
    Dispute,
    Payment,
    PaymentState,
    Refund,
    declined,
)
from settings_ui.gateways.ports import ProviderRefused
from settings_ui.gateways.stripe_answers import PAGE, id_of, moment_of, once, translated
from settings_ui.gateways.stripe_events import StripeEvents
from settings_ui.gateways.stripe_plans import StripePlans

log = logging.getLogger(__name__)
VERSION = "2026-08-26.dahlia"
CONNECT_S, ANSWER_S = 3, 8
STATES = {
    "succeeded": PaymentState.SUCCEEDED,
    "canceled": PaymentState.CANCELED,
    "requires_action": PaymentState.NEEDS_ACTION,
}


class StripePayments(StripePlans, StripeEvents):
    """One client per process. `webhook_secret` may be empty: then no event is accepted."""

    def __init__(
        self,
        secret_key: str,
        webhook_secret: str,
        api_base: str,
        *,
        retries: int = 2,
        http_client: stripe.HTTPClient | None = None,
    ) -> None:
        self._webhook_secret = webhook_secret
        client = StripeClient(
            secret_key,
            stripe_version=VERSION,
            base_addresses={"api": api_base},
            max_network_retries=retries,
            http_client=http_client or stripe.RequestsClient(timeout=(CONNECT_S, ANSWER_S)),
        )
        self._stripe: Any = client.v1

    def create_customer(self, name: str, *, business: str, key: str) -> str:
        """Return the id of a new customer."""
        with translated():
            made = self._stripe.customers.create({"name": name, "metadata": {"business": business}}, once(key))
        return str(made.id)

    def customer(self, customer: str) -> Customer:
        """Return a customer as it is now."""
        with translated():
            found = self._stripe.customers.retrieve(customer)
        said = found.to_dict()
        if said.get("deleted"):
            return Customer(customer, deleted=True)
        settings = said.get("invoice_settings") or {}
        return Customer(customer, default_card=id_of(settings.get("default_payment_method")))

    def cards(self, customer: str) -> list[Card]:
        """Return the saved cards of a customer, newest first."""
        with translated():
            found = self._stripe.payment_methods.list({"customer": customer, "type": "card", "limit": PAGE})
            return [_card(method.to_dict()) for method in found.auto_paging_iter()]

    def set_default_card(self, customer: str, card: str) -> None:
        """Set the card that pays subscriptions."""
        with translated():
            self._stripe.customers.update(customer, {"invoice_settings": {"default_payment_method": card}})

    def remove_card(self, card: str) -> None:
        """Remove a card; does nothing if it does not exist."""
        try:
            with translated():
                self._stripe.payment_methods.detach(card)
        except ProviderRefused as refused:
            log.info("card %s was gone already: %s", card, refused.code)

    def charge(self, customer: str, card: str, amount: Money, *, top_up: str, description: str, key: str) -> Payment:
        """Charge a saved card off-session, and return the payment; a decline is a result too."""
        params = {
            "customer": customer,
            "payment_method": card,
            "amount": amount.micros // CENT,
            "currency": amount.currency.lower(),
            "confirm": True,
            "off_session": True,
            "payment_method_types": ["card"],
            "description": description,
            "metadata": {"top_up": top_up},
            "expand": ["latest_charge"],
        }
        with translated():
            try:
                return _payment(self._stripe.payment_intents.create(params, once(key)).to_dict())
            except stripe.CardError as refused:
                said: Any = refused.json_body
                intent = said["error"].get("payment_intent")
                if intent is None:
                    raise
                return _payment(intent)

    def payment(self, payment: str) -> Payment:
        """Return a payment as it is now, with its refunds and disputes."""
        with translated():
            intent = self._stripe.payment_intents.retrieve(payment, {"expand": ["latest_charge"]}).to_dict()
            of_this = {"payment_intent": payment, "limit": PAGE}
            refunds: list[Any] = []
            disputes: list[Any] = []
            if intent["status"] == "succeeded":
                refunds = list(self._stripe.refunds.list(of_this).auto_paging_iter())
            charge = intent.get("latest_charge")
            if isinstance(charge, dict) and charge.get("disputed"):
                disputes = list(self._stripe.disputes.list(of_this).auto_paging_iter())
        return _payment(
            intent,
            tuple(_refund(refund.to_dict()) for refund in refunds),
            tuple(_dispute(dispute.to_dict()) for dispute in disputes),
        )

    def payments(self, customer: str, since: datetime) -> Iterator[Payment]:
        """Yield the payments of a customer since then, without refunds and disputes."""
        params = {"customer": customer, "created": {"gte": int(since.timestamp())}, "limit": PAGE}
        with translated():
            for intent in self._stripe.payment_intents.list(params).auto_paging_iter():
                yield _payment(intent.to_dict())

    def cancel(self, payment: str) -> None:
        """Cancel a payment for good; raise ProviderRefused if it was made."""
        with translated():
            self._stripe.payment_intents.cancel(payment)

    def open_checkout(
        self, customer: str, back_to: str, *, amount: Money | None, top_up: str | None, description: str, key: str
    ) -> Checkout:
        """Return a checkout that pays this amount, or saves a card if no amount is given."""
        metadata = {"top_up": top_up} if top_up else {}
        params: dict[str, Any] = {
            "customer": customer,
            "payment_method_types": ["card"],
            "success_url": back_to,
            "cancel_url": back_to,
            "metadata": metadata,
        }
        if amount is None:
            params |= {"mode": "setup"}
        else:
            line = {
                "currency": amount.currency.lower(),
                "unit_amount": amount.micros // CENT,
                "product_data": {"name": description},
            }
            params |= {
                "mode": "payment",
                "line_items": [{"price_data": line, "quantity": 1}],
                "payment_intent_data": {"metadata": metadata, "description": description},
            }
        with translated():
            return _checkout(self._stripe.checkout.sessions.create(params, once(key)).to_dict())

    def checkout(self, checkout: str) -> Checkout:
        """Return a checkout as it is now."""
        with translated():
            return _checkout(self._stripe.checkout.sessions.retrieve(checkout).to_dict())

    def expire_checkout(self, checkout: str) -> None:
        """Expire a checkout, so that nothing is paid there; does nothing if it has ended."""
        try:
            with translated():
                self._stripe.checkout.sessions.expire(checkout)
        except ProviderRefused as refused:
            log.info("checkout %s had ended: %s", checkout, refused.code)

    def checkouts(self, customer: str, since: datetime) -> Iterator[Checkout]:
        """Yield the checkouts of a customer started since then."""
        params = {"customer": customer, "created": {"gte": int(since.timestamp())}, "limit": PAGE}
        with translated():
            for session in self._stripe.checkout.sessions.list(params).auto_paging_iter():
                yield _checkout(session.to_dict())


def _payment(said: dict[str, Any], refunds: tuple[Refund, ...] = (), disputes: tuple[Dispute, ...] = ()) -> Payment:
    error = said.get("last_payment_error") or {}
    codes = (error.get("decline_code"), error.get("code"))
    state = STATES.get(said["status"], PaymentState.PENDING)
    if said["status"] == "requires_payment_method" and error:
        state = PaymentState.NEEDS_ACTION if "authentication_required" in codes else PaymentState.FAILED
    charge = said.get("latest_charge")
    return Payment(
        id=said["id"],
        customer=id_of(said.get("customer")),
        state=state,
        cents=said["amount_received"] if state is PaymentState.SUCCEEDED else said["amount"],
        currency=said["currency"].upper(),
        top_up=_top_up(said),
        created_at=moment_of(said["created"]),
        receipt_url=charge.get("receipt_url") if isinstance(charge, dict) else None,
        problem=declined(codes[0] or codes[1]) if error else "",
        refunds=refunds,
        disputes=disputes,
    )


def _refund(said: dict[str, Any]) -> Refund:
    return Refund(said["id"], said["amount"], said["status"] in {"failed", "canceled"}, moment_of(said["created"]))


def _dispute(said: dict[str, Any]) -> Dispute:
    status = said["status"]
    withdrawn = not status.startswith("warning") and status != "prevented"
    return Dispute(said["id"], said["amount"], status == "won", withdrawn, moment_of(said["created"]))


def _card(said: dict[str, Any]) -> Card:
    card = said["card"]
    return Card(said["id"], card["brand"], card["last4"], card["exp_month"], card["exp_year"])


def _checkout(said: dict[str, Any]) -> Checkout:
    state = CheckoutState(said["status"])
    return Checkout(said["id"], state, said.get("url"), _top_up(said), id_of(said.get("payment_intent")))


def _top_up(said: dict[str, Any]) -> str | None:
    return (said.get("metadata") or {}).get("top_up") or None
