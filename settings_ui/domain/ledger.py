"""The accounts of the ledger, and the kinds of transaction, each with its contra account."""

from collections.abc import Mapping
from enum import StrEnum


class LedgerAccount(StrEnum):
    """An account. `balance` is what we owe the business; the others are where money came from or went."""

    BALANCE = "balance"
    USAGE = "usage"
    PAYMENTS = "payments"
    ADJUSTMENTS = "adjustments"


class TransactionKind(StrEnum):
    """Why money moved."""

    TOP_UP = "top_up"
    USAGE = "usage"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"
    ADJUSTMENT = "adjustment"


AGAINST: Mapping[TransactionKind, LedgerAccount] = {
    TransactionKind.TOP_UP: LedgerAccount.PAYMENTS,
    TransactionKind.USAGE: LedgerAccount.USAGE,
    TransactionKind.REFUND: LedgerAccount.PAYMENTS,
    TransactionKind.REFUND_FAILED: LedgerAccount.PAYMENTS,
    TransactionKind.DISPUTE: LedgerAccount.PAYMENTS,
    TransactionKind.DISPUTE_WON: LedgerAccount.PAYMENTS,
    TransactionKind.ADJUSTMENT: LedgerAccount.ADJUSTMENTS,
}
"""The contra account of each kind of transaction; the other side is always the balance."""
