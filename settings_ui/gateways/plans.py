"""The protocol of a provider with a catalogue and subscriptions."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from settings_ui.domain.payments import Checkout
from settings_ui.domain.plans import Invoice, ItemChange, Price, Quote, Subscription


class Plans(Protocol):
    """Plans, add-ons, rates and subscriptions. Every call raises what `Payments` raises; if a card is declined, it
    raises ProviderRefused with the decline code, and nothing has changed."""

    def catalogue(self) -> list[Price]:
        """Return all active prices; those that cannot be read are left out."""
        ...

    def subscriptions(self, customer: str) -> list[Subscription]:
        """Return the subscriptions of a customer, newest first, including ended ones."""
        ...

    def subscribe(self, customer: str, card: str, prices: Sequence[str], *, key: str) -> Subscription:
        """Start a subscription; its first month is charged to a saved card now, off-session."""
        ...

    def open_plan_checkout(self, customer: str, back_to: str, prices: Sequence[str], *, key: str) -> Checkout:
        """Return a checkout that starts a subscription."""
        ...

    def quote(self, customer: str, subscription: str | None, changes: Sequence[ItemChange], at: datetime) -> Quote:
        """Return what the changes of a subscription, or a new one, would cost now."""
        ...

    def change(self, subscription: str, changes: Sequence[ItemChange], at: datetime, *, key: str) -> Subscription:
        """Make the changes, charge their cost as of the moment of the quote, and resume a plan that was to end."""
        ...

    def end_with_period(self, subscription: str, *, ends: bool) -> Subscription:
        """Cancel a subscription at the end of its period, or resume it."""
        ...

    def pay_with(self, subscription: str, card: str) -> None:
        """Set the card that pays a subscription."""
        ...

    def invoices(self, customer: str) -> list[Invoice]:
        """Return the latest invoices of a customer, newest first, without drafts."""
        ...
