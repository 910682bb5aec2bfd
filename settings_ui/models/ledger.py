"""The ledger: what each business paid in, used and got back; double-entry and append-only."""

from datetime import datetime

from sqlalchemy import DDL, BigInteger, CheckConstraint, Column, ForeignKey, Index, String, UniqueConstraint, event
from sqlmodel import Field, SQLModel

from settings_ui.domain.ledger import LedgerAccount, TransactionKind
from settings_ui.models.base import ID_LENGTH, key, moment, refers_to, text

_ACCOUNTS = ", ".join(f"'{account}'" for account in LedgerAccount)
_KINDS = ", ".join(f"'{kind}'" for kind in TransactionKind)


class LedgerTransaction(SQLModel, table=True):
    """A movement of money. `number` counts within the business from 1, `balance_micros` is the balance after it, and
    `idempotency_key` names what must not happen twice."""

    __tablename__ = "ledger_transactions"
    __table_args__ = (
        UniqueConstraint("business_id", "idempotency_key"),
        UniqueConstraint("business_id", "number"),
        CheckConstraint(f"kind in ({_KINDS})", name="kind"),
        Index(None, "business_id", "kind", "at"),
    )

    id: str = key()
    business_id: str = refers_to("businesses.id")
    number: int = Field(sa_type=BigInteger)
    idempotency_key: str = text(255)
    kind: str = text(16)
    currency: str = text(3)
    amount_micros: int = Field(sa_type=BigInteger)
    balance_micros: int = Field(sa_type=BigInteger)
    description: str = text(200)
    reference: str | None = text(255, default=None)
    at: datetime = moment()


class LedgerEntry(SQLModel, table=True):
    """One entry of a transaction. The entries sum to zero and are written before the transaction."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        CheckConstraint(f"account in ({_ACCOUNTS})", name="account"),
        CheckConstraint("amount_micros <> 0", name="amount"),
        Index(None, "business_id", "account"),
    )

    transaction_id: str = Field(
        sa_column=Column(
            String(ID_LENGTH),
            ForeignKey("ledger_transactions.id", deferrable=True, initially="DEFERRED"),
            primary_key=True,
        )
    )
    account: str = Field(primary_key=True, sa_type=String(16))
    business_id: str = refers_to("businesses.id")
    amount_micros: int = Field(sa_type=BigInteger)


class LedgerBalance(SQLModel, table=True):
    """The sum of an account's entries, stored so that reading it costs the same at a million entries. Its row is the
    lock that serialises the business's transactions."""

    __tablename__ = "ledger_balances"

    business_id: str = Field(primary_key=True, foreign_key="businesses.id", max_length=ID_LENGTH)
    currency: str = text(3)
    transactions: int = Field(default=0, sa_type=BigInteger)
    balance_micros: int = Field(default=0, sa_type=BigInteger)


_REFUSED = "the ledger is append-only"
_OPEN = "the entries of a transaction sum to zero and are written before it"
_ROW_SUM = """(SELECT count(*) >= 2 AND sum(amount_micros) = 0 AND min(business_id) = NEW.business_id
        AND max(business_id) = NEW.business_id FROM ledger_entries WHERE transaction_id = NEW.id)"""
_WRITTEN = "EXISTS (SELECT 1 FROM ledger_transactions WHERE id = NEW.transaction_id)"

SQLITE_TRIGGERS = [
    *[
        f"CREATE TRIGGER {table}_no_{what} BEFORE {what.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        for table in ("ledger_transactions", "ledger_entries")
        for what in ("update", "delete")
    ],
    f"CREATE TRIGGER ledger_transactions_whole BEFORE INSERT ON ledger_transactions WHEN NOT {_ROW_SUM} "
    f"BEGIN SELECT RAISE(ABORT, '{_OPEN}'); END",
    f"CREATE TRIGGER ledger_entries_before BEFORE INSERT ON ledger_entries WHEN {_WRITTEN} "
    f"BEGIN SELECT RAISE(ABORT, '{_OPEN}'); END",
]
POSTGRESQL_TRIGGERS = [
    f"CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{_REFUSED}' "
    "USING ERRCODE = 'integrity_constraint_violation'; END $$",
    "CREATE FUNCTION ledger_whole() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF NOT {_ROW_SUM} THEN RAISE EXCEPTION '{_OPEN}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
    "RETURN NEW; END $$",
    "CREATE FUNCTION ledger_before() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
    f"IF {_WRITTEN} THEN RAISE EXCEPTION '{_OPEN}' USING ERRCODE = 'integrity_constraint_violation'; END IF; "
    "RETURN NEW; END $$",
    *[
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
        for table in ("ledger_transactions", "ledger_entries")
    ],
    "CREATE TRIGGER ledger_transactions_whole BEFORE INSERT ON ledger_transactions "
    "FOR EACH ROW EXECUTE FUNCTION ledger_whole()",
    "CREATE TRIGGER ledger_entries_before BEFORE INSERT ON ledger_entries "
    "FOR EACH ROW EXECUTE FUNCTION ledger_before()",
]
for _dialect, _triggers in (("sqlite", SQLITE_TRIGGERS), ("postgresql", POSTGRESQL_TRIGGERS)):
    for _trigger in _triggers:
        event.listen(
            LedgerEntry.__table__,  # type: ignore[attr-defined]
            "after_create",
            DDL(_trigger).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]
        )
