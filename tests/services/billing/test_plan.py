"""The plan: chosen, and changed at the quoted price."""

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable
from settings_ui.models import Activity, PlanSubscription
from tests.at_once import at_once
from tests.services.billing.plans import pays_per_call, seen, state, there
from tests.services.billing.till import Till
from tests.support import FakeClock, add_business, add_member

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_first_plan_is_paid_with_a_saved_card(till: Till) -> None:
    till.plan("growth", "pay_per_call")
    assert state(till) == ("active", "growth", ("pay_per_call",), False)
    assert till.charged() == [14_800]
    assert pays_per_call(till)
    assert till.balance == "$0.00", "the card pays for the plan, the balance pays for usage"


def test_a_first_plan_is_paid_in_checkout(till: Till) -> None:
    till.services.billing.catalogue.refresh()
    url = till.services.billing.plan.checkout(till.owner, "starter", (), till.attempt()).value
    till.sandbox.submit(url)
    till.services.billing.plan.refresh(till.owner)
    assert state(till) == ("active", "starter", (), False)


@on_sqlite
def test_a_later_visit_to_checkout_ends_the_earlier_one(till: Till) -> None:
    """This prevents paying for two plans."""
    till.services.billing.catalogue.refresh()
    plan = till.services.billing.plan
    first = plan.checkout(till.owner, "starter", (), till.attempt()).value
    second = plan.checkout(till.owner, "growth", (), till.attempt()).value
    till.sandbox.submit(first)
    till.sandbox.submit(second)
    plan.refresh(till.owner)
    assert (there(till), state(till)[1]) == (["active"], "growth")


def test_two_who_choose_at_once_begin_one_plan(till: Till) -> None:
    card = till.card()
    till.services.billing.catalogue.refresh()
    plan = till.services.billing.plan
    outcomes = at_once(*[lambda n=n: plan.choose(till.owner, "starter", (), card, f"window-{n:012}") for n in range(4)])
    assert sum(not isinstance(outcome, DomainError) for outcome in outcomes) == 1
    assert there(till) == ["active"]
    assert till.charged() == [2_900]


@on_sqlite
def test_a_refused_card_begins_no_plan(till: Till) -> None:
    till.services.billing.catalogue.refresh()
    card = till.card("pm_card_chargeCustomerFail")
    with pytest.raises(Conflict, match=r"declined.*Nothing was changed"):
        till.services.billing.plan.choose(till.owner, "starter", (), card, till.attempt())
    assert seen(till).subscription is None
    assert "active" not in there(till)
    till.plan("starter")
    assert state(till)[0] == "active"


