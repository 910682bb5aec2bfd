"""A rate change at the provider is recorded in the activity, with the usage charged at the new rate."""

from collections.abc import Sequence

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.money import Money
from settings_ui.models import Business, PlanInForce
from settings_ui.services.activity.effects import Effect
from settings_ui.services.activity.filter import Filter
from settings_ui.services.activity.log import Change
from settings_ui.services.billing.rate_changes import CHANGED
from tests.services.billing.line import LOCAL, TOLL_FREE, Line
from tests.services.billing.till import Till
from tests.support import START, FakeClock, add_business, add_member

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def changes(till: Till) -> Sequence[Change]:
    """Return the changed rates, newest first."""
    page = till.services.activity.page(till.owner, Filter(topic="billing"))
    return [change for change in page.changes if change.seen.what == CHANGED]


def costs(till: Till, cents: str, rate: str = "rate_starter_local_minute") -> None:
    """Change a rate's price, and reconcile."""
    till.sandbox.control("prices", lookup_key=rate, unit_amount_decimal=cents)
    till.reconcile()


def test_a_changed_rate_says_what_was_used_at_it_until_the_next_change(line: Line) -> None:
    """Exact to the micro-unit; a call that began before the change counts at the old rate, whenever it was reported."""
    till = line.till
    line.call(61)
    line.run()
    till.tick(hours=1)
    costs(till, "4.7501")
    (change,) = changes(till)
    assert change.seen.who == "Automatic"
    assert change.seen.before == {"Local minutes": "$0.0450 a minute"}
    assert change.seen.after == {"Local minutes": "$0.047501 a minute"}
    assert change.effect == Effect(cost=Money(0, "USD"))

    till.tick(minutes=1)
    line.call(61)
    line.call(30, at=START)
    line.call(90, to=TOLL_FREE)
    line.run()
    assert changes(till)[0].effect.cost == Money(2 * 47_501, "USD")
    till.tick(days=2)
    line.call(1)
    line.run()
    assert changes(till)[0].effect.cost == Money(3 * 47_501, "USD")

    costs(till, "5")
    line.call(60)
    line.run()
    latest, before = changes(till)
    assert before.effect == Effect(cost=Money(3 * 47_501, "USD"), ended=True)
    assert latest.effect == Effect(cost=Money(50_000, "USD"))
    assert latest.seen.before == before.seen.after


@on_sqlite
def test_only_who_is_charged_by_a_rate_is_told_of_its_change(line: Line, services: Services, clock: FakeClock) -> None:
    """Not a business without a plan, on another plan, with an add-on overriding the rate, or in another currency."""
    till = line.till
    others = {}
    for name, plan, add_ons, currency in (
        ("None", "", [], "USD"), ("Growth", "growth", [], "USD"), ("Volume", "starter", ["volume_minutes"], "USD"),
        ("Euro", "starter", [], "EUR"), ("Same", "starter", [], "USD"),
    ):  # fmt: skip
        business = add_business(services, name)
        others[name] = Till(services, till.sandbox, clock, add_member(services, business, till.owner.role, clock))
        with services.database.write() as session:
            session.get_one(Business, business).currency = currency
            if plan:
                session.add(PlanInForce(business_id=business, since=START, plan=plan, add_ons=add_ons))
    costs(till, "4.75")
    assert {name for name, other in others.items() if changes(other)} == {"Same"}
    assert len(changes(till)) == 1
    till.tick(hours=2)
    till.reconcile()
    assert len(changes(till)) == 1, "read again, nothing has changed"


@on_sqlite
def test_a_rate_that_is_offered_no_more_costs_nothing_from_then_on(line: Line) -> None:
    till = line.till
    till.archive("rate_starter_call")
    till.tick(hours=2)
    till.reconcile()
    (change,) = changes(till)
    assert (change.seen.before, change.seen.after) == ({"Calls": "$0.0100 a call"}, {"Calls": "nothing"})
    assert change.effect == Effect()


@on_sqlite
def test_each_kind_of_usage_counts_for_its_own_rate(line: Line) -> None:
    costs(line.till, "4.6")
    costs(line.till, "6.6", "rate_starter_toll_free_minute")
    line.call(60, to=LOCAL)
    line.call(60, to=TOLL_FREE)
    line.run()
    assert {tuple(c.seen.after): c.effect.cost for c in changes(line.till)} == {
        ("Local minutes",): Money(46_000, "USD"),
        ("Toll-free minutes",): Money(66_000, "USD"),
    }
