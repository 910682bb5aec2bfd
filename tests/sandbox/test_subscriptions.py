"""Subscriptions, what changing them costs, and their invoices."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.running import DAY_S, Running

REFUSED = "pm_card_chargeCustomerFail"


@pytest.fixture
def subscription(api: Any, customer: str, card: str, prices: dict[str, str]) -> Any:
    """The customer's Starter plan, paid, from 4 March to 4 April."""
    return api.subscriptions.create({"customer": customer, "items": [{"price": prices["plan_starter"]}]})


def only_item(subscription: Any) -> Any:
    """Return the one item."""
    (item,) = subscription["items"].data
    return item


def test_a_subscription_begins_paid_for_a_month(api: Any, subscription: Any, customer: str, sandbox: Running) -> None:
    item = only_item(subscription)
    edges = [item.current_period_start, item.current_period_end]
    assert [datetime.fromtimestamp(edge, UTC).strftime("%d %b") for edge in edges] == ["04 Mar", "04 Apr"]
    found = api.subscriptions.retrieve(
        subscription.id, {"expand": ["latest_invoice.payments", "items.data.price.product"]}
    )
    assert found.status == "active"
    invoice = found.latest_invoice
    assert (invoice.billing_reason, invoice.status, invoice.total) == ("subscription_create", "paid", 2900)
    paid = invoice.payments.data[0].payment.payment_intent
    assert api.payment_intents.retrieve(paid).amount_received == 2900
    assert only_item(found).price.product.name == "Starter"
    assert [row.id for row in api.subscriptions.list({"customer": customer}).data] == [subscription.id]
    assert [row.id for row in api.invoices.list({"subscription": subscription.id}).data] == [invoice.id]
    assert api.subscriptions.list({"price": "price_other"}).data == []
    assert "customer.subscription.created" in sandbox.kinds()


def test_an_invoice_has_a_page_and_a_pdf_and_a_payment_a_receipt(api: Any, subscription: Any) -> None:
    invoice = api.invoices.retrieve(subscription.latest_invoice)
    assert "$29.00" in httpx.get(invoice.hosted_invoice_url).text
    answer = httpx.get(invoice.invoice_pdf)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-1.4")
    assert answer.content.endswith(b"%%EOF\n")
    assert f"(Invoice {invoice.number})".encode() in answer.content
    place = int(answer.content.rsplit(b"startxref\n", 1)[1].split()[0])
    assert answer.content[place : place + 4] == b"xref"
    receipt = httpx.get(api.charges.list().data[0].receipt_url)
    assert "Visa ending in 4242" in receipt.text


def test_a_failed_renewal_is_paid_with_the_saved_card_on_its_page(
    api: Any, sandbox: Running, subscription: Any, customer: str
) -> None:
    asking = api.payment_methods.attach("pm_card_authenticationRequired", {"customer": customer}).id
    api.subscriptions.update(subscription.id, {"default_payment_method": asking})
    sandbox.control("advance", days=31)
    invoice = api.invoices.list({"status": "open"}).data[0]
    answer = httpx.post(invoice.hosted_invoice_url, data={"saved": "1"}, headers={"Origin": sandbox.origin})
    back = sandbox.decide(answer.headers["location"], "approve").headers["location"]
    assert back.startswith(invoice.hosted_invoice_url)
    assert "Paid" in httpx.get(back).text
    assert httpx.post(invoice.hosted_invoice_url, data={"saved": "1"}).status_code == 200
    assert api.subscriptions.retrieve(subscription.id).status == "active"
    assert sum(row.paid for row in api.charges.list().data) == 2


@pytest.mark.parametrize(("behaviour", "left"), [("allow_incomplete", 1), ("error_if_incomplete", 0)])
def test_a_refused_first_payment_leaves_it_incomplete_or_nothing(
    api: Any, sandbox: Running, customer: str, prices: dict[str, str], behaviour: str, left: int
) -> None:
    method = api.payment_methods.attach(REFUSED, {"customer": customer}).id
    params = {"customer": customer, "items": [{"price": prices["plan_starter"]}], "default_payment_method": method}
    if behaviour == "error_if_incomplete":
        with pytest.raises(stripe.CardError):
            api.subscriptions.create(params | {"payment_behavior": behaviour})
    else:
        made = api.subscriptions.create(params | {"payment_behavior": behaviour})
        assert made.status == "incomplete"
        invoice = api.invoices.retrieve(made.latest_invoice)
        assert (invoice.status, invoice.attempt_count) == ("open", 1)
        assert "invoice.payment_failed" in sandbox.kinds()
        sandbox.control("advance", days=1)
        assert api.subscriptions.retrieve(made.id).status == "incomplete_expired"
        assert api.invoices.retrieve(made.latest_invoice).status == "void"
    assert len(api.subscriptions.list({"status": "all"}).data) == left
    assert len(api.invoices.list().data) == left


