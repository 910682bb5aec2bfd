"""Usage while a first plan is being paid for: charged from the plan's start at the provider, whenever we learn of it;
and the add-on granted by the operator before and after a plan."""

from collections import Counter

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import Conflict
from settings_ui.gateways.ports import ProviderRefused
from settings_ui.models import BillingAccount, Business, UsageDay
from tests.sandbox.running import Running
from tests.services.billing.line import LOCAL, Line, numbers
from tests.services.billing.plans import pays_per_call, seen
from tests.services.billing.till import StandIn, Till, payments_of
from tests.support import FakeClock, make_services

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def line(till: Till) -> Line:
    """The line of a business without a plan, with the catalogue loaded."""
    till.services.billing.catalogue.refresh()
    return Line(till)


def visit(till: Till, plan: str = "starter", *add_ons: str) -> str:
    """Start checkout for a plan with a new card; return the URL of the provider's page."""
    return till.services.billing.plan.checkout(till.owner, plan, add_ons, till.attempt()).value


def quantities(till: Till) -> dict[str, int]:
    found: Counter[str] = Counter()
    with till.services.database.read() as session:
        for row in session.exec(select(UsageDay)):
            found[row.kind] += row.quantity
    return dict(found)


def test_usage_between_paying_in_checkout_and_hearing_of_it_is_charged(line: Line) -> None:
    """Usage before the payment is not charged. Both charging runs take place before we learn of the payment."""
    till = line.till
    url = visit(till)
    till.tick(minutes=1)
    line.call(600)
    line.run()
    till.tick(minutes=1)
    till.sandbox.submit(url)
    till.tick(minutes=1)
    line.call(60)
    till.services.numbers.add(till.owner, LOCAL, "Google Ads")
    assert line.cost() == {}
    till.reconcile()
    assert line.cost() == {"local_minute": 45_000, "call": 10_000, "local_number": 3_000_000}
    assert quantities(till) == {"local_minute": 660, "call": 2, "local_number": 1}
    assert numbers(line)[0][2] == "Local numbers on 2026-03-04: 1 number"


@on_sqlite
def test_usage_waits_no_longer_than_the_visit(line: Line) -> None:
    """An unpaid checkout that expires, and one the provider no longer knows."""
    till = line.till
    visit(till)
    line.call(60)
    till.reconcile()
    assert line.run() == 0, "the checkout may still be paid"
    till.advance(1.1)
    assert line.run() == 1
    assert line.cost() == {}
    with till.services.database.write() as session:
        account = session.get_one(BillingAccount, till.owner.business_id)
        assert account.plan_checkout is None
        account.plan_checkout = "cs_nowhere"
    line.call(60)
    assert line.run() == 0
    till.reconcile()
    assert (line.run(), quantities(till)) == (1, {"local_minute": 120, "call": 2})


@on_sqlite
def test_a_later_visit_is_not_forgotten_with_an_earlier_one(line: Line) -> None:
    till = line.till
    visit(till)
    url = visit(till, "growth")
    till.reconcile()
    line.call(60)
    assert line.run() == 0
    till.sandbox.submit(url)
    till.reconcile()
    assert line.cost() == {"local_minute": 35_000, "call": 5_000}


@on_sqlite
def test_usage_while_a_card_is_being_charged_for_the_plan_is_charged_as_well(
    line: Line, services: Services, sandbox: Running, clock: FakeClock
) -> None:
    """Race: another process charges usage after the provider has answered, before we have stored the plan."""
    till = line.till
    card = till.card()

    class Meanwhile(StandIn):
        def subscribe(self, *given: object, **named: object) -> object:
            made = payments.subscribe(*given, **named)  # type: ignore[arg-type]
            line.call(60)
            assert line.run() == 0
            return made

    payments = payments_of(sandbox)
    other = make_services(services.database.url, clock, payments=Meanwhile(payments))
    other.billing.plan.choose(till.owner, "starter", (), card, till.attempt())
    other.database.close()
    assert line.cost() == {"local_minute": 45_000, "call": 10_000}


@on_sqlite
def test_whoever_has_had_a_plan_puts_nothing_off_by_opening_a_checkout(line: Line) -> None:
    """The old rates keep applying; the new plan's rates apply from when it was paid."""
    till = line.till
    till.plan("starter")
    till.services.billing.plan.cancel(till.owner)
    till.advance(32)
    url = visit(till, "growth")
    line.call(60)
    assert line.cost() == {"local_minute": 45_000, "call": 10_000}
    till.sandbox.submit(url)
    till.tick(seconds=10)
    line.call(60)
    till.tick(minutes=4)
    till.reconcile()
    assert line.cost() == {"local_minute": 45_000 + 35_000, "call": 10_000 + 5_000}


