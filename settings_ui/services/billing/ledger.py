"""Writing and reading the ledger of a business."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, insert, select

from settings_ui.domain.errors import Conflict
from settings_ui.domain.ids import new_id
from settings_ui.domain.ledger import AGAINST, LedgerAccount, TransactionKind
from settings_ui.domain.money import Money
from settings_ui.models import LedgerBalance, LedgerEntry, LedgerTransaction
from settings_ui.services.kit.upsert import insert_into


@dataclass(frozen=True)
class Movement:
    """A movement of a balance: `amount` is added to it, `key` names what must not happen twice in the business."""

    kind: TransactionKind
    key: str
    amount: Money
    description: str
    reference: str | None = None


def post(session: Session, business_id: str, movement: Movement, *, at: datetime) -> LedgerTransaction | None:
    """Post a movement in the caller's transaction and return it, or None if it was posted before.

    A business's movements are serialised: of two concurrent ones, the second waits until the first's transaction ends.
    Raises Conflict if the key was used for another amount, kind or currency, or the balance is kept in another
    currency.
    """
    held = lock_balance(session, business_id, movement.amount.currency)
    there = LedgerTransaction.business_id == business_id, LedgerTransaction.idempotency_key == movement.key
    before = session.exec(select(LedgerTransaction).where(*there)).first()
    if before is not None:
        if (before.kind, before.amount_micros, before.currency) != (
            movement.kind,
            movement.amount.micros,
            movement.amount.currency,
        ):
            raise Conflict("This is already in the ledger with another amount.")
        return None
    if movement.amount.currency != held.currency:
        raise Conflict(f"This balance is kept in {held.currency}.")
    if not movement.amount.micros:
        return None
    held.transactions += 1
    held.balance_micros += movement.amount.micros
    session.add(held)
    row = LedgerTransaction(
        id=new_id("txn"),
        business_id=business_id,
        number=held.transactions,
        idempotency_key=movement.key,
        kind=movement.kind.value,
        currency=held.currency,
        amount_micros=movement.amount.micros,
        balance_micros=held.balance_micros,
        description=movement.description,
        reference=movement.reference,
        at=at,
    )
    sides = {LedgerAccount.BALANCE: movement.amount.micros, AGAINST[movement.kind]: -movement.amount.micros}
    entries = [
        {"transaction_id": row.id, "account": account.value, "business_id": business_id, "amount_micros": micros}
        for account, micros in sides.items()
    ]
    session.connection().execute(insert(LedgerEntry), entries)
    session.connection().execute(insert(LedgerTransaction), [row.model_dump()])
    return row


def lock_balance(session: Session, business_id: str, currency: str) -> LedgerBalance:
    """Return the balance, locked until the transaction ends; created at zero in this currency the first time."""
    first = {"business_id": business_id, "currency": currency, "transactions": 0, "balance_micros": 0}
    session.connection().execute(insert_into(session, LedgerBalance).values(first).on_conflict_do_nothing())
    held = select(LedgerBalance).where(LedgerBalance.business_id == business_id).with_for_update()
    row = session.exec(held, execution_options={"populate_existing": True}).one()
    if not row.transactions:  # nothing has moved yet, so the business may have changed its currency
        row.currency = currency
    return row


def balance_of(session: Session, business_id: str, currency: str) -> Money:
    """Return the balance of a business from one row."""
    row = session.get(LedgerBalance, business_id)
    return Money(row.balance_micros, row.currency) if row else Money(0, currency)


def has_moved(session: Session, business_id: str) -> bool:
    """Whether money has ever moved; from then on the currency is fixed."""
    row = session.get(LedgerBalance, business_id)
    return row is not None and row.transactions > 0


def untrue_balances(session: Session) -> list[str]:
    """Return the businesses whose stored balance is not the sum of their entries, or whose entries do not sum to zero.

    Reads the whole ledger, so use it in `check` only.
    """
    sums = (
        select(
            LedgerEntry.business_id,
            func.sum(LedgerEntry.amount_micros).label("whole"),
            func.sum(LedgerEntry.amount_micros)
            .filter(col(LedgerEntry.account) == LedgerAccount.BALANCE)
            .label("balance"),
        )
        .group_by(col(LedgerEntry.business_id))
        .subquery()
    )
    wrong = (
        select(LedgerBalance.business_id)
        .outerjoin(sums, sums.c.business_id == col(LedgerBalance.business_id))
        .where(
            (func.coalesce(sums.c.whole, 0) != 0)
            | (func.coalesce(sums.c.balance, 0) != col(LedgerBalance.balance_micros))
        )
    )
    return list(session.exec(wrong))
