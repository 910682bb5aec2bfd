"""The plan: chosen, changed at the price that was quoted, ended with its period, resumed, mended; add-ons follow."""

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Conflict, DomainError, Forbidden, Invalid, NotFound, Unavailable
from settings_ui.models import Activity, Business, PlanSubscription
from settings_ui.services.billing.current_plan import CurrentPlan
from tests.at_once import at_once
from tests.services.billing.till import Till
from tests.support import FakeClock, add_business, add_member, mails

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def seen(till: Till) -> CurrentPlan:
    return till.services.billing.plan.see(till.owner)


def state(till: Till) -> tuple[str, str | None, tuple[str, ...], bool]:
    """Return status, plan, add-ons and whether it ends, as they are shown."""
    row = seen(till).subscription
    assert row
    return row.status, row.plan, seen(till).add_ons, row.ends


def there(till: Till) -> list[str]:
    """Return the status of each subscription at the provider."""
    return [row.status for row in till.sandbox.sdk().subscriptions.list({"customer": till.customer, "status": "all"})]


def pays_per_call(till: Till) -> bool:
    with till.services.database.read() as session:
        return session.get_one(Business, till.owner.business_id).pay_per_call


def test_a_first_plan_is_paid_with_a_saved_card(till: Till) -> None:
    till.plan("growth", "pay_per_call")
    assert state(till) == ("active", "growth", ("pay_per_call",), False)
    assert till.charged() == [14_800]
    assert pays_per_call(till)
    assert till.balance == "$0.00", "the card pays the plan, the balance pays usage"


def test_a_first_plan_is_paid_in_checkout(till: Till) -> None:
    till.services.billing.catalogue.refresh()
    url = till.services.billing.plan.checkout(till.owner, "starter", (), till.attempt()).value
    till.sandbox.submit(url)
    till.services.billing.plan.refresh(till.owner)
    assert state(till) == ("active", "starter", (), False)


@on_sqlite
def test_a_later_visit_to_checkout_ends_the_earlier_one(till: Till) -> None:
    """So that two plans are never paid."""
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
    """Else a cheaper plan could be had at the end of the period with all of its price back."""
    till.plan("scale")
    quoted = till.services.billing.plan.quote(till.owner, "starter", ())
    till.tick(days=20)
    with pytest.raises(Conflict, match="Review the new cost"):
        till.services.billing.plan.change(till.owner, quoted, till.attempt())
    assert state(till)[1] == "scale"


@on_sqlite
def test_a_plan_is_changed_at_once_although_the_provider_s_clock_is_ahead(till: Till) -> None:
    """What began there has not begun here; it costs the whole difference."""
    till.sandbox.time.moment += 40
    till.plan("starter")
    assert till.change_plan("growth") == "$70.00"
    assert sorted(till.charged()) == [2_900, 7_000]


@on_sqlite
def test_a_cancelled_plan_that_is_changed_goes_on(till: Till) -> None:
    till.plan("starter")
    till.services.billing.plan.cancel(till.owner)
    till.change_plan("growth")
    assert state(till) == ("active", "growth", (), False)
    till.advance(32)
    assert state(till)[0] == "active"


@on_sqlite
def test_without_a_plan_its_price_is_quoted_and_nothing_can_be_changed(till: Till) -> None:
    till.services.billing.catalogue.refresh()
    till.card()
    with pytest.raises(Conflict, match="Choose one first"):
        till.change_plan("growth", "pay_per_call")
    quoted = till.services.billing.plan.quote(till.owner, "growth", ("pay_per_call",))
    assert (str(quoted.due), till.charged(), there(till)) == ("$148.00", [], [])


