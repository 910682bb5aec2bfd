"""The statement of a business: balance, open top-ups, cards, and pages of transactions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.errors import Invalid
from settings_ui.domain.ledger import TransactionKind
from settings_ui.domain.money import Money
from settings_ui.domain.payments import PaymentState
from settings_ui.gateways.ports import Clock
from settings_ui.models import BillingAccount, Business, LedgerTransaction, SavedCard, TopUp
from settings_ui.services.billing.customers import saved_cards
from settings_ui.services.billing.ledger import balance_of
from settings_ui.services.kit.database import Database

PAGE, CHUNK = 25, 1000
SHOWN_FOR = timedelta(days=3)


@dataclass(frozen=True)
class StatementLine:
    """A transaction, with the provider's receipt if there is one."""

    row: LedgerTransaction
    receipt_url: str | None


@dataclass(frozen=True)
class Overview:
    """A business's money at one moment. `open_top_ups` are pending, need authentication, or failed in the last three
    days without a later success."""

    balance: Money
    transactions: int
    open_top_ups: tuple[TopUp, ...]
    cards: tuple[SavedCard, ...]
    default_card: str | None
    cards_as_of: datetime | None
    time_zone: str


class Statement:
    """Reading the money of the actor's business: from our own database, never from the provider."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def overview(self, actor: Actor) -> Overview:
        """Return the balance, open top-ups and saved cards."""
        require(actor, Capability.MANAGE_BILLING)
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            account = session.get(BillingAccount, business.id)
            last = _page(session, business.id, None, 1)
            return Overview(
                balance=balance_of(session, business.id, business.currency),
                transactions=last[0].number if last else 0,
                open_top_ups=self._open(session, business.id),
                cards=tuple(saved_cards(session, business.id)),
                default_card=account.default_card if account else None,
                cards_as_of=account.cards_as_of if account else None,
                time_zone=business.time_zone,
            )

    def balance(self, actor: Actor) -> Money:
        """Return the balance alone."""
        require(actor, Capability.MANAGE_BILLING)
        with self._database.read() as session:
            return balance_of(session, actor.business_id, session.get_one(Business, actor.business_id).currency)

    def page(self, actor: Actor, *, before: int | None = None, limit: int = PAGE) -> list[StatementLine]:
        """Return transactions, newest first; `before` is the number of the last one on the previous page."""
        require(actor, Capability.MANAGE_BILLING)
        if not 1 <= limit <= CHUNK or (before is not None and before < 0):
            raise Invalid("This page does not exist.")
        with self._database.read() as session:
            rows = _page(session, actor.business_id, before, limit)
            paid = [row.reference for row in rows if row.kind == TransactionKind.TOP_UP and row.reference]
            query = select(TopUp.payment, TopUp.receipt_url).where(col(TopUp.payment).in_(paid))
            receipts: dict[str | None, str | None] = dict(session.exec(query).all()) if paid else {}
        return [StatementLine(row, receipts.get(row.reference)) for row in rows]

    def rows(self, actor: Actor) -> Iterator[LedgerTransaction]:
        """Yield every transaction, newest first, reading a thousand at a time; new ones do not shift them."""
        before = None
        while rows := self.page(actor, before=before, limit=CHUNK):
            yield from (line.row for line in rows)
            before = rows[-1].row.number

    def _open(self, session: Session, business_id: str) -> tuple[TopUp, ...]:
        unknown = (PaymentState.PENDING.value, PaymentState.NEEDS_ACTION.value)
        since = self._clock.now() - SHOWN_FOR
        query = (
            select(TopUp)
            .where(TopUp.business_id == business_id)
            .where(
                col(TopUp.state).in_(unknown)
                | ((col(TopUp.state) == PaymentState.FAILED.value) & (col(TopUp.created_at) > since))
            )
            .order_by(col(TopUp.created_at).desc())
            .limit(10)
        )
        found = list(session.exec(query))
        paid = session.exec(
            select(TopUp.created_at)
            .where(TopUp.business_id == business_id, TopUp.state == PaymentState.SUCCEEDED.value)
            .order_by(col(TopUp.created_at).desc())
            .limit(1)
        ).first()
        return tuple(row for row in found if row.state != PaymentState.FAILED or paid is None or row.created_at > paid)


def _page(session: Session, business_id: str, before: int | None, limit: int) -> list[LedgerTransaction]:
    query = select(LedgerTransaction).where(LedgerTransaction.business_id == business_id)
    if before is not None:
        query = query.where(LedgerTransaction.number < before)
    return list(session.exec(query.order_by(col(LedgerTransaction.number).desc()).limit(limit)))
