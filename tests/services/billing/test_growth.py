"""With 100,000 transactions, the tab reads only those it shows."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.ledger import TransactionKind
from settings_ui.domain.money import Money
from settings_ui.services.billing.ledger import Movement, balance_of, post
from tests.least import least_ms
from tests.services.billing.many import write_many
from tests.services.billing.till import Till
from tests.support import START

MANY = 100_000


@pytest.fixture
def many(services: Services, owner: Actor) -> None:
    """Gives the owner's business `MANY` transactions."""
    write_many(services.database, owner.business_id, MANY, START)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_tab_costs_the_same_at_a_hundred_thousand_transactions(
    services: Services, till: Till, owner: Actor, many: None
) -> None:
    """Balance, first page and a middle page take at most 50 ms in total; the tab's budget in a browser is 300 ms."""
    statement = services.billing.statement

    def look() -> None:
        seen = statement.overview(owner)
        first, middle = statement.page(owner), statement.page(owner, before=MANY // 2)
        assert str(seen.balance) == "$100,000.00"
        assert (first[0].row.number, middle[0].row.number) == (MANY, MANY // 2 - 1)

    assert least_ms(look, enough_ms=50) <= 50
    with services.database.write() as session:
        post(
            session,
            owner.business_id,
            Movement(TransactionKind.TOP_UP, "one more", Money(1_000_000, "USD"), "Test"),
            at=START,
        )
        assert balance_of(session, owner.business_id, "USD").micros == (MANY + 1) * 1_000_000
