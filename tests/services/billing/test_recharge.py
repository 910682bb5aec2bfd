"""Auto-recharge: one charge in flight, a monthly cap, and backoff after a decline."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Conflict, DomainError, Forbidden, Invalid
from settings_ui.domain.ledger import TransactionKind
from settings_ui.domain.money import Money
from settings_ui.models import BillingSettings
from settings_ui.services.billing.ledger import Movement, post
from settings_ui.services.billing.recharge import kept_in
from tests.at_once import at_once
from tests.services.billing.till import Till
from tests.support import FakeClock, add_member, mails

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def decide(till: Till, **changes: object) -> None:
    """Recharge $50 below $20, up to $1,000 a month."""
    wanted = {"on": True, "threshold": "20", "amount": "50", "cap": "1000", "alert_level": ""} | changes
    till.services.billing.recharge.save(till.owner, **wanted)  # type: ignore[arg-type]


def draw(till: Till, dollars: float) -> None:
    """Use up this amount."""
    with till.services.database.write() as session:
        gone = Money(-round(dollars * 1_000_000), "USD")
        post(
            session,
            till.owner.business_id,
            Movement(TransactionKind.USAGE, till.attempt(), gone, "Usage"),
            at=till.clock.now(),
        )


def run(till: Till) -> None:
    """Run the job, a second later."""
    till.tick(seconds=1)
    till.services.billing.recharge.run()
    till.services.billing.levels.run()


def subjects(till: Till) -> list[str]:
    """Return the subjects of the owner's mails, without the business name."""
    return [mail.subject.partition(": ")[2] for mail in mails(till.services, "dana@example.com")]


def settings(till: Till) -> BillingSettings:
    return till.services.billing.recharge.see(till.owner).settings


def test_below_the_threshold_the_default_card_is_charged_once(till: Till) -> None:
    till.charge(till.card(), "25")
    decide(till)
    run(till)
    assert till.balance == "$25.00"
    draw(till, 5)
    run(till)
    assert till.balance == "$20.00", "at the threshold is not below it"
    draw(till, 0.01)
    run(till)
    run(till)
    assert till.balance == "$69.99"
    assert sorted(till.charged()) == [2_500, 5_000]
    till.assert_sound()


def test_several_processes_recharge_once(till: Till) -> None:
    till.card()
    decide(till)
    outcomes = at_once(*[till.services.billing.recharge.run for _ in range(6)])
    assert not [outcome for outcome in outcomes if isinstance(outcome, DomainError)]
    assert till.charged() == [5_000]
    till.assert_sound()


def test_while_a_charge_is_not_known_no_other_is_made(till: Till) -> None:
    """The charge succeeded but its answer was lost: reconciliation finds it, and it is credited once."""
    till.card()
    decide(till)
    till.sandbox.control("faults", cut_after_charge=True)
    for _ in range(3):
        run(till)
        till.tick(minutes=10)
    assert till.charged() == [5_000]
    assert till.balance == "$0.00"
    till.sandbox.control("faults")
    till.reconcile()
    run(till)
    assert (till.balance, till.charged()) == ("$50.00", [5_000])
    till.assert_sound()


def test_after_a_refusal_it_waits_longer_each_time_and_then_ends(till: Till) -> None:
    till.card("pm_card_chargeCustomerFail")
    decide(till)
    intents = till.sandbox.sdk().payment_intents

    def tries() -> int:
        return len(intents.list({"customer": till.customer, "limit": 100}).data)

    run(till)
    for hours, so_far in ((1, 1), (6, 2), (24, 3)):
        till.tick(hours=hours - 0.1)
        run(till)
        assert tries() == so_far, "too early"
        till.tick(hours=0.2)
        run(till)
        assert tries() == so_far + 1
    assert not settings(till).recharge
    till.tick(days=9)
    run(till)
    assert tries() == 4
    assert subjects(till) == ["Auto-recharge failed"] * 4
    assert "turned off" in mails(till.services, "dana@example.com")[-1].body


