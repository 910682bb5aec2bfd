"""Saved cards: added on the provider's page, one of them the default; a running plan always keeps one."""

from sqlmodel import Session

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.errors import Conflict, NotFound, Unavailable
from settings_ui.domain.ids import new_id
from settings_ui.gateways.ports import Clock, Payments, ProviderRefused
from settings_ui.models import BillingAccount, SavedCard
from settings_ui.services.billing.busy import alone
from settings_ui.services.billing.customers import Customers, lock_account, saved_cards, shown_card
from settings_ui.services.billing.provider_limits import ProviderLimits
from settings_ui.services.billing.settling import TOPIC
from settings_ui.services.billing.subscription import running_plan
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, topics
from settings_ui.services.kit.database import Database

GONE = "This card is no longer saved."
HEIR_GONE = "The card that would pay for the plan instead is no longer saved. Check your cards and try again."


class Cards:
    """The saved cards of the actor's business; the provider stores them, we know only the last four digits."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        payments: Payments,
        customers: Customers,
        limits: ProviderLimits,
        back_to: str,
    ) -> None:
        self._database = database
        self._clock = clock
        self._payments = payments
        self._customers = customers
        self._limits = limits
        self._back_to = back_to

    def add(self, actor: Actor) -> str:
        """Return the URL of the provider's page to save a card. Raises TooMany after 60 in an hour, Unavailable."""
        require(actor, Capability.MANAGE_BILLING)
        self._limits.page(actor)
        try:
            visit = self._payments.open_checkout(
                self._customers.of(actor.business_id),
                self._back_to,
                amount=None,
                top_up=None,
                description="",
                key=f"card-{new_id('add')}",
            )
        except ProviderRefused as refused:
            raise Unavailable("Cards cannot be added right now. Try again later.") from refused
        return visit.url or self._back_to

    def make_default(self, actor: Actor, card: str) -> Changed[None]:
        """Make a card the default, also for the plan.

        Raises NotFound for a card of another business or one that is gone at the provider, Conflict during another
        change of the cards or the plan.
        """
        require(actor, Capability.MANAGE_BILLING)
        with alone(self._database, self._clock, actor.business_id):
            self._make_default(actor, card)
        return Changed(None, topics(actor.business_id))

    def _make_default(self, actor: Actor, card: str) -> None:
        customer, found = self._own(actor, card)
        try:
            self._let_pay(customer, actor.business_id, card)
        except ProviderRefused as refused:
            self._read_again(actor.business_id)
            raise NotFound(GONE) from refused
        with self._database.write() as session:
            account = lock_account(session, actor.business_id)
            before = _shown(session, account.default_card)
            if account.default_card != card:
                account.default_card = card
                session.add(account)
                record(
                    session,
                    TOPIC,
                    "made a card the default",
                    at=self._clock.now(),
                    actor=actor,
                    before={"Default": before} if before else {},
                    after={"Default": shown_card(found)},
                )

    def remove(self, actor: Actor, card: str) -> Changed[str]:
        """Remove a card and return its label; succeeds if it is already gone at the provider.

        Raises NotFound for a card of another business, Conflict for the only card of a running plan, if the provider
        no longer accepts the card that would pay for it instead, or during another change of the cards or the plan.
        """
        require(actor, Capability.MANAGE_BILLING)
        with alone(self._database, self._clock, actor.business_id):
            return self._remove(actor, card)

    def _remove(self, actor: Actor, card: str) -> Changed[str]:
        customer, found = self._own(actor, card)
        with self._database.read() as session:
            others = [each.id for each in saved_cards(session, actor.business_id) if each.id != card]
            account = session.get_one(BillingAccount, actor.business_id)
            plan = running_plan(session, actor.business_id)
        if plan and not others:
            raise Conflict(
                "This is the only card, and it pays for the plan. Add another one first, or cancel the plan."
            )
        if plan:
            heir = account.default_card if account.default_card in others else others[0]
            try:
                self._let_pay(customer, actor.business_id, str(heir))
            except ProviderRefused as refused:
                self._read_again(actor.business_id)
                raise Conflict(HEIR_GONE) from refused
        self._payments.remove_card(card)
        with self._database.write() as session:
            account = lock_account(session, actor.business_id)
            row = session.get(SavedCard, card)
            if row is None:
                return Changed(shown_card(found), topics(actor.business_id))
            session.delete(row)
            session.flush()
            if account.default_card == card:
                left = saved_cards(session, actor.business_id)
                account.default_card = left[0].id if left else None
                session.add(account)
            record(
                session,
                TOPIC,
                "removed a card",
                at=self._clock.now(),
                actor=actor,
                before={"Card": shown_card(found)},
            )
        return Changed(shown_card(found), topics(actor.business_id))

    def refresh(self, actor: Actor) -> Changed[bool]:
        """Read the cards from the provider again, for example on return from its page. Raises Unavailable."""
        require(actor, Capability.MANAGE_BILLING)
        return Changed(self._read_again(actor.business_id), topics(actor.business_id))

    def _read_again(self, business_id: str) -> bool:
        try:
            return self._customers.refresh(business_id)
        except ProviderRefused as refused:
            raise Unavailable("Cards cannot be read from the payment provider right now.") from refused

    def _let_pay(self, customer: str, business_id: str, card: str) -> None:
        """Use this card for future payments, including the current plan."""
        self._payments.set_default_card(customer, card)
        with self._database.read() as session:
            plan = running_plan(session, business_id)
        if plan:
            self._payments.pay_with(plan.id, card)

    def _own(self, actor: Actor, card: str) -> tuple[str, SavedCard]:
        with self._database.read() as session:
            found = session.get(SavedCard, card)
            account = session.get(BillingAccount, actor.business_id)
        if found is None or found.business_id != actor.business_id or account is None or account.customer is None:
            raise NotFound(GONE)
        return account.customer, found


def _shown(session: Session, card: str | None) -> str:
    found = session.get(SavedCard, card) if card else None
    return shown_card(found) if found else ""
