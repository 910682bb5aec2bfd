"""The plan, its rates, usage and auto-recharge in the Billing tab: what is shown, quoted, confirmed and rejected."""

import pytest

from settings_ui.bootstrap import using
from settings_ui.domain.access import KeyActor
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.qualification import CallStatus
from settings_ui.gateways.ports import ProviderRefused, ProviderUnavailable
from settings_ui.services.calls.reported import NewCall
from settings_ui.state.billing import NEW_CARD, Billing
from settings_ui.state.billing_plan import BillingPlan
from settings_ui.state.billing_usage import BillingUsage
from tests.services.billing.till import StandIn, Till, payments_of
from tests.state.billing.windows import opened
from tests.state.people import Person
from tests.state.pipeline import Pipeline, Window
from tests.state.showing import toasts
from tests.support import make_services


def rates(window: Window) -> dict[str, tuple[str, str]]:
    """Return each kind's rate and what sets it."""
    return {row["kind"]: (row["rate"], row["by"]) for row in window.shows(BillingPlan)["rates"]}


async def test_a_first_plan_is_chosen_with_a_saved_card(pipeline: Pipeline, owner: Person, till: Till) -> None:
    card = till.card()
    till.services.billing.catalogue.refresh()
    window = await opened(pipeline, owner)
    shown = window.shows(BillingPlan)
    assert (shown["has_plan"], shown["rates"], [plan["name"] for plan in shown["plans"]]) == (
        False,
        [],
        ["Starter", "Growth", "Scale"],
    )
    await window.emit(BillingPlan.ask_to_change)
    await window.emit(BillingPlan.price_plan, form={"plan": "growth"})
    shown = window.shows(BillingPlan)
    assert (shown["dialog"], shown["due"], shown["deed"]) == ("cost", "$99.00", "Choose Growth")
    assert shown["later"] == "Then $99.00 a month."
    await window.emit(BillingPlan.confirm, form={"card": card})
    shown = window.shows(BillingPlan)
    assert (shown["name"], shown["status"], shown["dialog"]) == ("Growth", "Active", "")
    assert shown["renewal"].startswith("Renews on 4 April 2026 for $99.00")
    assert rates(window)["Local minutes"] == ("$0.0350", "Growth")


async def test_an_add_on_is_turned_on_and_off_at_its_price(pipeline: Pipeline, owner: Person, till: Till) -> None:
    till.plan("starter")
    till.tick(hours=1)
    window = await opened(pipeline, owner)
    await window.emit(BillingPlan.price_add_on, slug="volume_minutes")
    assert window.shows(BillingPlan)["deed"] == "Turn on Volume Minutes"
    await window.emit(BillingPlan.confirm, form={})
    assert rates(window)["Local minutes"] == ("$0.0190", "Volume Minutes")
    await window.emit(BillingPlan.price_add_on, slug="volume_minutes")
    assert window.shows(BillingPlan)["deed"] == "Turn off Volume Minutes"
    await window.emit(BillingPlan.confirm, form={})
    assert rates(window)["Local minutes"] == ("$0.0450", "Starter")


async def test_what_is_paid_after_today_is_said_before_a_change(pipeline: Pipeline, owner: Person, till: Till) -> None:
    till.plan("scale")
    till.tick(hours=1)
    till.services.billing.plan.cancel(till.owner)
    window = await opened(pipeline, owner)
    await window.emit(BillingPlan.price_plan, form={"plan": "starter"})
    shown = window.shows(BillingPlan)
    credit = shown["later"].partition(". ")[0]
    assert (shown["due"], credit.startswith("The credit of $")) == ("$0.00", True)
    assert shown["later"].endswith("This also resumes the plan. From 4 April 2026: $29.00 a month.")
    await window.emit(BillingPlan.confirm, form={})
    assert toasts(window)[-1] == ("good", "Plan changed")
    await window.emit(BillingPlan.price_plan, form={"plan": "growth"})
    assert window.shows(BillingPlan)["later"] == "From 4 April 2026: $99.00 a month."