@on_sqlite
def test_saving_again_or_a_success_ends_the_waiting(till: Till) -> None:
    bad = till.card("pm_card_chargeCustomerFail")
    decide(till)
    run(till)
    assert "declined" in settings(till).problem
    good = till.card()
    till.services.billing.cards.make_default(till.owner, good)
    till.services.billing.cards.remove(till.owner, bad)
    run(till)
    assert till.charged() == []
    decide(till)
    run(till)
    assert till.charged() == [5_000]
    assert (settings(till).failures, settings(till).problem) == (0, "")
    assert till.services.billing.recharge.run().value == 0, "the earlier decline no longer counts"


def test_the_cap_of_a_month_is_told_once_and_ends_with_the_month(till: Till) -> None:
    till.card()
    decide(till, cap="100")
    capped = []
    for _ in range(4):
        run(till)
        draw(till, 50)
        capped.append(till.services.billing.recharge.see(till.owner).capped)
    assert till.charged() == [5_000, 5_000]
    assert capped == [False, True, True, True]
    assert str(till.services.billing.recharge.see(till.owner).this_month) == "$100.00"
    assert subjects(till).count("Auto-recharge reached its monthly cap") == 1
    decide(till, on=False, cap="100")
    assert not till.services.billing.recharge.see(till.owner).capped, "nothing will be charged"
    decide(till, cap="100")
    till.tick(days=28)
    run(till)
    assert till.charged() == [5_000] * 3


@on_sqlite
def test_without_a_card_it_is_told_and_charged_nothing(till: Till) -> None:
    card = till.card()
    decide(till)
    till.services.billing.cards.remove(till.owner, card)
    run(till)
    assert (till.charged(), subjects(till)) == ([], ["Auto-recharge failed"])
    with pytest.raises(Conflict, match="Add a card"):
        decide(till)
    decide(till, on=False)


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"threshold": "-1"}, "threshold"),
        ({"threshold": "5000.01"}, "threshold"),
        ({"threshold": "9" * 12}, "threshold"),
        ({"amount": "9.99"}, "amount"),
        ({"amount": "5,000.01"}, "amount"),
        ({"amount": "much"}, "amount"),
        ({"cap": "49.99"}, "cap"),
        ({"cap": "50000.01"}, "cap"),
        ({"alert_level": "low"}, "alert_level"),
    ],
)
def test_absurd_sizes_are_refused_at_their_field(till: Till, changes: dict[str, object], field: str) -> None:
    till.card()
    with pytest.raises(Invalid) as refused:
        decide(till, **changes)
    assert refused.value.field == field
    assert not settings(till).recharge


@on_sqlite
def test_who_may_not_bill_sees_and_decides_nothing(services: Services, till: Till, clock: FakeClock) -> None:
    member = add_member(services, till.owner.business_id, Role.MANAGER, clock)
    for deed in (
        lambda: services.billing.recharge.see(member),
        lambda: services.billing.recharge.save(member, on=True, threshold="1", amount="10", cap="10", alert_level=""),
        lambda: services.billing.usage.period(member),
        lambda: next(services.billing.usage.rows(member)),
        lambda: services.billing.plan.invoices(member),
    ):
        with pytest.raises(Forbidden):
            deed()


@on_sqlite
def test_of_two_who_decide_at_once_the_second_is_told(till: Till) -> None:
    """A cap that one lowered does not come back because the other changed the amount."""
    till.card()
    decide(till)
    recharge = till.services.billing.recharge
    seen = kept_in(recharge.see(till.owner).settings)
    decide(till, cap="100", seen=seen)
    with pytest.raises(Conflict, match="changed in the meantime"):
        decide(till, amount="75", seen=seen)
    row = recharge.see(till.owner).settings
    assert (row.amount_cents, row.cap_cents) == (5000, 10000)
    decide(till, cap="100", seen=seen)  # sent twice
    decide(till, amount="75", cap="100", seen=kept_in(row))
    assert recharge.see(till.owner).settings.amount_cents == 7500
