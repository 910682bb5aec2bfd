"""The catalogue in Stripe: prices carry our scheme in their metadata (see sandbox/README.md)."""

import logging
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from settings_ui.domain.money import CENT, Money
from settings_ui.domain.payments import Checkout, CheckoutState
from settings_ui.domain.plans import (
    Invoice,
    InvoiceLine,
    Item,
    ItemChange,
    Offered,
    PlanStatus,
    Price,
    Quote,
    Subscription,
)
from settings_ui.domain.rates import MINUTE_S, MINUTES, MOST_INCREMENT_S, UsageKind, add_on_owner, plan_owner
from settings_ui.gateways.stripe_answers import PAGE, moment_of, once, translated

log = logging.getLogger(__name__)
INVOICES = 24
SLUG_LENGTH = 64


class StripePlans:
    """The part of Stripe's API for plans; `_stripe` is the client of the payments."""

    _stripe: Any

    def catalogue(self) -> list[Price]:
        """Return all active prices; those that cannot be read are left out, and the log says which."""
        params = {"active": True, "limit": PAGE, "expand": ["data.product"]}
        with translated():
            said = [price.to_dict() for price in self._stripe.prices.list(params).auto_paging_iter()]
        return [price for price in map(_price, said) if price]

    def subscriptions(self, customer: str) -> list[Subscription]:
        """Return the subscriptions of a customer, newest first, including ended ones."""
        params = {"customer": customer, "status": "all", "limit": PAGE, "expand": ["data.latest_invoice"]}
        with translated():
            return [
                _subscription(each.to_dict()) for each in self._stripe.subscriptions.list(params).auto_paging_iter()
            ]

    def subscribe(self, customer: str, card: str, prices: Sequence[str], *, key: str) -> Subscription:
        """Start a subscription; its first month is charged to a saved card now."""
        params = {
            "customer": customer,
            "items": [{"price": price} for price in prices],
            "default_payment_method": card,
            "payment_behavior": "error_if_incomplete",
            "expand": ["latest_invoice"],
        }
        with translated():
            return _subscription(self._stripe.subscriptions.create(params, once(key)).to_dict())

    def open_plan_checkout(self, customer: str, back_to: str, prices: Sequence[str], *, key: str) -> Checkout:
        """Return a checkout that starts a subscription."""
        params = {
            "customer": customer,
            "mode": "subscription",
            "payment_method_types": ["card"],
            "line_items": [{"price": price, "quantity": 1} for price in prices],
            "success_url": back_to,
            "cancel_url": back_to,
        }
        with translated():
            made = self._stripe.checkout.sessions.create(params, once(key)).to_dict()
        return Checkout(made["id"], CheckoutState(made["status"]), made.get("url"), None, None)

    def quote(self, customer: str, subscription: str | None, changes: Sequence[ItemChange], at: datetime) -> Quote:
        """Return what the changes of a subscription, or a new one, would cost now."""
        details: dict[str, Any] = {"items": [_row(change) for change in changes]}
        params: dict[str, Any] = {"customer": customer, "subscription_details": details}
        if subscription is not None:
            params["subscription"] = subscription
            details |= {"proration_behavior": "always_invoice", "proration_date": int(at.timestamp())}
        with translated():
            said = self._stripe.invoices.create_preview(params).to_dict()
        lines = tuple(
            InvoiceLine(line.get("description") or "", Money.of_cents(line["amount"], line["currency"].upper()))
            for line in said["lines"]["data"]
        )
        return Quote(Money.of_cents(said["amount_due"], said["currency"].upper()), lines)

    def change(self, subscription: str, changes: Sequence[ItemChange], at: datetime, *, key: str) -> Subscription:
        """Make the changes and charge their cost as of the moment of the quote.

        One call also resumes a plan that was to end, so that a change is made whole or not at all.
        """
        params = {
            "items": [_row(change) for change in changes],
            "cancel_at_period_end": False,
            "proration_behavior": "always_invoice",
            "proration_date": int(at.timestamp()),
            "payment_behavior": "error_if_incomplete",
            "expand": ["latest_invoice"],
        }
        with translated():
            return _subscription(self._stripe.subscriptions.update(subscription, params, once(key)).to_dict())

    def end_with_period(self, subscription: str, *, ends: bool) -> Subscription:
        """Cancel a subscription at the end of its period, or resume it."""
        params = {"cancel_at_period_end": ends, "expand": ["latest_invoice"]}
        with translated():
            return _subscription(self._stripe.subscriptions.update(subscription, params).to_dict())

    def pay_with(self, subscription: str, card: str) -> None:
        """Set the card that pays a subscription."""
        with translated():
            self._stripe.subscriptions.update(subscription, {"default_payment_method": card})

    def invoices(self, customer: str) -> list[Invoice]:
        """Return the latest invoices of a customer, newest first, without drafts."""
        with translated():
            found = self._stripe.invoices.list({"customer": customer, "limit": INVOICES}).to_dict()["data"]
        return [_invoice(said) for said in found if said["status"] != "draft"]