def test_an_incomplete_subscription_is_paid_later(
    api: Any, sandbox: Running, customer: str, prices: dict[str, str]
) -> None:
    made = api.subscriptions.create(
        {"customer": customer, "items": [{"price": prices["plan_starter"]}], "payment_behavior": "default_incomplete"}
    )
    with pytest.raises(stripe.InvalidRequestError, match="no default_payment_method"):
        api.invoices.pay(made.latest_invoice)
    method = api.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    paid = api.invoices.pay(made.latest_invoice, {"payment_method": method})
    assert (paid.status, api.subscriptions.retrieve(made.id).status) == ("paid", "active")
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        api.invoices.pay(made.latest_invoice)


def test_an_authentication_finishes_a_first_payment(
    api: Any, sandbox: Running, customer: str, prices: dict[str, str]
) -> None:
    method = api.payment_methods.attach("pm_card_authenticationRequired", {"customer": customer}).id
    made = api.subscriptions.create(
        {"customer": customer, "items": [{"price": prices["plan_starter"]}], "default_payment_method": method}
        | {"expand": ["latest_invoice.payments"]}
    )
    assert made.status == "incomplete"
    assert "invoice.payment_action_required" in sandbox.kinds()
    name = made.latest_invoice.payments.data[0].payment.payment_intent
    intent = api.payment_intents.retrieve(name)
    sandbox.decide(f"{sandbox.origin}/authenticate/{name}?secret={intent.client_secret}", "approve")
    assert api.subscriptions.retrieve(made.id).status == "active"
    assert api.invoices.retrieve(made.latest_invoice.id).status == "paid"


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


def test_it_ends_at_the_end_of_the_period_unless_it_goes_on(api: Any, sandbox: Running, subscription: Any) -> None:
    ends = api.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert (ends.status, ends.cancel_at) == ("active", only_item(subscription).current_period_end)
    assert (ends.cancellation_details.reason, ends.canceled_at) == ("cancellation_requested", ends.created)
    goes_on = api.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    assert (goes_on.cancel_at, goes_on.canceled_at, goes_on.cancellation_details.reason) == (None, None, None)
    api.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    sandbox.control("advance", days=32)
    ended = api.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.ended_at) == ("canceled", only_item(subscription).current_period_end)
    assert len(api.invoices.list().data) == 1
    assert sandbox.kinds()[-1] == "customer.subscription.deleted"


