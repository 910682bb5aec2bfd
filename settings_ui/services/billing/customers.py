"""The customer of a business at the payment provider, and its saved cards."""

import logging
from datetime import datetime

from sqlmodel import Session, col, delete, select

from settings_ui.domain.payments import Card
from settings_ui.gateways.ports import Clock, Payments
from settings_ui.models import BillingAccount, Business, SavedCard
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.upsert import insert_into

log = logging.getLogger(__name__)


class Customers:
    """Maps businesses to customers, and mirrors their cards."""

    def __init__(self, database: Database, payments: Payments, clock: Clock) -> None:
        self._database = database
        self._payments = payments
        self._clock = clock

    def of(self, business_id: str) -> str:
        """Return the business's customer, creating it at the provider the first time, only once even if called
        concurrently. Raises what the provider raises."""
        with self._database.read() as session:
            account = session.get(BillingAccount, business_id)
            name = session.get_one(Business, business_id).name
        if account and account.customer:
            return account.customer
        number = account.customers if account else 0
        made = self._payments.create_customer(name, business=business_id, key=f"customer-{business_id}-{number}")
        with self._database.write() as session:
            held = lock_account(session, business_id)
            if held.customer is None:
                held.customer, held.customers = made, number + 1
                session.add(held)
            return held.customer or made

    def refresh(self, business_id: str) -> bool:
        """Read the business's cards from the provider and return whether anything changed.

        A customer deleted there is dropped with its cards; the next payment creates a new one.
        """
        with self._database.read() as session:
            account = session.get(BillingAccount, business_id)
        if account is None or account.customer is None:
            return False
        asked_at = self._clock.now()
        there = self._payments.customer(account.customer)
        cards = [] if there.deleted else self._payments.cards(account.customer)
        known = {card.id for card in cards}
        default = next((card for card in (there.default_card, account.default_card) if card in known), None)
        default = default or (cards[-1].id if cards else None)
        with self._database.write() as session:
            held = lock_account(session, business_id)
            if held.customer != account.customer or (held.cards_as_of and held.cards_as_of > asked_at):
                return False  # someone has read it since
            changed = self._mirror(session, business_id, cards) or held.default_card != default
            held.default_card, held.cards_as_of = default, asked_at
            if there.deleted:
                log.warning("the customer of %s was deleted at the provider", business_id)
                held.customer = None
                changed = True
            session.add(held)
        return changed

    @staticmethod
    def _mirror(session: Session, business_id: str, cards: list[Card]) -> bool:
        before = saved_cards(session, business_id)
        after = [_row(business_id, place, card) for place, card in enumerate(cards)]
        if [card.model_dump() for card in before] == [card.model_dump() for card in after]:
            return False
        session.exec(delete(SavedCard).where(col(SavedCard.business_id) == business_id))
        session.expunge_all()
        session.add_all(after)
        return True


def saved_cards(session: Session, business_id: str) -> list[SavedCard]:
    """Return the cards of a business as last read, newest first."""
    query = select(SavedCard).where(SavedCard.business_id == business_id).order_by(col(SavedCard.place))
    return list(session.exec(query))


def business_of(session: Session, customer: str) -> str | None:
    """Return the business of a customer, or None if the customer is not, or no longer, ours."""
    return session.exec(select(BillingAccount.business_id).where(BillingAccount.customer == customer)).first()


def lock_account(session: Session, business_id: str) -> BillingAccount:
    """Return the business's account, held until the transaction ends."""
    first = insert_into(session, BillingAccount).values(business_id=business_id, customers=0)
    session.connection().execute(first.on_conflict_do_nothing())
    held = select(BillingAccount).where(BillingAccount.business_id == business_id).with_for_update()
    return session.exec(held, execution_options={"populate_existing": True}).one()


def may_have_paid(account: BillingAccount, now: datetime) -> bool:
    """Whether a first plan may have been paid already: in checkout, or by a change that is not over."""
    return account.plan_checkout is not None or (account.busy_until is not None and account.busy_until > now)


def shown_card(card: Card | SavedCard) -> str:
    """Return the label of a card: Visa •••• 4242."""
    return f"{BRANDS.get(card.brand, card.brand.replace('_', ' ').title())} •••• {card.last4}"


def is_expired(card: Card | SavedCard, now: datetime) -> bool:
    """Whether the last day of the card's month is over."""
    return (card.exp_year, card.exp_month) < (now.year, now.month)


BRANDS = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "jcb": "JCB", "unionpay": "UnionPay"}


def _row(business_id: str, place: int, card: Card) -> SavedCard:
    return SavedCard(
        id=card.id,
        business_id=business_id,
        place=place,
        brand=card.brand[:32],
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
    )
