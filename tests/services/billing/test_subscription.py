"""Plan changes that originate at the provider: unpaid, paused, several at once, all gone."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Conflict
from settings_ui.models import Business
from tests.services.billing.line import Line
from tests.services.billing.plans import pays_per_call, seen, state
from tests.services.billing.test_events import becomes
from tests.services.billing.till import Till
from tests.support import FakeClock, add_business, add_member, mails

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
UPDATED = "customer.subscription.updated"


def test_an_unpaid_plan_keeps_its_rates_and_loses_its_add_ons_until_it_is_paid(till: Till) -> None:
    """It can still be paid, so it keeps its card and no second plan can start; its owner is notified once."""
    till.plan("starter", "pay_per_call", "volume_minutes")
    [card] = till.services.billing.statement.overview(till.owner).cards
    line = Line(till)
    till.tick(minutes=1)
    becomes(till, "subscription", UPDATED, status="unpaid")
    till.reconcile()
    assert (seen(till).runs, seen(till).alive, seen(till).add_ons, pays_per_call(till)) == (False, True, (), False)
    till.tick(minutes=1)
    line.call(60)
    assert line.cost() == {"local_minute": 45_000, "call": 10_000}
    with pytest.raises(Conflict, match="only card"):
        till.services.billing.cards.remove(till.owner, card.id)
    with pytest.raises(Conflict, match="already have a plan"):
        till.services.billing.plan.choose(till.owner, "growth", (), card.id, till.attempt())
    till.services.billing.plan.refresh(till.owner)
    assert len(mails(till.services, "dana@example.com")) == 1
    till.tick(minutes=1)
    becomes(till, "subscription", UPDATED, status="active")
    till.reconcile()
    assert (seen(till).add_ons, pays_per_call(till)) == (("pay_per_call", "volume_minutes"), True)
    till.tick(minutes=1)
    line.call(60)
    assert line.cost() == {"local_minute": 45_000 + 19_000, "call": 20_000}


@on_sqlite
def test_a_plan_that_was_paused_before_it_was_known_charges_and_switches_nothing(
    services: Services, till: Till
) -> None:
    services.billing.catalogue.refresh()
    with services.database.write() as session:
        session.get_one(Business, till.owner.business_id).pay_per_call = True
    subscribe(till, "starter")
    becomes(till, "subscription", UPDATED, status="paused")
    till.reconcile()
    assert state(till)[0] == "paused"
    line = Line(till)
    line.call(60)
    assert (line.cost(), pays_per_call(till)) == ({}, True)


def subscribe(till: Till, plan: str) -> str:
    """Create a subscription directly at the provider; return its id."""
    price = next(row.id for row in till.services.billing.plan.see(till.owner).offers.plans if row.slug == plan)
    made = till.sandbox.sdk().subscriptions.create(
        {"customer": till.customer, "items": [{"price": price}], "default_payment_method": till.card()}
    )
    return str(made.id)


@on_sqlite
def test_of_several_plans_the_newest_that_runs_counts(till: Till) -> None:
    """When it ends, the remaining one counts."""
    till.plan("starter")
    till.tick(minutes=1)
    second = subscribe(till, "growth")
    till.tick(minutes=1)
    becomes_of = subscribe(till, "scale")
    with till.sandbox.world.lock:
        found = next(row for row in till.sandbox.world.all("subscription") if row["id"] == becomes_of)
        till.sandbox.world.change(found, UPDATED, status="unpaid")
        till.sandbox.world.commit()
    till.services.billing.plan.refresh(till.owner)
    assert state(till)[:2] == ("active", "growth")
    till.tick(minutes=1)
    cancel = till.sandbox.sdk().subscriptions.cancel
    cancel(second)
    till.services.billing.plan.refresh(till.owner)
    assert state(till)[:2] == ("active", "starter")


@on_sqlite
def test_a_plan_is_gone_with_a_customer_that_was_deleted_at_the_provider(till: Till) -> None:
    till.plan("starter", "pay_per_call")
    till.sandbox.sdk().customers.delete(till.customer)
    till.services.billing.cards.refresh(till.owner)
    assert till.services.billing.plan.invoices(till.owner) == []
    till.tick(seconds=1)
    till.services.billing.plan.refresh(till.owner)
    assert (state(till)[0], pays_per_call(till)) == ("canceled", False)
    till.plan("growth")
    assert state(till)[:2] == ("active", "growth")


@on_sqlite
def test_whoever_is_no_customer_has_no_plan_whatever_others_have(
    services: Services, till: Till, clock: FakeClock
) -> None:
    """Neither a business unknown to the provider, nor one whose customer was deleted there."""
    new, old = (
        Till(services, till.sandbox, clock, add_member(services, add_business(services), Role.OWNER, clock))
        for _ in range(2)
    )
    till.plan("starter")
    till.sandbox.sdk().customers.delete(old.customer)
    services.billing.cards.refresh(old.owner)
    for each in (new, old):
        assert not services.billing.plan.refresh(each.owner).value
        assert seen(each).subscription is None