async def test_a_price_that_changed_before_confirming_is_said_in_the_dialog(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    till.plan("starter")
    window = await opened(pipeline, owner)
    await window.emit(BillingPlan.price_plan, form={"plan": "growth"})
    till.sandbox.control("prices", lookup_key="plan_growth", unit_amount_decimal="19900")
    till.services.billing.catalogue.refresh()
    await window.emit(BillingPlan.confirm, form={})
    shown = window.shows(BillingPlan)
    assert "prices have changed" in shown["errors"][""]
    assert (shown["dialog"], shown["name"]) == ("cost", "Starter")
    await window.emit(BillingPlan.close)
    await window.emit(BillingPlan.confirm, form={})
    assert till.charged() == [2_900]


async def test_a_cost_that_is_still_shown_after_a_restart_is_asked_for_again(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    """About the same change, and only if it was not made since: turning on must not become turning off."""
    till.plan("starter")
    till.tick(hours=1)
    window = await opened(pipeline, owner)
    changes = {"Turn on Volume Minutes": "", "Change to Growth": ""}
    await window.emit(BillingPlan.price_add_on, slug="volume_minutes")
    changes["Turn on Volume Minutes"] = window.shows(BillingPlan)["change"]
    await window.emit(BillingPlan.price_plan, form={"plan": "growth"})
    changes["Change to Growth"] = window.shows(BillingPlan)["change"]
    for deed, change in changes.items():
        restarted = await opened(pipeline, owner)
        await restarted.emit(BillingPlan.price_again, change=change)
        shown = restarted.shows(BillingPlan)
        assert (shown["dialog"], shown["deed"]) == ("cost", deed)
        await restarted.emit(BillingPlan.confirm, form={})
        assert toasts(restarted)[-1] == ("good", "Plan changed")
    for change in (*changes.values(), "", "plan:", "on:nothing", "nothing"):
        restarted = await opened(pipeline, owner)
        await restarted.emit(BillingPlan.price_again, change=change)
        assert restarted.shows(BillingPlan)["dialog"] == ""
        await restarted.emit(BillingPlan.confirm, form={})
        assert toasts(restarted)[-1] == ("bad", "Nothing was changed. Review the cost first.")
    await window.emit(BillingPlan.ask_to_change)
    await window.emit(BillingPlan.price_again, change="plan:scale")
    assert window.shows(BillingPlan)["dialog"] == "plan"


@pytest.mark.parametrize("form", [{}, {"plan": "platinum"}, {"plan": 7}])
async def test_a_plan_that_is_not_offered_is_refused(
    pipeline: Pipeline, owner: Person, till: Till, form: dict[str, object]
) -> None:
    till.plan("starter")
    window = await opened(pipeline, owner)
    await window.emit(BillingPlan.ask_to_change)
    await window.emit(BillingPlan.price_plan, form=form)
    assert "no longer offered" in window.shows(BillingPlan)["errors"][""]


async def test_a_plan_is_cancelled_and_resumed(pipeline: Pipeline, owner: Person, till: Till) -> None:
    till.plan("starter")
    window = await opened(pipeline, owner)
    await window.emit(BillingPlan.ask_to_cancel)
    await window.emit(BillingPlan.cancel)
    assert window.shows(BillingPlan)["renewal"].startswith("Ends on 4 April 2026")
    later = await opened(pipeline, owner)
    assert "Ends: no → 4 Apr 2026" in [change["detail"] for change in later.shows(Billing)["changes"]]
    await window.emit(BillingPlan.resume)
    assert window.shows(BillingPlan)["renewal"].startswith("Renews on 4 April 2026")
    assert [text for _, text in toasts(window)][-1] == "Plan resumed"


async def test_what_the_provider_refuses_is_a_toast(pipeline: Pipeline, owner: Person, till: Till) -> None:
    till.plan("starter")
    window = await opened(pipeline, owner)
    till.sandbox.control("faults", fail=100)
    for event in (BillingPlan.cancel, BillingPlan.resume):
        await window.emit(event)
    await window.emit(BillingPlan.price_add_on, slug="pay_per_call")
    assert [kind for kind, _ in toasts(window)] == ["bad"] * 3
    await window.emit(BillingUsage.look)
    assert window.shows(BillingUsage)["away"]


async def test_usage_and_invoices_are_shown(pipeline: Pipeline, owner: Person, till: Till) -> None:
    till.plan("starter")
    till.charge(till.card(), "46")
    program = KeyActor("key", till.owner.business_id, "Platform", KeyAccess.SCREENING)
    for day in range(4):
        new = NewCall(f"call-{day}", "+14155550132", "+12125550100", till.clock.now(), 600, CallStatus.COMPLETED)
        till.services.calls.recording.record(program, new)
        till.tick(days=1)
    till.services.billing.charging.run()
    window = await opened(pipeline, owner)
    assert window.shows(Billing)["transactions"][0]["text"] == "Local minutes on 7 Mar 2026: 10 min"
    shown = window.shows(BillingUsage)
    assert (shown["spend"], shown["period"]) == ("$1.84", "4 March to 8 March 2026")
    assert [(row["kind"], row["quantity"], row["cost"]) for row in shown["kinds"]] == [
        ("Local minutes", "40 min", "$1.80"),
        ("Calls", "4 calls", "$0.04"),
    ]
    assert [bar["first"] + bar["second"] for bar in shown["bars"]] == [460_000] * 4 + [0]
    assert shown["runway"] == "At this pace it lasts until 12 June 2026."
    await window.emit(BillingUsage.look)
    (invoice,) = window.shows(BillingUsage)["invoices"]
    assert (invoice["total"], invoice["status"]) == ("$29.00", "Paid")
    assert (invoice["pdf_url"].startswith("http"), invoice["pay_url"]) == (True, "")


async def test_auto_recharge_is_saved_and_refused_at_its_field(pipeline: Pipeline, owner: Person, till: Till) -> None:
    till.card()
    window = await opened(pipeline, owner)
    form = {"on": "on", "threshold": "20", "amount": "5", "cap": "100", "alert_level": ""}
    await window.emit(BillingUsage.save_recharge, form=form)
    assert "amount" in window.shows(BillingUsage)["errors"]
    await window.emit(BillingUsage.save_recharge, form=form | {"amount": "50"})
    shown = window.shows(BillingUsage)
    assert (shown["on"], shown["amount"], shown["errors"], shown["alert_level"]) == (True, "50.00", {}, "")
    till.services.billing.recharge.run()
    assert till.balance == "$50.00"
    await window.emit(BillingUsage.save_recharge, form=form | {"amount": "60", "on": ""})
    assert window.shows(BillingUsage)["on"] is False


async def test_a_first_plan_is_paid_with_a_new_card_in_checkout(pipeline: Pipeline, owner: Person, till: Till) -> None:
    """It redirects once, nothing is charged before payment, and the returning user finds the plan and the card."""
    till.services.billing.catalogue.refresh()
    window = await opened(pipeline, owner)
    await window.emit(BillingPlan.price_plan, form={"plan": "starter"})
    await window.emit(BillingPlan.confirm, form={"card": NEW_CARD})
    url = window.goes_to
    assert (url.startswith(till.sandbox.origin), window.shows(BillingPlan)["dialog"]) == (True, "")
    await window.emit(BillingPlan.confirm, form={"card": NEW_CARD})
    assert "Review the cost" in window.shows(BillingPlan)["errors"][""]
    assert (till.charged(), window.shows(BillingPlan)["has_plan"]) == ([], False)
    till.sandbox.submit(url)
    back = await opened(pipeline, owner)
    await back.emit(BillingUsage.look)
    await back.emit(Billing.look)
    again = await opened(pipeline, owner)
    assert (again.shows(BillingPlan)["name"], again.shows(BillingPlan)["status"]) == ("Starter", "Active")
    assert [card["name"] for card in again.shows(Billing)["cards"]] == ["Visa •••• 4242"]
    assert till.charged() == [2_900]


async def test_a_plan_whose_answer_was_lost_is_asked_for_again_with_the_same_key(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    """The provider may still be at it, so that another key could begin a second plan. After a decline the key is new:
    the old one would be declined whatever the card."""

    class Failing(StandIn):
        def subscribe(self, *_: object, key: str) -> None:
            keys.append(key)
            raise failures.pop(0)

    payments, keys = payments_of(till.sandbox), list[str]()
    lost = ProviderUnavailable("The payment provider is not responding.")
    failures = [lost, ProviderRefused("card_declined"), lost]
    card = till.card()
    till.services.billing.catalogue.refresh()
    failing = make_services(till.services.database.url, till.clock, payments=Failing(payments))
    with using(failing):
        window = await opened(pipeline, owner)
        await window.emit(BillingPlan.price_plan, form={"plan": "starter"})
        for _ in range(3):
            await window.emit(BillingPlan.confirm, form={"card": card})
    failing.database.close()
    assert (keys[0] == keys[1], keys[1] == keys[2]) == (True, False)


@pytest.mark.parametrize("card", ["", "pm_card_visa", "pm_of_somebody"])
async def test_a_plan_is_not_begun_with_a_card_that_is_not_the_business_s(
    pipeline: Pipeline, owner: Person, till: Till, card: str
) -> None:
    till.services.billing.catalogue.refresh()
    window = await opened(pipeline, owner)
    await window.emit(BillingPlan.price_plan, form={"plan": "starter"})
    await window.emit(BillingPlan.confirm, form={"card": card})
    assert "no longer saved" in window.shows(BillingPlan)["errors"][""]
    assert (window.shows(BillingPlan)["dialog"], window.goes_to, till.charged()) == ("cost", "", [])


async def test_while_there_is_no_checkout_a_new_card_says_so_in_the_dialog(
    pipeline: Pipeline, owner: Person, till: Till
) -> None:
    till.services.billing.catalogue.refresh()
    window = await opened(pipeline, owner)
    await window.emit(BillingPlan.price_plan, form={"plan": "starter"})
    till.sandbox.control("faults", fail=999, status=500)
    await window.emit(BillingPlan.confirm, form={"card": NEW_CARD})
    assert "is not responding" in window.shows(BillingPlan)["errors"][""]
    assert (window.shows(BillingPlan)["dialog"], window.goes_to) == ("cost", "")