@on_sqlite
def test_what_the_operator_gave_lasts_until_a_plan_begins_and_is_not_taken_after_it_has_ended(
    services: Services, till: Till
) -> None:
    with services.database.read() as session:
        name = session.get_one(Business, till.owner.business_id).name
    grant = services.business.members.set_add_on
    grant(name, active=True)
    till.plan("starter")
    assert not pays_per_call(till), "the plan decides"
    for active in (True, False):
        with pytest.raises(Conflict, match="follows the plan"):
            grant(name, active=active)
    grant(name, active=True, email="dana@example.com")
    services.billing.plan.cancel(till.owner)
    till.advance(32)
    assert not seen(till).alive
    grant(name, active=True)
    till.tick(hours=7)
    services.billing.plan.refresh(till.owner)
    till.reconcile()
    assert pays_per_call(till)


@on_sqlite
def test_what_the_provider_refuses_to_say_of_one_business_keeps_nothing_else_from_being_known(
    services: Services, till: Till, sandbox: Running, clock: FakeClock
) -> None:
    """For example, with another account's API keys: the event is set aside, and reconciliation continues."""

    class Refusing(StandIn):
        def subscriptions(self, customer: str) -> object:
            raise ProviderRefused("resource_missing")

    payments = payments_of(sandbox)
    till.plan("starter")
    card = till.card()
    refusing = make_services(services.database.url, clock, payments=Refusing(payments))
    sandbox.control("faults", cut_after_charge=1)
    assert till.charge(card).state == "pending"
    till.tick(hours=7)
    refusing.billing.events.reconcile()
    count, _ = refusing.billing.events.set_aside()
    refusing.database.close()
    assert count > 0
    assert till.balance == "$25.00"
    assert seen(till).runs, "the last known plan is kept"


def currency(till: Till, wanted: str) -> None:
    """Set the business's currency, as an owner does on the Business page."""
    saved = till.services.business.details.see(till.owner)
    till.services.business.details.save(till.owner, saved.name, saved.time_zone, saved.region, wanted)


def test_nobody_chooses_a_plan_whose_usage_could_not_be_charged(line: Line) -> None:
    """Usage priced in a currency other than the balance's would silently go uncharged."""
    till = line.till
    card = till.card()
    currency(till, "SEK")
    for choose in (
        lambda: till.services.billing.plan.quote(till.owner, "starter", ()),
        lambda: till.services.billing.plan.choose(till.owner, "starter", (), card, till.attempt()),
        lambda: visit(till),
    ):
        with pytest.raises(Conflict, match="in USD, but this business uses SEK") as refused:
            choose()
        assert refused.value.field == "plan"
    assert till.sandbox.sdk().subscriptions.list({"customer": till.customer}).data == []
    currency(till, "USD")
    till.plan(card=card)
    line.call(60)
    line.run()
    assert line.cost() == {"local_minute": 45_000, "call": 10_000}


def test_nobody_leaves_the_currency_in_which_their_usage_is_charged(line: Line) -> None:
    """Neither before the plan's first call, nor while a plan is being paid for or after it was cancelled."""
    till = line.till
    url = visit(till)
    with pytest.raises(Conflict, match="already pays in USD"):
        currency(till, "SEK")
    till.sandbox.submit(url)
    till.reconcile()
    with pytest.raises(Conflict, match="already pays in USD"):
        currency(till, "SEK")
    assert till.services.business.details.see(till.owner).currency_fixed
    till.services.billing.plan.cancel(till.owner)
    till.advance(40)
    with pytest.raises(Conflict, match="already pays in USD"):
        currency(till, "SEK")


def test_whoever_has_a_plan_in_another_currency_may_mend_that(line: Line) -> None:
    till = line.till
    till.plan()
    with till.services.database.write() as session:
        session.get_one(Business, till.owner.business_id).currency = "SEK"
    with pytest.raises(Conflict, match="in USD, but this business uses SEK"):
        till.services.billing.plan.quote(till.owner, "growth", ())
    assert not till.services.business.details.see(till.owner).currency_fixed
    currency(till, "USD")
    assert till.change_plan("growth")
