"""What a ledger knows: accounts, and the kinds of transaction with the account that each is against."""

from collections.abc import Mapping
from enum import StrEnum


class Account(StrEnum):
    """Where money is. `balance` is what we owe the business; the others say where it came from or went."""

    BALANCE = "balance"
    USAGE = "usage"
    PAYMENTS = "payments"
    ADJUSTMENTS = "adjustments"


class Kind(StrEnum):
    """Why money moved."""

    TOP_UP = "top_up"
    USAGE = "usage"
    REFUND = "refund"
    REFUND_FAILED = "refund_failed"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"
    ADJUSTMENT = "adjustment"


AGAINST: Mapping[Kind, Account] = {
    Kind.TOP_UP: Account.PAYMENTS,
    Kind.USAGE: Account.USAGE,
    Kind.REFUND: Account.PAYMENTS,
    Kind.REFUND_FAILED: Account.PAYMENTS,
    Kind.DISPUTE: Account.PAYMENTS,
    Kind.DISPUTE_WON: Account.PAYMENTS,
    Kind.ADJUSTMENT: Account.ADJUSTMENTS,
}
"""The other side of each kind of transaction; one side is always the balance."""
