"""The statement of a business: balance, open top-ups, cards, and pages of transactions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from settings_ui.domain.access import Actor, Capability, require
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
            return Overview(
                balance=balance_of(session, business.id, business.currency),
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
        query = (
            select(LedgerTransaction, TopUp.receipt_url)
            .outerjoin(TopUp, col(TopUp.payment) == LedgerTransaction.reference)
            .where(LedgerTransaction.business_id == actor.business_id)
            .order_by(col(LedgerTransaction.number).desc())
        )
        if before is not None:
            query = query.where(LedgerTransaction.number < before)
        with self._database.read() as session:
            return [StatementLine(row, receipt_url) for row, receipt_url in session.exec(query.limit(limit))]

    def rows(self, actor: Actor) -> Iterator[LedgerTransaction]:
        """Yield every transaction, newest first, reading a thousand at a time; new ones do not shift them."""
        before = None
        while rows := self.page(actor, before=before, limit=CHUNK):
            yield from (line.row for line in rows)
            before = rows[-1].row.number

    def _open(self, session: Session, business_id: str) -> tuple[TopUp, ...]:
        mine, state, created_at = TopUp.business_id == business_id, col(TopUp.state), col(TopUp.created_at)
        paid = session.exec(select(func.max(TopUp.created_at)).where(mine, state == PaymentState.SUCCEEDED.value)).one()
        since = self._clock.now() - SHOWN_FOR
        failed = (state == PaymentState.FAILED.value) & (created_at > (max(since, paid) if paid else since))
        unknown = state.in_((PaymentState.PENDING.value, PaymentState.NEEDS_ACTION.value))
        shown = select(TopUp).where(mine, failed | unknown).order_by(unknown.desc(), created_at.desc())
        return tuple(session.exec(shown.limit(10)))