def test_it_is_canceled_at_once_and_for_good(api: Any, subscription: Any) -> None:
    details = {"cancellation_details": {"comment": "Moved", "feedback": "too_expensive"}}
    assert api.subscriptions.cancel(subscription.id, details).cancellation_details.comment == "Moved"
    for late in (
        lambda: api.subscriptions.cancel(subscription.id),
        lambda: api.subscriptions.update(subscription.id, {"metadata": {"a": "b"}}),
        lambda: api.subscriptions.resume(subscription.id),
        lambda: api.invoices.create_preview({"subscription": subscription.id}),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            late()
    assert api.subscriptions.list().data == []
    assert len(api.subscriptions.list({"status": "canceled"}).data) == 1
    assert len(api.subscriptions.list({"status": "ended"}).data) == 1


def test_invoices_are_listed_by_subscription_customer_and_status(
    api: Any, subscription: Any, customer: str, prices: dict[str, str]
) -> None:
    other = api.customers.create({}).id
    items = [{"price": prices["plan_scale"]}]
    unpaid = api.subscriptions.create({"customer": other, "items": items, "payment_behavior": "default_incomplete"})
    for filters, name in (
        ({"subscription": subscription.id}, subscription.latest_invoice),
        ({"customer": customer}, subscription.latest_invoice),
        ({"status": "open"}, unpaid.latest_invoice),
    ):
        assert [row.id for row in api.invoices.list(filters).data] == [name]
    assert [row.id for row in api.subscriptions.list({"customer": other}).data] == [unpaid.id]
    assert [row.id for row in api.subscriptions.list({"price": prices["plan_scale"]}).data] == [unpaid.id]
    assert [row.id for row in api.subscriptions.list({"status": "active"}).data] == [subscription.id]


def test_a_first_payment_that_must_succeed_is_made_once(
    api: Any, sandbox: Running, customer: str, card: str, prices: dict[str, str]
) -> None:
    params = {"customer": customer, "items": [{"price": prices["plan_starter"]}]}
    params |= {"payment_behavior": "error_if_incomplete", "metadata": {"business": "biz_1"}}
    made = api.subscriptions.create(params | {"expand": ["latest_invoice"]})
    assert (made.status, made.latest_invoice.status) == ("active", "paid")
    assert [row.amount for row in api.charges.list().data] == [2900]
    (created,) = api.events.list({"type": "customer.subscription.created"}).data
    assert created.data.object.status == "active"
    assert api.subscriptions.update(made.id, {"metadata": {"plan": "x"}}).metadata.to_dict() == {
        "business": "biz_1",
        "plan": "x",
    }
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        api.subscriptions.create(params | {"customer": api.customers.create({}).id})


def test_a_change_of_what_is_not_there_is_refused(api: Any, subscription: Any, prices: dict[str, str]) -> None:
    foreign = api.payment_methods.attach("pm_card_visa", {"customer": api.customers.create({}).id}).id
    for change, param in (
        ({"items": [{"id": "si_none", "price": prices["plan_growth"]}]}, "items[0][id]"),
        ({"default_payment_method": foreign}, "default_payment_method"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            api.subscriptions.update(subscription.id, change)
        assert refused.value.param == param


def test_one_unpaid_invoice_holds_no_other_subscription(
    api: Any, customer: str, card: str, prices: dict[str, str]
) -> None:
    first, second = (
        api.subscriptions.create(
            {"customer": customer, "items": [{"price": prices["plan_starter"]}]}
            | {"default_payment_method": api.payment_methods.attach(REFUSED, {"customer": customer}).id}
        )
        for _ in range(2)
    )
    paid = api.invoices.pay(second.latest_invoice, {"payment_method": card, "expand": ["payments"]})
    assert api.subscriptions.retrieve(second.id).status == "active"
    assert (paid.attempt_count, [row.status for row in paid.payments.data]) == (2, ["paid"])
    left = api.invoices.retrieve(first.latest_invoice, {"expand": ["payments"]})
    assert (left.status, [row.status for row in left.payments.data]) == ("open", ["open"])
    assert api.subscriptions.retrieve(first.id).status == "incomplete"
    intent = api.payment_intents.retrieve(paid.payments.data[0].payment.payment_intent)
    assert intent.description == "Subscription creation"


def test_a_preview_of_a_new_subscription_needs_none(api: Any, customer: str, prices: dict[str, str]) -> None:
    details = {"items": [{"price": prices["plan_growth"]}, {"price": prices["add_on_volume_minutes"], "quantity": 2}]}
    preview = api.invoices.create_preview({"customer": customer, "subscription_details": details})
    assert preview.amount_due == 9900 + 2 * 7900
    assert api.subscriptions.list({"status": "all"}).data == []


@pytest.mark.parametrize(
    "change",
    [
        {"items": []},
        {"items": [{"price": "price_none"}]},
        {"items": [{"price": "RATE"}]},
        {"items": [{"price": "PLAN", "quantity": 0}]},
        {"customer": "cus_none"},
        {"default_payment_method": "pm_none"},
        {"payment_behavior": "pending_if_incomplete"},
    ],
)
def test_a_subscription_that_cannot_be_is_refused(
    api: Any, customer: str, card: str, prices: dict[str, str], change: dict[str, Any]
) -> None:
    named = {"RATE": prices["rate_growth_call"], "PLAN": prices["plan_growth"]}
    if "items" in change:
        change = {"items": [{**row, "price": named.get(row["price"], row["price"])} for row in change["items"]]}
    with pytest.raises(stripe.InvalidRequestError):
        api.subscriptions.create({"customer": customer, "items": [{"price": prices["plan_growth"]}]} | change)
    assert api.subscriptions.list({"status": "all"}).data == []