def test_a_change_costs_exactly_what_was_quoted(till: Till) -> None:
    till.plan("starter")
    till.tick(days=15)
    quoted = till.services.billing.plan.quote(till.owner, "growth", ("pay_per_call",))
    assert quoted.due.micros > 0
    assert [line.amount.micros < 0 for line in quoted.lines].count(True) == 1
    assert str(quoted.monthly) == "$148.00", "from the next renewal"
    assert till.charged() == [2_900], "a quote charges nothing"
    till.tick(minutes=5)
    till.services.billing.plan.change(till.owner, quoted, till.attempt())
    assert sorted(till.charged()) == sorted([2_900, quoted.due.micros // 10_000])
    assert state(till) == ("active", "growth", ("pay_per_call",), False)


@on_sqlite
def test_a_refused_change_changes_nothing(till: Till) -> None:
    till.plan("starter")
    bad = till.card("pm_card_chargeCustomerFail")
    till.services.billing.cards.make_default(till.owner, bad)
    with pytest.raises(Conflict, match="declined"):
        till.change_plan("scale")
    assert state(till) == ("active", "starter", (), False)


@on_sqlite
def test_an_old_or_altered_quote_is_not_charged(till: Till) -> None:
    from dataclasses import replace

    from settings_ui.domain.money import Money

    till.plan("starter")
    plan = till.services.billing.plan
    till.tick(days=2)
    quoted = plan.quote(till.owner, "growth", ())
    with pytest.raises(Conflict):
        plan.change(till.owner, replace(quoted, due=Money(10_000, "USD")), till.attempt())
    with pytest.raises(Conflict):
        plan.change(till.owner, replace(quoted, at=till.clock.now().replace(year=2027)), till.attempt())
    till.sandbox.control("prices", lookup_key="plan_growth", unit_amount_decimal="19900")
    till.services.billing.catalogue.refresh()
    with pytest.raises(Conflict, match="prices have changed"):
        plan.change(till.owner, quoted, till.attempt())
    quoted = plan.quote(till.owner, "growth", ())
    till.tick(minutes=16)
    with pytest.raises(Conflict):
        plan.change(till.owner, quoted, till.attempt())
    assert till.charged() == [2_900]
    assert state(till)[1] == "starter"


@on_sqlite
def test_a_quote_of_the_plan_s_first_second_lasts_no_longer_than_any_other(till: Till) -> None:
    """Otherwise a downgrade at the end of the period would refund the full price."""
    till.plan("scale")
    quoted = till.services.billing.plan.quote(till.owner, "starter", ())
    till.tick(days=20)
    with pytest.raises(Conflict, match="Review the new cost"):
        till.services.billing.plan.change(till.owner, quoted, till.attempt())
    assert state(till)[1] == "scale"


@on_sqlite
def test_a_plan_is_changed_at_once_although_the_provider_s_clock_is_ahead(till: Till) -> None:
    """By our clock the period has not started yet; the change costs the full difference."""
    till.sandbox.time.moment += 40
    till.plan("starter")
    assert till.change_plan("growth") == "$70.00"
    assert sorted(till.charged()) == [2_900, 7_000]


@on_sqlite
def test_without_a_plan_its_price_is_quoted_and_nothing_can_be_changed(till: Till) -> None:
    till.services.billing.catalogue.refresh()
    till.card()
    with pytest.raises(Conflict, match="Choose one first"):
        till.change_plan("growth", "pay_per_call")
    quoted = till.services.billing.plan.quote(till.owner, "growth", ("pay_per_call",))
    assert (str(quoted.due), str(quoted.monthly), till.charged(), there(till)) == ("$148.00", "$148.00", [], [])


@on_sqlite
def test_what_is_paid_from_the_renewal_keeps_the_price_of_what_stays(till: Till) -> None:
    till.plan("starter", "pay_per_call")
    till.sandbox.control("prices", lookup_key="plan_starter", unit_amount_decimal="3900")
    till.services.billing.catalogue.refresh()
    till.tick(hours=1)
    quoted = till.services.billing.plan.quote(till.owner, "starter", ())
    assert (str(quoted.due), str(quoted.monthly)) == ("$0.00", "$29.00")


@on_sqlite
def test_a_change_is_in_the_activity_once_with_names(till: Till) -> None:
    till.plan("starter")
    till.tick(hours=1)
    till.change_plan("growth", "pay_per_call")
    till.reconcile()
    with till.services.database.read() as session:
        rows = session.exec(
            select(Activity).where(Activity.what == "changed the plan").order_by(Activity.at)  # type: ignore[arg-type]
        ).all()
    assert [(row.before, row.after, row.user_id) for row in rows] == [
        (
            {},
            {"Plan": "Starter", "Add-ons": "none", "Status": "Active", "Ends": "no"},
            till.owner.user_id,
        ),
        (
            {"Plan": "Starter", "Add-ons": "none"},
            {"Plan": "Growth", "Add-ons": "Pay Per Call"},
            till.owner.user_id,
        ),
    ]


@on_sqlite
def test_the_activity_and_the_tab_name_the_same_last_day(services: Services, till: Till) -> None:
    """The day in the business's time zone: the period ends at noon UTC, when it is already the next day in Auckland."""
    till.plan("starter")
    saved = services.business.details.see(till.owner)
    services.business.details.save(till.owner, saved.name, "Pacific/Auckland", saved.region, saved.currency)
    till.tick(hours=1)
    services.billing.plan.cancel(till.owner)
    [change] = [row for row in services.activity.recent(till.owner, "billing") if "Ends" in row.before]
    assert (change.before, change.after) == ({"Ends": "no"}, {"Ends": "2026-04-05"})


@on_sqlite
@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, Role.PUBLISHER])
def test_who_may_not_bill_may_do_nothing_of_it(
    services: Services, till: Till, business: str, clock: FakeClock, role: Role
) -> None:
    till.plan("starter")
    quoted = services.billing.plan.quote(till.owner, "growth", ())
    member, plan, attempt = add_member(services, business, role, clock), services.billing.plan, till.attempt()
    for deed in (
        lambda: plan.see(member),
        lambda: plan.refresh(member),
        lambda: plan.quote(member, "growth", ()),
        lambda: plan.choose(member, "growth", (), till.card(), attempt),
        lambda: plan.checkout(member, "growth", (), attempt),
        lambda: plan.change(member, quoted, attempt),
        lambda: plan.cancel(member),
        lambda: plan.resume(member),
    ):
        with pytest.raises(Forbidden):
            deed()
    assert state(till) == ("active", "starter", (), False)


@on_sqlite
def test_another_businesss_card_and_plan_are_out_of_reach(services: Services, till: Till, clock: FakeClock) -> None:
    till.plan("starter")
    card = till.card()
    other = add_member(services, add_business(services), Role.OWNER, clock)
    for wrong in (card, "pm_nowhere"):
        with pytest.raises(NotFound):
            services.billing.plan.choose(other, "starter", (), wrong, till.attempt())
    assert services.billing.plan.see(other).subscription is None
    with pytest.raises(Conflict):
        services.billing.plan.cancel(other)
    with pytest.raises(Conflict):
        services.billing.plan.resume(other)
    with services.database.read() as session:
        assert len(session.exec(select(PlanSubscription)).all()) == 1


@on_sqlite
@pytest.mark.parametrize(
    ("plan", "add_ons"), [("platinum", ()), ("", ()), ("starter", ("gold",)), ("growth", ("pay_per_call",) * 2)]
)
def test_what_is_not_offered_cannot_be_had(till: Till, plan: str, add_ons: tuple[str, ...]) -> None:
    till.plan("scale")
    with pytest.raises(Invalid):
        till.change_plan(plan, *add_ons)


@on_sqlite
def test_nothing_to_change_is_said(till: Till) -> None:
    till.plan("starter")
    with pytest.raises(Conflict, match="already"):
        till.change_plan("starter")
    with pytest.raises(Conflict, match="already"):
        till.services.billing.plan.choose(till.owner, "growth", (), till.card(), till.attempt())
    with pytest.raises(Invalid):
        till.services.billing.plan.choose(till.owner, "growth", (), till.card(), "short")


@on_sqlite
def test_while_the_provider_is_away_nothing_is_changed(till: Till) -> None:
    till.plan("starter")
    till.sandbox.control("faults", fail=100)
    with pytest.raises(Unavailable):
        till.change_plan("growth")
    with pytest.raises(Unavailable):
        till.services.billing.plan.cancel(till.owner)
    assert state(till) == ("active", "starter", (), False)
