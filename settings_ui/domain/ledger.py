"""What a ledger knows: accounts, and the kinds of transaction with the account that each is against."""

from collections.abc import Mapping
from enum import StrEnum


class LedgerAccount(StrEnum):
    """Where money is. `balance` is what we owe the business; the others say where it came from or went."""

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
"""The other side of each kind of transaction; one side is always the balance."""
