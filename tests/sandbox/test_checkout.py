"""Checkout: created through the API, completed by a person with a card."""

from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.running import DAY_S, GOOD, Running

SUCCESS = "http://localhost:8000/settings?tab=billing&session={CHECKOUT_SESSION_ID}"
CANCEL = "http://localhost:8000/settings?tab=billing"
URLS = {"success_url": SUCCESS, "cancel_url": CANCEL}


def funds(customer: str, **more: Any) -> dict[str, Any]:
    """A checkout of $25.00 to add funds."""
    price = {"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Funds"}}
    line = {"price_data": price, "quantity": 1}
    return {"mode": "payment", "customer": customer, "line_items": [line], **URLS, **more}


def test_a_payment_is_made_once_and_leads_back(api: Any, sandbox: Running, customer: str) -> None:
    data = {"metadata": {"intent": "i_1"}, "setup_future_usage": "off_session"}
    made = api.checkout.sessions.create(funds(customer, payment_intent_data=data, metadata={"a": "b"}))
    assert (made.status, made.payment_status, made.currency) == ("open", "unpaid", "usd")
    assert (made.amount_subtotal, made.amount_total, made.total_details.amount_tax) == (2500, 2500, 0)
    assert made.payment_method_collection == "if_required"
    page = httpx.get(made.url)
    assert "Pay $25.00" in page.text
    assert "Sandbox" in page.text
    assert "form-action 'self' http://localhost:8000" in page.headers["content-security-policy"]

    back = sandbox.submit(made.url)
    assert back.status_code == 303
    assert back.headers["location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", made.id)
    assert sandbox.submit(made.url).headers["location"] == back.headers["location"]

    done = api.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent.latest_charge", "line_items"]})
    assert (done.status, done.payment_status, done.url) == ("complete", "paid", None)
    assert (done.customer_details.email, done.line_items.data[0].description) == ("owner@example.com", "Funds")
    assert done.payment_intent.metadata.to_dict() == {"intent": "i_1"}
    assert done.payment_intent.latest_charge.amount == 2500
    assert len(api.charges.list({"customer": customer}).data) == 1
    saved = api.customers.payment_methods.list(customer).data
    assert [row.card.last4 for row in saved] == ["4242"]
    assert sandbox.kinds()[-1] == "checkout.session.completed"


def test_without_future_use_the_card_is_not_saved(api: Any, sandbox: Running, customer: str) -> None:
    made = api.checkout.sessions.create(funds(customer))
    assert sandbox.submit(made.url).status_code == 303
    assert api.customers.payment_methods.list(customer).data == []


@pytest.mark.parametrize(
    ("number", "expiry", "cvc", "words"),
    [
        ("4000 0000 0000 0002", "12/34", "123", "Your card was declined."),
        ("4000 0000 0000 9995", "12/34", "123", "insufficient funds"),
        ("4000 0000 0000 0341", "12/34", "123", "Your card was declined."),
        ("4242 4242 4242 4241", "12/34", "123", "number is incorrect"),
        ("4111 1111 1111 1111", "12/34", "123", "test cards only"),
        ("", "12/34", "123", "number is incorrect"),
        (GOOD, "02/26", "123", "expired"),
        (GOOD, "13/34", "123", "month is invalid"),
        (GOOD, "00/34", "123", "month is invalid"),
        (GOOD, "12/99", "123", "year is invalid"),
        (GOOD, "soon", "123", "expiry is incomplete"),
        (GOOD, "12/34", "12", "security code is incomplete"),
    ],
)
def test_a_refusal_is_said_on_the_page_and_another_card_may_follow(
    api: Any, sandbox: Running, customer: str, number: str, expiry: str, cvc: str, words: str
) -> None:
    made = api.checkout.sessions.create(funds(customer))
    refused = sandbox.submit(made.url, number, expiry, cvc)
    assert refused.status_code == 402
    assert words in refused.text.replace("&#x27;", "'")
    assert 'role="alert"' in refused.text
    assert api.checkout.sessions.retrieve(made.id).status == "open"
    assert sandbox.submit(made.url, expiry="3/26").status_code == 303
    assert len(api.payment_intents.list({"customer": customer}).data) == 1
    assert api.checkout.sessions.retrieve(made.id).payment_status == "paid"
    assert sum(row.paid for row in api.charges.list({"customer": customer}).data) == 1


