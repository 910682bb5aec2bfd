"""The ledger: worked examples, what each database engine rejects, and that entries are immutable."""

from functools import partial

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import Conflict
from settings_ui.domain.ledger import AGAINST, LedgerAccount, TransactionKind
from settings_ui.domain.money import Money
from settings_ui.models import LedgerBalance, LedgerEntry, LedgerTransaction
from settings_ui.services.billing.ledger import Movement, balance_of, has_moved, post, untrue_balances
from tests.at_once import at_once
from tests.support import START, add_business


def move(
    services: Services, business: str, kind: TransactionKind, key: str, cents: int, currency: str = "USD"
) -> LedgerTransaction | None:
    with services.database.write() as session:
        return post(session, business, Movement(kind, key, Money.of_cents(cents, currency), "Test"), at=START)


def balance(services: Services, business: str) -> str:
    with services.database.read() as session:
        return str(balance_of(session, business, "USD"))


def sums(services: Services, business: str) -> dict[str, int]:
    """Return the sum of each account in cents."""
    asked = (
        select(LedgerEntry.account, func.sum(LedgerEntry.amount_micros))
        .where(LedgerEntry.business_id == business)
        .group_by(col(LedgerEntry.account))
    )
    with services.database.read() as session:
        return {account: int(micros) // 10_000 for account, micros in session.exec(asked)}


def test_a_month_as_a_textbook_would_have_it(services: Services, business: str) -> None:
    """100 paid in, 30 used, 20 refunded, 50 disputed and won: 50 remain, and the accounts show why."""
    assert not any_moved(services, business)
    for kind, key, cents in (
        (TransactionKind.TOP_UP, "payment:1", 10_000),
        (TransactionKind.USAGE, "usage:1", -3_000),
        (TransactionKind.REFUND, "refund:1", -2_000),
        (TransactionKind.DISPUTE, "dispute:1", -5_000),
        (TransactionKind.DISPUTE_WON, "dispute:1:won", 5_000),
    ):
        assert move(services, business, kind, key, cents) is not None
    assert balance(services, business) == "$50.00"
    assert sums(services, business) == {"balance": 5_000, "payments": -8_000, "usage": 3_000}
    assert any_moved(services, business)


def any_moved(services: Services, business: str) -> bool:
    with services.database.read() as session:
        return has_moved(session, business)


def test_each_transaction_has_its_number_and_the_balance_after_it(services: Services, business: str) -> None:
    rows = [move(services, business, TransactionKind.TOP_UP, f"payment:{n}", 1_000) for n in range(3)]
    assert [(row.number, row.balance_micros // 10_000) for row in rows if row] == [(1, 1000), (2, 2000), (3, 3000)]


def test_the_same_key_is_written_once(services: Services, business: str) -> None:
    assert move(services, business, TransactionKind.TOP_UP, "payment:1", 1_000) is not None
    assert move(services, business, TransactionKind.TOP_UP, "payment:1", 1_000) is None
    assert balance(services, business) == "$10.00"


@pytest.mark.parametrize(("kind", "cents"), [(TransactionKind.TOP_UP, 2_000), (TransactionKind.ADJUSTMENT, 1_000)])
def test_the_same_key_for_something_else_is_refused(
    services: Services, business: str, kind: TransactionKind, cents: int
) -> None:
    move(services, business, TransactionKind.TOP_UP, "payment:1", 1_000)
    with pytest.raises(Conflict):
        move(services, business, kind, "payment:1", cents)
    assert balance(services, business) == "$10.00"


def test_a_balance_has_one_currency(services: Services, business: str) -> None:
    move(services, business, TransactionKind.TOP_UP, "payment:1", 1_000)
    with pytest.raises(Conflict):
        move(services, business, TransactionKind.TOP_UP, "payment:2", 1_000, "EUR")


def test_nothing_moves_nothing_and_fixes_no_currency(services: Services, business: str) -> None:
    """A business that has paid nothing may still change its currency; later payments are credited in the new one."""
    assert move(services, business, TransactionKind.USAGE, "usage:1", 0) is None
    assert not any_moved(services, business)
    assert move(services, business, TransactionKind.TOP_UP, "payment:1", 1_000, "EUR") is not None
    assert any_moved(services, business)
    assert balance(services, business) == "€10.00"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_balance_that_was_read_before_is_read_again_once_it_is_locked(services: Services, business: str) -> None:
    """No lost update: an entry another process posted in between counts. SQLite has one writer at a time."""
    move(services, business, TransactionKind.TOP_UP, "payment:1", 1_000)
    with services.database.write() as session:
        seen = session.get_one(LedgerBalance, business)
        move(services, business, TransactionKind.TOP_UP, "payment:2", 2_000)
        third = Movement(TransactionKind.TOP_UP, "payment:3", Money.of_cents(4_000, "USD"), "Test")
        post(session, business, third, at=START)
        assert seen.transactions == 3
    assert balance(services, business) == "$70.00"


def test_each_business_has_its_own(services: Services, business: str) -> None:
    other = add_business(services)
    move(services, business, TransactionKind.TOP_UP, "payment:1", 1_000)
    assert move(services, other, TransactionKind.TOP_UP, "payment:1", 2_000) is not None
    assert (balance(services, business), balance(services, other)) == ("$10.00", "$20.00")


def test_many_at_once_are_each_written_and_one_key_once(services: Services, business: str) -> None:
    """24 concurrent posts, half of them with the same idempotency key."""
    keys = [f"payment:{n % 12}" for n in range(24)]
    at_once(*[partial(move, services, business, TransactionKind.TOP_UP, key, 1_000) for key in keys])
    assert balance(services, business) == "$120.00"
    with services.database.read() as session:
        assert sorted(session.exec(select(LedgerTransaction.number))) == list(range(1, 13))
        assert untrue_balances(session) == []


CHANGES = [
    "UPDATE ledger_transactions SET amount_micros = 1",
    "DELETE FROM ledger_transactions",
    "UPDATE ledger_entries SET amount_micros = 1",
    "DELETE FROM ledger_entries",
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_written_stays(services: Services, business: str, change: str) -> None:
    """The database itself rejects changes, even from direct SQL."""
    move(services, business, TransactionKind.TOP_UP, "payment:1", 1_000)
    with pytest.raises(IntegrityError, match="append-only"), services.database.write() as session:
        session.connection().execute(text(change))
    assert sums(services, business) == {"balance": 1_000, "payments": -1_000}


def write(session: Session, business: str, sides: dict[str, int], *, transaction: bool = True) -> None:
    for account, micros in sides.items():
        entry = {"transaction_id": "txn_1", "account": account, "business_id": business, "amount_micros": micros}
        session.connection().execute(LedgerEntry.__table__.insert(), entry)  # type: ignore[attr-defined]
    if transaction:
        row = LedgerTransaction(
            id="txn_1", business_id=business, number=1, idempotency_key="k", kind="top_up", currency="USD",
            amount_micros=1, balance_micros=1, description="", at=START,
        )  # fmt: skip
        session.add(row)
        session.flush()


@pytest.mark.parametrize("sides", [{}, {"balance": 1}, {"balance": 2, "payments": -1}])
def test_a_transaction_whose_sides_do_not_sum_to_zero_is_refused(
    services: Services, business: str, sides: dict[str, int]
) -> None:
    with pytest.raises(IntegrityError, match="sum to zero"), services.database.write() as session:
        write(session, business, sides)


def test_sides_of_another_business_are_refused(services: Services, business: str) -> None:
    other = add_business(services)

    def crossed(session: Session) -> None:
        write(session, other, {"balance": 1, "payments": -1}, transaction=False)
        write(session, business, {})

    with pytest.raises(IntegrityError, match="sum to zero"), services.database.write() as session:
        crossed(session)


def test_sides_without_a_transaction_are_refused_when_it_ends(services: Services, business: str) -> None:
    with pytest.raises(IntegrityError), services.database.write() as session:
        write(session, business, {"balance": 1, "payments": -1}, transaction=False)


def test_no_side_comes_after_its_transaction(services: Services, business: str) -> None:
    def late(session: Session) -> None:
        write(session, business, {"balance": 1, "payments": -1})
        write(session, business, {"usage": 1}, transaction=False)

    with pytest.raises(IntegrityError, match="before it"), services.database.write() as session:
        late(session)


def test_a_balance_that_is_not_its_sum_is_found(services: Services, business: str) -> None:
    """This is what `check` verifies."""
    other = add_business(services)
    for each in (business, other):
        move(services, each, TransactionKind.TOP_UP, "payment:1", 1_000)
    with services.database.read() as session:
        assert untrue_balances(session) == []
    with services.database.write() as session:
        session.get_one(LedgerBalance, business).balance_micros += 1
    with services.database.read() as session:
        assert untrue_balances(session) == [business]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_whatever_is_posted_in_any_order_the_books_balance(services: Services) -> None:
    """Compared with a model of plain sums, including repeated idempotency keys."""
    account = st.sampled_from(list(TransactionKind))

    class Books(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.business = add_business(services)
            self.written: dict[str, tuple[TransactionKind, int]] = {}

        @rule(kind=account, key=st.sampled_from("abcdef"), cents=st.integers(-(10**9), 10**9))
        def post(self, kind: TransactionKind, key: str, cents: int) -> None:
            same = self.written.get(key, (kind, cents)) == (kind, cents)
            try:
                row = move(services, self.business, kind, key, cents)
            except Conflict:
                assert not same
                return
            assert same
            assert (row is not None) == (key not in self.written and cents != 0)
            if cents:
                self.written[key] = (kind, cents)

        @invariant()
        def balanced(self) -> None:
            expected: dict[str, int] = {}
            for kind, cents in self.written.values():
                for side, amount in ((LedgerAccount.BALANCE, cents), (AGAINST[kind], -cents)):
                    expected[side.value] = expected.get(side.value, 0) + amount
            found = sums(services, self.business)
            assert {a: c for a, c in found.items() if c} == {a: c for a, c in expected.items() if c}
            assert sum(found.values()) == 0

    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Books, settings=hypothesis_settings(max_examples=15, stateful_step_count=20, deadline=None)
    )
