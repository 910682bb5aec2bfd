"""Subscriptions from first payment to end, and their invoices."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.running import REFUSED, Running, only_item


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