def test_an_authentication_is_approved_or_fails(api: Any, sandbox: Running, customer: str) -> None:
    made = api.checkout.sessions.create(funds(customer))
    page = sandbox.submit(made.url, "4000 0025 0000 3155").headers["location"]
    assert page == f"/checkout/{made.id}/authenticate"
    shown = httpx.get(sandbox.origin + page).text
    assert "Approve</button>" in shown
    assert "Fail</button>" in shown
    failed = sandbox.decide(sandbox.origin + page, "fail")
    assert "authentication failed" in failed.text
    assert api.checkout.sessions.retrieve(made.id).status == "open"
    assert sandbox.decide(sandbox.origin + page, "approve").headers["location"] == f"/checkout/{made.id}"

    sandbox.submit(made.url, "4000 0027 6000 3184")
    back = sandbox.decide(sandbox.origin + page, "approve")
    assert back.headers["location"] == SUCCESS.replace("{CHECKOUT_SESSION_ID}", made.id)
    assert api.checkout.sessions.retrieve(made.id, {"expand": ["payment_intent"]}).payment_intent.status == "succeeded"


@pytest.mark.parametrize(
    ("number", "saved"),
    [(GOOD, True), ("4000 0000 0000 0341", True), ("4000 0000 0000 0002", False), ("4000 0000 0000 9995", False)],
)
def test_a_card_is_saved_without_a_charge(api: Any, sandbox: Running, customer: str, number: str, saved: bool) -> None:
    data = {"metadata": {"for": "later"}}
    made = api.checkout.sessions.create(
        {"mode": "setup", "customer": customer, "currency": "usd", "setup_intent_data": data, **URLS}
    )
    assert (made.amount_subtotal, made.amount_total, made.total_details) == (None, None, None)
    assert made.payment_method_collection == "always"
    assert "Save card</button>" in httpx.get(made.url).text
    assert sandbox.submit(made.url, number).status_code == (303 if saved else 402)
    done = api.checkout.sessions.retrieve(made.id, {"expand": ["setup_intent"]})
    assert (done.status, done.payment_status) == ("complete" if saved else "open", "no_payment_required")
    assert done.setup_intent.metadata.to_dict() == {"for": "later"}
    assert len(api.customers.payment_methods.list(customer).data) == saved
    assert api.charges.list().data == []


def test_a_card_saved_with_authentication_works_off_session_unless_it_always_asks(
    api: Any, sandbox: Running, customer: str
) -> None:
    for number in ("4000 0025 0000 3155", "4000 0027 6000 3184"):
        made = api.checkout.sessions.create({"mode": "setup", "customer": customer, "currency": "usd", **URLS})
        page = sandbox.submit(made.url, number).headers["location"]
        assert sandbox.decide(sandbox.origin + page, "approve").status_code == 303
    always, once = (row.id for row in api.customers.payment_methods.list(customer).data)
    charge = {"amount": 900, "currency": "usd", "customer": customer, "off_session": True, "confirm": True}
    assert api.payment_intents.create(charge | {"payment_method": once}).status == "succeeded"
    with pytest.raises(stripe.CardError) as refused:
        api.payment_intents.create(charge | {"payment_method": always})
    assert refused.value.code == "authentication_required"


@pytest.mark.parametrize("number", [GOOD, "4000 0025 0000 3155"])
def test_a_subscription_begins_with_its_first_payment(
    api: Any, sandbox: Running, customer: str, prices: dict[str, str], number: str
) -> None:
    lines = [{"price": prices["plan_growth"], "quantity": 1}, {"price": prices["add_on_pay_per_call"], "quantity": 1}]
    data = {"metadata": {"business": "biz_1"}}
    made = api.checkout.sessions.create(
        {"mode": "subscription", "customer": customer, "line_items": lines, "subscription_data": data, **URLS}
    )
    shown = httpx.get(made.url).text
    assert "Subscribe</button>" in shown
    assert "$148.00" in shown
    assert sandbox.submit(made.url, "4000 0000 0000 0002").status_code == 402
    assert api.subscriptions.list({"customer": customer}).data == []
    back = sandbox.submit(made.url, number)
    if number != GOOD:
        sandbox.decide(sandbox.origin + back.headers["location"], "approve")
    done = api.checkout.sessions.retrieve(made.id, {"expand": ["subscription.latest_invoice", "invoice"]})
    assert (done.status, done.payment_status) == ("complete", "paid")
    subscription = done.subscription
    assert (subscription.status, subscription.metadata.to_dict()) == ("active", {"business": "biz_1"})
    assert [item.price.lookup_key for item in subscription["items"].data] == ["plan_growth", "add_on_pay_per_call"]
    assert (done.invoice.status, done.invoice.amount_paid) == ("paid", 14800)
    saved = api.customers.payment_methods.list(customer).data
    assert [row.id for row in saved] == [subscription.default_payment_method]
    assert sum(row.paid for row in api.charges.list().data) == 1


