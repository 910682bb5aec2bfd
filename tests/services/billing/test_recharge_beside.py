"""Auto-recharge with other things going on: other businesses, funds added by hand, late outcomes, and settings changed
while it runs."""

from typing import Any

import pytest
from sqlmodel import col, select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.models import Activity, TopUp
from tests.sandbox.running import Running
from tests.services.billing.test_recharge import decide, draw, run, settings, subjects
from tests.services.billing.till import StandIn, Till, payments_of
from tests.support import FakeClock, add_business, add_member, mails, make_services

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def other(services: Services, till: Till, clock: FakeClock) -> Till:
    """Another business at the same provider."""
    return Till(services, till.sandbox, clock, add_member(services, add_business(services), Role.OWNER, clock))


def pending_recharge(till: Till) -> None:
    """Start a recharge whose outcome stays unknown."""
    till.sandbox.control("faults", fail=1, status=500)
    run(till)
    till.sandbox.control("faults")
    till.tick(minutes=1)


def test_each_business_is_recharged_by_its_own_balance_settings_and_cap(till: Till, other: Till) -> None:
    """Another business's charges in flight, spending and failures do not count."""
    other.card("pm_card_authenticationRequired")
    decide(other, cap="50")
    till.charge(till.card(), "60")
    decide(till, cap="50")
    run(till)
    assert [row.state for row in top_ups(till)] == ["needs_action", "succeeded"]
    assert till.charged() == [6_000]
    draw(till, 50)
    run(till)
    assert (till.charged(), till.balance) == ([5_000, 6_000], "$60.00")
    assert (settings(till).failures, settings(other).failures) == (0, 1)
    assert (other.charged(), subjects(till)) == ([], [])


def top_ups(till: Till) -> list[TopUp]:
    """Return all businesses' top-ups, ordered by state."""
    with till.services.database.read() as session:
        return list(session.exec(select(TopUp).order_by(col(TopUp.state))))


@on_sqlite
def test_funds_added_by_hand_neither_wait_for_a_recharge_nor_count_for_its_cap(till: Till) -> None:
    card = till.card()
    till.charge(card, "100")
    till.sandbox.control("faults", fail=1, status=500)
    assert till.charge(card, "25").state == "pending"
    till.sandbox.control("faults")
    draw(till, 100)
    decide(till, cap="50")
    run(till)
    assert (till.charged(), till.balance) == ([5_000, 10_000], "$50.00")


@on_sqlite
def test_a_refusal_uses_nothing_of_the_cap(till: Till) -> None:
    till.card("pm_card_chargeCustomerFail")
    decide(till, cap="50")
    run(till)
    assert str(till.services.billing.recharge.see(till.owner).this_month) == "$0.00"
    till.services.billing.cards.make_default(till.owner, till.card())
    till.tick(hours=1)
    run(till)
    assert (till.charged(), till.balance) == ([5_000], "$50.00")


@on_sqlite
def test_the_default_card_is_charged_whichever_is_newest(till: Till) -> None:
    default = till.card()
    till.card("pm_card_mastercard")
    decide(till)
    run(till)
    [made] = till.sandbox.sdk().payment_intents.list({"customer": till.customer}).data
    assert made.payment_method == default


def test_what_is_known_to_have_failed_only_later_is_told_once(till: Till, other: Till) -> None:
    """Funds added by hand since, or another business's recharge, do not count as a success of this one."""
    till.card("pm_card_chargeCustomerFail")
    decide(till)
    pending_recharge(till)
    assert (settings(till).failures, subjects(till)) == (0, [])
    till.charge(till.card())
    other.card()
    decide(other)
    run(other)
    till.reconcile()
    recharge = till.services.billing.recharge
    told = recharge.run()
    assert (told.value, len(told.topics)) == (1, 1)
    assert recharge.run().value == 0
    assert (settings(till).failures, subjects(till)) == (1, ["Auto-recharge failed"])
    assert till.charged() == [2_500]


@on_sqlite
def test_what_nobody_confirmed_in_time_is_told(till: Till) -> None:
    """No further charge is made while this one could still be confirmed."""
    till.card("pm_card_authenticationRequired")
    decide(till)
    run(till)
    till.tick(hours=27)
    run(till)
    assert len(top_ups(till)) == 1
    till.reconcile()
    till.services.billing.recharge.run()
    last = mails(till.services, "dana@example.com")[-1]
    assert "was not finished in time" in last.body


@on_sqlite
def test_what_was_decided_is_in_the_activity_with_what_has_changed(till: Till) -> None:
    till.card()
    decide(till)
    decide(till)
    till.tick(minutes=1)
    decide(till, cap="500", alert_level="  ")
    query = select(Activity).where(Activity.what == "changed auto-recharge").order_by(col(Activity.at))
    with till.services.database.read() as session:
        first, second = session.exec(query)
    assert (first.before["Auto-recharge"], first.after["Auto-recharge"]) == ("off", "on")
    assert (second.before, second.after) == ({"Monthly cap": "$1,000.00"}, {"Monthly cap": "$500.00"})


@on_sqlite
@pytest.mark.parametrize("turned_off", [True, False])
def test_what_is_decided_or_added_while_others_are_recharged_counts(
    services: Services, till: Till, other: Till, sandbox: Running, clock: FakeClock, turned_off: bool
) -> None:
    """Both are due when the job starts; while one is being charged, the other is turned off or funded by hand."""

    class Meanwhile(StandIn):
        def charge(self, customer: str, *given: object, **named: object) -> Any:
            second = {till.customer: other, other.customer: till}[customer]
            if turned_off:
                decide(second, on=False)
            else:
                second.charge(cards[second.customer], "20")
            return payments.charge(customer, *given, **named)  # type: ignore[arg-type]

    payments = payments_of(sandbox)
    cards = {each.customer: each.card() for each in (till, other)}
    for each in (till, other):
        decide(each)
    job = make_services(services.database.url, clock, payments=Meanwhile(payments))
    assert job.billing.recharge.run().value == 1
    job.database.close()
    assert sorted(till.charged() + other.charged()) == ([5_000] if turned_off else [2_000, 5_000])