@on_sqlite
def test_a_plan_that_is_archived_goes_on_and_is_offered_no_more(till: Till) -> None:
    till.plan("starter")
    with till.sandbox.world.lock:
        price = next(p for p in till.sandbox.world.all("price") if p["lookup_key"] == "plan_starter")
        till.sandbox.world.change(price, "price.updated", active=False, lookup_key=None)
        till.sandbox.world.commit()
    till.tick(hours=2)
    till.reconcile()
    assert [row.slug for row in seen(till).offers.plans] == ["growth", "scale"]
    assert state(till)[:2] == ("active", "starter")
    till.change_plan("starter", "pay_per_call")
    assert state(till)[2] == ("pay_per_call",)
    till.change_plan("growth")
    with pytest.raises(Invalid, match="no longer offered"):
        till.change_plan("starter")


def test_a_plan_ends_with_its_period_and_can_be_resumed(till: Till) -> None:
    till.plan("starter", "pay_per_call")
    plan = till.services.billing.plan
    plan.cancel(till.owner)
    assert state(till) == ("active", "starter", ("pay_per_call",), True)
    assert pays_per_call(till), "until then all goes on"
    plan.resume(till.owner)
    assert state(till)[3] is False
    plan.cancel(till.owner)
    till.advance(32)
    assert (state(till)[0], seen(till).runs, pays_per_call(till)) == ("canceled", False, False)
    with pytest.raises(Conflict):
        plan.resume(till.owner)
    till.plan("growth")
    assert state(till)[:2] == ("active", "growth")


def test_a_failed_renewal_is_told_and_can_be_mended(till: Till) -> None:
    till.plan("starter", "pay_per_call")
    bad = till.card("pm_card_chargeCustomerFail")
    till.services.billing.cards.make_default(till.owner, bad)
    till.advance(31.5)
    row = seen(till).subscription
    assert row
    assert row.status == "past_due"
    assert row.pay_url
    assert pays_per_call(till), "there is time to mend it"
    (mail,) = mails(till.services, "dana@example.com")
    assert "payment for the plan failed" in mail.subject
    assert row.pay_url in mail.body
    till.reconcile()
    assert len(mails(till.services, "dana@example.com")) == 1
    till.sandbox.submit(row.pay_url)
    till.tick(minutes=1)
    till.reconcile()
    after = seen(till).subscription
    assert after
    assert (after.status, after.pay_url) == ("active", None)


def test_pay_per_call_follows_what_is_changed_at_the_provider_by_hand(till: Till) -> None:
    till.plan("starter", "pay_per_call")
    sdk = till.sandbox.sdk()
    sub = sdk.subscriptions.list({"customer": till.customer}).data[0]
    item = next(i for i in sub["items"].data if i.price.metadata["kind"] == "add_on")
    sdk.subscription_items.delete(item.id)
    till.tick(minutes=1)
    till.reconcile()
    assert (state(till)[2], pays_per_call(till)) == ((), False)
    sdk.subscriptions.cancel(sub.id)
    till.tick(minutes=1)
    till.reconcile()
    assert state(till)[0] == "canceled"


@on_sqlite
def test_a_business_that_never_had_a_plan_keeps_what_its_operator_gave_it(services: Services, till: Till) -> None:
    with services.database.write() as session:
        session.get_one(Business, till.owner.business_id).pay_per_call = True
    till.card()
    till.services.billing.plan.refresh(till.owner)
    till.reconcile()
    assert pays_per_call(till)


def test_the_last_card_of_a_plan_stays(till: Till) -> None:
    card = till.card()
    till.plan("starter", card=card)
    cards = till.services.billing.cards
    with pytest.raises(Conflict, match="only card"):
        cards.remove(till.owner, card)
    second = till.card("pm_card_mastercard")
    outcomes = at_once(*[lambda c=c: cards.remove(till.owner, c) for c in (card, second)])
    assert sum(isinstance(outcome, Conflict) for outcome in outcomes) == 1
    assert len(till.services.billing.statement.overview(till.owner).cards) == 1
    till.advance(32)
    assert state(till)[0] == "active", "the card that is left pays the renewal"
    till.services.billing.plan.cancel(till.owner)
    till.advance(32)
    left = till.services.billing.statement.overview(till.owner).cards[0].id
    cards.remove(till.owner, left)


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