def _row(change: ItemChange) -> dict[str, Any]:
    at = {"id": change.id} if change.id else {}
    return at | ({"price": change.price} if change.price else {"deleted": True})


def _price(said: dict[str, Any]) -> Price | None:
    """Return a price as ours, or None if it does not follow the scheme or cannot be used; the log says why."""
    scheme: dict[str, str] = said.get("metadata") or {}
    try:
        offered = Offered(scheme.get("kind", ""))
    except ValueError:
        return None
    try:
        return _read(said, scheme, offered)
    except (ValueError, KeyError, TypeError, InvalidOperation) as error:
        log.warning("price %s cannot be used: %s", said["id"], error)
        return None


def _read(said: dict[str, Any], scheme: dict[str, str], offered: Offered) -> Price:
    recurring, product, increment_s = said.get("recurring"), said["product"], MINUTE_S
    if offered is Offered.RATE:
        kind = UsageKind(scheme["rate"])
        slug, owner = kind.value, plan_owner(scheme["plan"]) if "plan" in scheme else add_on_owner(scheme["add_on"])
        if kind in MINUTES:
            increment_s = int(scheme.get("increment_s", MINUTE_S))
        if not 1 <= increment_s <= MOST_INCREMENT_S:
            raise ValueError(f"an increment of {increment_s} s")
    else:
        slug, owner = scheme[offered.value], ""
        if not recurring or (recurring["interval"], recurring["interval_count"]) != ("month", 1):
            raise ValueError("it is not paid by the month")
    if not 1 <= len(slug) <= SLUG_LENGTH or len(owner) > SLUG_LENGTH + 8:
        raise ValueError("its name is too long")
    return Price(
        id=said["id"],
        offered=offered,
        slug=slug,
        owner=owner,
        name=str(product["name"])[:200],
        description=str(product.get("description") or "")[:500],
        place=int(scheme.get("order", 0)),
        micros=_micros(said["unit_amount_decimal"]),
        currency=said["currency"].upper(),
        increment_s=increment_s,
        created_at=moment_of(said["created"]),
    )


def _micros(cents: str) -> int:
    exact = Decimal(cents) * CENT
    if exact != int(exact) or not 0 <= exact < 10**15:
        raise ValueError(f"{cents} cents are no whole micro-units")
    return int(exact)


def _subscription(said: dict[str, Any]) -> Subscription:
    items = said["items"]["data"]
    invoice = said.get("latest_invoice")
    pay_url = invoice.get("hosted_invoice_url") if isinstance(invoice, dict) and invoice["status"] == "open" else None
    return Subscription(
        id=said["id"],
        status=PlanStatus(said["status"]),
        items=tuple(item for item in map(_item, items) if item),
        currency=said["currency"].upper(),
        period_start=moment_of(min(item["current_period_start"] for item in items)),
        period_end=moment_of(max(item["current_period_end"] for item in items)),
        ends=bool(said["cancel_at_period_end"] or said.get("cancel_at")),
        created_at=moment_of(said["created"]),
        pay_url=pay_url,
    )


def _item(said: dict[str, Any]) -> Item | None:
    price = said["price"]
    scheme = price.get("metadata") or {}
    kind = scheme.get("kind")
    if kind not in (Offered.PLAN, Offered.ADD_ON) or kind not in scheme:
        return None
    amount = _micros(price["unit_amount_decimal"]) * int(said.get("quantity") or 1)
    return Item(said["id"], price["id"], Offered(kind), scheme[kind][:SLUG_LENGTH], amount)


def _invoice(said: dict[str, Any]) -> Invoice:
    return Invoice(
        id=said["id"],
        number=said.get("number") or "",
        status=said["status"],
        total=Money.of_cents(said["total"], said["currency"].upper()),
        created_at=moment_of(said["created"]),
        pdf_url=said.get("invoice_pdf"),
        pay_url=said.get("hosted_invoice_url") if said["status"] == "open" else None,
    )
