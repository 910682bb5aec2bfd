"""Bulk-inserts ledger transactions for a business."""

from datetime import datetime

from sqlmodel import insert

from settings_ui.models import LedgerBalance, LedgerEntry, LedgerTransaction
from settings_ui.services.billing.ledger import lock_balance
from settings_ui.services.kit.database import Database

BATCH = 10_000
DOLLAR = 1_000_000


def write_many(database: Database, business_id: str, count: int, at: datetime) -> None:
    """Append `count` one-dollar adjustments that satisfy every rule of the ledger."""
    with database.write() as session:
        connection, held = session.connection(), lock_balance(session, business_id, "USD")
        for start in range(held.transactions, held.transactions + count, BATCH):
            numbers = range(start + 1, min(start + BATCH, held.transactions + count) + 1)
            sides = [
                {"transaction_id": f"txn_{n}", "account": account, "business_id": business_id, "amount_micros": micros}
                for n in numbers
                for account, micros in (("balance", DOLLAR), ("adjustments", -DOLLAR))
            ]
            rows = [
                {
                    "id": f"txn_{n}",
                    "business_id": business_id,
                    "number": n,
                    "idempotency_key": f"many:{n}",
                    "kind": "adjustment",
                    "currency": "USD",
                    "amount_micros": DOLLAR,
                    "balance_micros": held.balance_micros + (n - held.transactions) * DOLLAR,
                    "description": "One of many",
                    "at": at,
                }
                for n in numbers
            ]
            connection.execute(insert(LedgerEntry), sides)
            connection.execute(insert(LedgerTransaction), rows)
        added = {"transactions": held.transactions + count, "balance_micros": held.balance_micros + count * DOLLAR}
        session.merge(LedgerBalance(business_id=business_id, currency=held.currency, **added))