def test_a_subscription_without_a_customer_makes_one(api: Any, sandbox: Running, prices: dict[str, str]) -> None:
    line = {"price": prices["plan_starter"], "quantity": 1}
    made = api.checkout.sessions.create(
        {"mode": "subscription", "customer_email": "new@example.com", "line_items": [line], **URLS}
    )
    sandbox.submit(made.url)
    done = api.checkout.sessions.retrieve(made.id, {"expand": ["customer"]})
    assert done.customer.email == "new@example.com"


def test_a_session_expires_by_itself_or_when_told(api: Any, sandbox: Running, customer: str) -> None:
    told, late = (api.checkout.sessions.create(funds(customer)) for _ in range(2))
    assert api.checkout.sessions.expire(told.id).status == "expired"
    with pytest.raises(stripe.InvalidRequestError, match="Only Checkout Sessions"):
        api.checkout.sessions.expire(told.id)
    assert sandbox.submit(told.url).status_code == 404
    sandbox.time.moment += DAY_S
    assert sandbox.submit(late.url).status_code == 404
    assert sandbox.kinds(type="checkout.session.*") == ["checkout.session.expired"] * 2
    assert api.charges.list().data == []
    assert [row.id for row in api.checkout.sessions.list({"status": "expired"}).data] == [late.id, told.id]


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"success_url": "javascript:alert(1)"}, "success_url"),
        ({"success_url": "http://localhost:8000/a\r\nSet-Cookie: a=b"}, "success_url"),
        ({"cancel_url": "http://evil.example; script-src *"}, "cancel_url"),
        ({"success_url": ""}, "success_url"),
        ({"line_items": []}, "line_items"),
        ({"expires_at": 1_772_625_600 + 60}, "expires_at"),
        ({"setup_intent_data": {"description": "no"}}, "setup_intent_data"),
        ({"customer": "cus_nobody"}, "customer"),
    ],
)
def test_a_session_that_cannot_be_is_refused(api: Any, customer: str, change: dict[str, Any], param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.checkout.sessions.create(funds(customer) | change)
    assert refused.value.param == param
    assert api.checkout.sessions.list().data == []


def test_sessions_are_listed_by_what_they_led_to(api: Any, sandbox: Running, customer: str) -> None:
    paid, unpaid = (api.checkout.sessions.create(funds(customer)) for _ in range(2))
    foreign = api.checkout.sessions.create(funds(api.customers.create({}).id))
    sandbox.submit(paid.url)
    intent = api.checkout.sessions.retrieve(paid.id).payment_intent
    for filters, names in (
        ({"customer": customer}, [unpaid.id, paid.id]),
        ({"payment_intent": intent}, [paid.id]),
        ({"status": "open"}, [foreign.id, unpaid.id]),
        ({"subscription": "sub_none"}, []),
    ):
        assert [row.id for row in api.checkout.sessions.list(filters).data] == names


def test_a_price_must_fit_the_mode(api: Any, customer: str, prices: dict[str, str]) -> None:
    for mode, key in (("payment", "plan_growth"), ("subscription", "rate_growth_local_number")):
        line = {"price": prices[key], "quantity": 1}
        with pytest.raises(stripe.InvalidRequestError, match="cannot be used"):
            api.checkout.sessions.create({"mode": mode, "customer": customer, "line_items": [line], **URLS})
    for line, param in (
        ({"price": "price_none", "quantity": 1}, "line_items[0][price]"),
        ({"price": prices["rate_growth_local_number"], "quantity": 0}, "line_items[0][quantity]"),
        ({"price": prices["rate_scale_call"], "quantity": 1}, "amount"),
        ({"price": prices["rate_growth_call"], "quantity": 1}, "line_items[0][price]"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            api.checkout.sessions.create({"mode": "payment", "customer": customer, "line_items": [line], **URLS})
        assert refused.value.param == param
    with pytest.raises(stripe.InvalidRequestError) as without:
        api.checkout.sessions.create({"mode": "setup", "customer": customer, **URLS})
    assert without.value.param == "currency"
    with pytest.raises(stripe.InvalidRequestError) as paid:
        api.checkout.sessions.create(funds(customer) | {"mode": "setup", "currency": "usd"})
    assert paid.value.param == "line_items"


def test_lines_of_a_session_are_listed(api: Any, customer: str) -> None:
    made = api.checkout.sessions.create(funds(customer))
    assert [row.amount_total for row in api.checkout.sessions.line_items.list(made.id).data] == [2500]


def test_no_page_shows_what_is_not_there(sandbox: Running, api: Any, customer: str) -> None:
    names = ("checkout", "authenticate", "invoices", "receipts", "nowhere")
    paths = [f"/{name}/{customer}" for name in names] + [
        f"/invoices/{customer}/pdf",
        f"/checkout/{customer}/authenticate",
    ]
    for path in paths:
        assert httpx.get(sandbox.origin + path).status_code == 404
