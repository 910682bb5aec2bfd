"""The cost of changing a subscription: previews, prorations, add-ons."""

from typing import Any

import pytest
import stripe

from tests.sandbox.running import DAY_S, REFUSED, Running, only_item


def test_a_preview_says_exactly_what_the_change_then_costs(
    api: Any, sandbox: Running, subscription: Any, customer: str, prices: dict[str, str]
) -> None:
    sandbox.time.moment += 10 * DAY_S + 12_345
    at = int(sandbox.time.moment)
    items = [{"id": only_item(subscription).id, "price": prices["plan_growth"]}]
    how = {"items": items, "proration_behavior": "always_invoice", "proration_date": at}
    preview = api.invoices.create_preview({"subscription": subscription.id, "subscription_details": how})
    share = (31 * DAY_S - 10 * DAY_S - 12_345) / (31 * DAY_S)
    assert preview.amount_due == round(9900 * share) - round(2900 * share)
    assert [line.amount < 0 for line in preview.lines.data] == [True, False]
    assert len(api.invoices.list().data) == 1
    sandbox.time.moment += 60
    changed = api.subscriptions.update(subscription.id, how | {"payment_behavior": "error_if_incomplete"})
    invoice = api.invoices.retrieve(changed.latest_invoice)
    assert (invoice.amount_paid, invoice.billing_reason) == (preview.amount_due, "subscription_update")
    assert only_item(changed).price.id == prices["plan_growth"]
    assert [row.amount for row in api.charges.list().data] == [preview.amount_due, 2900]
    assert [line.description.split(" after ")[0] for line in invoice.lines.data] == [
        "Unused time on Starter",
        "Remaining time on Growth",
    ]
    same = api.subscriptions.update(subscription.id, how | {"proration_date": at + 60})
    assert (same.latest_invoice, len(api.invoices.list().data)) == (invoice.id, 2)
    nothing = {"subscription": subscription.id, "subscription_details": {"proration_behavior": "always_invoice"}}
    assert api.invoices.create_preview(nothing).amount_due == 0
    assert api.invoices.create_preview({"subscription": subscription.id}).amount_due == 9900


def test_a_downgrade_becomes_credit_for_the_next_invoice(
    api: Any, sandbox: Running, subscription: Any, customer: str, prices: dict[str, str]
) -> None:
    item = only_item(subscription).id
    api.subscriptions.update(
        subscription.id,
        {"items": [{"id": item, "price": prices["plan_scale"]}], "proration_behavior": "always_invoice"},
    )
    sandbox.time.moment += 15.5 * DAY_S
    api.subscriptions.update(
        subscription.id,
        {"items": [{"id": item, "price": prices["plan_starter"]}], "proration_behavior": "always_invoice"},
    )
    credit = (29900 - 2900) // 2
    assert api.customers.retrieve(customer).balance == -credit
    upcoming = api.invoices.create_preview({"customer": customer, "subscription": subscription.id})
    assert (upcoming.total, upcoming.starting_balance, upcoming.amount_due) == (2900, -credit, 0)
    sandbox.control("advance", days=16)
    newest = api.invoices.list({"customer": customer}).data[0]
    assert (newest.billing_reason, newest.status, newest.amount_paid) == ("subscription_cycle", "paid", 0)
    assert api.customers.retrieve(customer).balance == -credit + 2900
    assert all(row.amount > 0 for row in api.charges.list().data)


def test_prorations_wait_for_the_next_invoice_unless_told_otherwise(
    api: Any, sandbox: Running, subscription: Any, prices: dict[str, str]
) -> None:
    item = only_item(subscription).id
    sandbox.time.moment += 15.5 * DAY_S
    api.subscriptions.update(subscription.id, {"items": [{"id": item, "price": prices["plan_growth"]}]})
    assert len(api.invoices.list().data) == 1
    assert api.invoices.create_preview({"subscription": subscription.id}).amount_due == 9900 + 4950 - 1450
    api.subscriptions.update(
        subscription.id, {"items": [{"id": item, "price": prices["plan_scale"]}], "proration_behavior": "none"}
    )
    sandbox.control("advance", days=16)
    assert api.invoices.list().data[0].amount_paid == 29900 + 4950 - 1450
    sandbox.control("advance", days=30)
    assert api.invoices.list().data[0].amount_paid == 29900


def test_a_refused_change_changes_nothing_or_leaves_it_past_due(
    api: Any, sandbox: Running, subscription: Any, customer: str, prices: dict[str, str]
) -> None:
    bad = api.payment_methods.attach(REFUSED, {"customer": customer}).id
    api.subscriptions.update(subscription.id, {"default_payment_method": bad})
    change = {"items": [{"id": only_item(subscription).id, "price": prices["plan_growth"]}]}
    change |= {"proration_behavior": "always_invoice"}
    with pytest.raises(stripe.CardError):
        api.subscriptions.update(subscription.id, change | {"payment_behavior": "error_if_incomplete"})
    found = api.subscriptions.retrieve(subscription.id)
    assert (found.status, only_item(found).price.lookup_key) == ("active", "plan_starter")
    assert len(api.invoices.list().data) == 1
    changed = api.subscriptions.update(subscription.id, change)
    assert (changed.status, only_item(changed).price.lookup_key) == ("past_due", "plan_growth")


def test_an_add_on_goes_on_and_off_as_an_item(
    api: Any, sandbox: Running, subscription: Any, prices: dict[str, str]
) -> None:
    add_on = {"subscription": subscription.id, "price": prices["add_on_pay_per_call"]}
    made = api.subscription_items.create(add_on | {"proration_behavior": "always_invoice"})
    assert api.invoices.list().data[0].amount_paid == 4900
    assert api.subscription_items.retrieve(made.id).price.lookup_key == "add_on_pay_per_call"
    assert len(api.subscription_items.list({"subscription": subscription.id}).data) == 2
    with pytest.raises(stripe.InvalidRequestError, match="same price"):
        api.subscription_items.create(add_on)
    changed = api.subscription_items.update(made.id, {"quantity": 2, "proration_behavior": "none"})
    assert changed.quantity == 2
    assert api.subscription_items.delete(made.id, {"proration_behavior": "none"}).deleted
    with pytest.raises(stripe.InvalidRequestError) as gone:
        api.subscription_items.retrieve(made.id)
    assert gone.value.http_status == 404
    with pytest.raises(stripe.InvalidRequestError, match="at least one"):
        api.subscription_items.delete(only_item(subscription).id)


def test_a_change_of_what_is_not_there_is_refused(api: Any, subscription: Any, prices: dict[str, str]) -> None:
    foreign = api.payment_methods.attach("pm_card_visa", {"customer": api.customers.create({}).id}).id
    for change, param in (
        ({"items": [{"id": "si_none", "price": prices["plan_growth"]}]}, "items[0][id]"),
        ({"default_payment_method": foreign}, "default_payment_method"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            api.subscriptions.update(subscription.id, change)
        assert refused.value.param == param


def test_a_preview_of_a_new_subscription_needs_none(api: Any, customer: str, prices: dict[str, str]) -> None:
    details = {"items": [{"price": prices["plan_growth"]}, {"price": prices["add_on_volume_minutes"], "quantity": 2}]}
    preview = api.invoices.create_preview({"customer": customer, "subscription_details": details})
    assert preview.amount_due == 9900 + 2 * 7900
    assert api.subscriptions.list({"status": "all"}).data == []
