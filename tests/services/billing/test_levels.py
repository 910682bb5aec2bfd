"""Mail at zero and below the alert level: once per crossing, to those who can act on it."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.models import User
from tests.at_once import at_once
from tests.services.billing.test_recharge import decide, draw, run, subjects
from tests.services.billing.till import Till
from tests.statements import Statements
from tests.support import FakeClock, add_business, add_member, mails

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_zero_and_the_alert_level_are_told_once_each_time(till: Till) -> None:
    till.charge(till.card(), "25")
    decide(till, on=False, alert_level="10")
    run(till)
    assert subjects(till) == []
    draw(till, 15)
    run(till)
    assert subjects(till) == []
    draw(till, 0.01)
    for _ in range(3):
        run(till)
    assert subjects(till) == ["The balance is low"]
    draw(till, 9.99)
    for _ in range(3):
        run(till)
    assert subjects(till) == ["The balance is low", "The balance is used up"]
    till.charge(till.card(), "25")
    run(till)
    draw(till, 30)
    run(till)
    assert subjects(till) == ["The balance is low", "The balance is used up", "The balance is used up"]


@on_sqlite
def test_owners_and_admins_are_told_and_nobody_else(services: Services, till: Till, clock: FakeClock) -> None:
    business = till.owner.business_id
    for role in Role:
        add_member(services, business, role, clock, email=f"{role}@example.com")
    off = add_member(services, business, Role.ADMIN, clock, email="quiet@example.com")
    services.account.notices.choose(off, "billing", on=False)
    gone = add_member(services, business, Role.ADMIN, clock, email="gone@example.com")
    with services.database.write() as session:
        session.get_one(User, gone.user_id).disabled_at = clock.now()
    add_member(services, add_business(services), Role.OWNER, clock, email="elsewhere@example.com")
    till.charge(till.card(), "25")
    draw(till, 25)
    run(till)
    told = {mail.recipient for mail in mails(services)}
    assert told == {"dana@example.com", "owner@example.com", "admin@example.com"}


def used_up(till: Till) -> None:
    """Use up exactly what was paid."""
    till.charge(till.card(), "25")
    draw(till, 25)
    run(till)


@on_sqlite
def test_what_was_told_is_not_told_again_because_the_other_level_is_crossed(till: Till) -> None:
    """An alert level is set at zero balance; a small payment then leaves the balance still below it."""
    used_up(till)
    decide(till, on=False, alert_level="20")
    run(till)
    assert subjects(till) == ["The balance is used up"]
    till.charge(till.card(), "10")
    run(till)
    assert (till.balance, subjects(till)) == ("$10.00", ["The balance is used up"])


@on_sqlite
def test_a_balance_that_is_positive_again_is_not_called_low_without_an_alert_level(till: Till) -> None:
    used_up(till)
    till.charge(till.card(), "25")
    run(till)
    draw(till, 24.999999)
    run(till)
    assert subjects(till) == ["The balance is used up"]


@on_sqlite
def test_a_business_without_payments_or_usage_is_not_told(till: Till) -> None:
    draw(till, 0)
    decide(till, on=False, alert_level="10")
    run(till)
    assert subjects(till) == []


def test_several_processes_tell_once(till: Till) -> None:
    till.charge(till.card(), "25")
    decide(till, on=False, alert_level="10")
    levels = till.services.billing.levels
    for spent in (20, 5):
        draw(till, spent)
        assert sorted(at_once(*[levels.run] * 6)) == [0] * 5 + [1]
    assert sorted(subjects(till)) == ["The balance is low", "The balance is used up"]


@on_sqlite
def test_while_no_level_is_crossed_nothing_is_written_or_locked(till: Till) -> None:
    till.charge(till.card(), "25")
    with Statements(till.services) as said:
        assert till.services.billing.levels.run() == 0
    assert {statement.split()[0] for statement in said} <= {"SELECT", "ROLLBACK"}
