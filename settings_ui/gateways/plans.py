"""The protocol of a provider that keeps the catalogue and charges for plans."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from settings_ui.domain.payments import Checkout
from settings_ui.domain.plans import Invoice, ItemChange, Price, Quote, Subscription


class Plans(Protocol):
    """Plans, add-ons, rates and subscriptions. Every call raises what `Payments` raises; where a card is charged,
    ProviderRefused with the code of the decline leaves all as it was."""

    def catalogue(self) -> list[Price]:
        """Return all prices that are offered now; those that cannot be read are left out."""
        ...

    def subscriptions(self, customer: str) -> list[Subscription]:
        """Return the subscriptions of a customer, the newest first, ended ones too."""
        ...

    def subscribe(self, customer: str, card: str, prices: Sequence[str], *, key: str) -> Subscription:
        """Begin a subscription whose first month is charged to a saved card now, without its owner."""
        ...

    def open_plan_checkout(self, customer: str, back_to: str, prices: Sequence[str], *, key: str) -> Checkout:
        """Return a visit to the hosted page that begins a subscription."""
        ...

    def quote(self, customer: str, subscription: str | None, changes: Sequence[ItemChange], at: datetime) -> Quote:
        """Return what the changes of a subscription, or a new one, would cost at this moment."""
        ...

    def change(self, subscription: str, changes: Sequence[ItemChange], at: datetime, *, key: str) -> Subscription:
        """Make the changes and charge what they cost at the moment that was quoted."""
        ...

    def end_with_period(self, subscription: str, *, ends: bool) -> Subscription:
        """Let a subscription end with its period, or go on after all."""
        ...

    def pay_with(self, subscription: str, card: str) -> None:
        """Let a subscription be paid with this card."""
        ...

    def invoices(self, customer: str) -> list[Invoice]:
        """Return the latest invoices of a customer, the newest first, without drafts."""
        ...
