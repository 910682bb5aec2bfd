"""Customers and their saved cards."""

from typing import Any

import pytest
import stripe

from tests.sandbox.running import Running


def test_a_customer_keeps_what_it_is_given(api: Any) -> None:
    made = api.customers.create({"email": "a@example.com", "metadata": {"business": "biz_1", "old": "x"}})
    api.customers.update(made.id, {"name": "Ann", "metadata": {"new": "y", "old": ""}})
    found = api.customers.retrieve(made.id)
    assert (found.email, found.name) == ("a@example.com", "Ann")
    assert found.metadata.to_dict() == {"business": "biz_1", "new": "y"}
    assert [row.id for row in api.customers.list({"email": "a@example.com"}).data] == [made.id]
    assert api.customers.list({"email": "b@example.com"}).data == []


def test_a_customer_can_begin_with_a_card_by_default_or_not(api: Any, sandbox: Running) -> None:
    for default in (True, False):
        token = "pm_card_mastercard"
        settings = {"invoice_settings": {"default_payment_method": token}} if default else {}
        made = api.customers.create({"payment_method": token} | settings)
        (kept,) = api.customers.payment_methods.list(made.id).data
        assert kept.card.brand == "mastercard"
        assert made.invoice_settings.default_payment_method == (kept.id if default else None)
    count = len(api.customers.list().data)
    with pytest.raises(stripe.InvalidRequestError):
        api.customers.create({"invoice_settings": {"default_payment_method": kept.id}})
    assert len(api.customers.list().data) == count


def test_a_card_of_nobody_is_in_no_list_and_cannot_be_changed(api: Any, customer: str) -> None:
    paid = api.payment_intents.create(
        {"amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )
    assert api.payment_methods.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match="must save"):
        api.payment_methods.update(paid.payment_method, {"metadata": {"a": "b"}})
    for listed, status in (
        (lambda: api.payment_methods.list({"customer": "cus_none"}), 400),
        (lambda: api.customers.payment_methods.list("cus_none"), 404),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            listed()
        assert refused.value.http_status == status


def test_a_detached_card_no_longer_pays_its_subscription_and_others_stay(
    api: Any, customer: str, card: str, prices: dict[str, str]
) -> None:
    second = api.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    made = [
        api.subscriptions.create(
            {"customer": customer, "items": [{"price": prices["plan_starter"]}], "default_payment_method": method}
        ).id
        for method in (card, second)
    ]
    api.payment_methods.detach(second)
    defaults = [api.subscriptions.retrieve(name).default_payment_method for name in made]
    assert defaults == [card, None]


def test_a_deleted_customer_says_so_and_can_do_nothing(api: Any, customer: str, card: str, prices: Any) -> None:
    subscription = api.subscriptions.create({"customer": customer, "items": [{"price": prices["plan_starter"]}]})
    api.customers.delete(customer)
    assert api.customers.retrieve(customer).deleted
    assert api.subscriptions.retrieve(subscription.id).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError, match="No such customer") as refused:
        api.payment_intents.create({"amount": 1000, "currency": "usd", "customer": customer})
    assert (refused.value.code, refused.value.http_status) == ("resource_missing", 400)
    with pytest.raises(stripe.InvalidRequestError) as gone:
        api.customers.update(customer, {"name": "Again"})
    assert gone.value.http_status == 404
    assert api.customers.list().data == []


def test_cards_are_listed_attached_and_detached_for_good(api: Any, customer: str, card: str) -> None:
    second = api.payment_methods.attach("pm_card_amex", {"customer": customer})
    listed = api.payment_methods.list({"customer": customer, "type": "card"})
    assert [row.id for row in listed.data] == [second.id, card]
    assert api.customers.payment_methods.retrieve(customer, card).card.last4 == "4242"
    api.payment_methods.update(card, {"metadata": {"label": "main"}})
    assert api.payment_methods.retrieve(card).metadata.to_dict() == {"label": "main"}

    assert api.payment_methods.detach(card).customer is None
    assert api.customers.retrieve(customer).invoice_settings.default_payment_method is None
    assert [row.id for row in api.customers.payment_methods.list(customer).data] == [second.id]
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        api.payment_methods.attach(card, {"customer": customer})
    with pytest.raises(stripe.InvalidRequestError, match="not attached"):
        api.payment_methods.detach(card)


def test_the_card_of_someone_else_is_nobodys(api: Any, customer: str, card: str) -> None:
    other = api.customers.create({}).id
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        api.payment_methods.attach(card, {"customer": other})
    with pytest.raises(stripe.InvalidRequestError, match="different customer"):
        api.customers.update(other, {"invoice_settings": {"default_payment_method": card}})
    with pytest.raises(stripe.InvalidRequestError):
        api.customers.payment_methods.retrieve(other, card)
    with pytest.raises(stripe.InvalidRequestError, match="different customer"):
        api.payment_intents.create({"amount": 1000, "currency": "usd", "customer": other, "payment_method": card})
    with pytest.raises(stripe.InvalidRequestError, match="whom the call must name"):
        api.payment_intents.create({"amount": 1000, "currency": "usd", "payment_method": card})


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("pm_card_visa_chargeDeclined", "generic_decline"),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds"),
    ],
)
def test_some_cards_cannot_even_be_saved(api: Any, customer: str, token: str, code: str) -> None:
    with pytest.raises(stripe.CardError) as refused:
        api.payment_methods.attach(token, {"customer": customer})
    assert refused.value.error.decline_code == code
    with pytest.raises(stripe.CardError):
        api.customers.create({"payment_method": token})
    assert len(api.customers.list().data) == 1
    assert api.customers.payment_methods.list(customer).data == []


def test_a_setup_saves_a_card_for_later(api: Any, sandbox: Running, customer: str) -> None:
    made = api.setup_intents.create({"customer": customer, "payment_method": "pm_card_visa", "confirm": True})
    assert (made.status, made.usage) == ("succeeded", "off_session")
    found = api.setup_intents.retrieve(made.id, {"expand": ["payment_method"]})
    assert found.payment_method.customer == customer
    assert [row.id for row in api.setup_intents.list({"customer": customer}).data] == [made.id]
    assert sandbox.kinds()[-3:] == ["setup_intent.created", "payment_method.attached", "setup_intent.succeeded"]


def test_a_setup_that_was_authenticated_pays_off_session_later(api: Any, sandbox: Running, customer: str) -> None:
    made = api.setup_intents.create({"customer": customer})
    asked = api.setup_intents.confirm(
        made.id,
        {
            "payment_method": "pm_card_authenticationRequiredOnSetup",
            "return_url": "http://localhost:8000/settings?tab=billing",
        },
    )
    assert asked.status == "requires_action"
    back = sandbox.decide(asked.next_action.redirect_to_url.url, "approve")
    assert back.headers["location"] == (
        f"http://localhost:8000/settings?tab=billing&setup_intent={made.id}&redirect_status=succeeded"
    )
    method = api.setup_intents.retrieve(made.id).payment_method
    paid = api.payment_intents.create(
        {"amount": 1000, "currency": "usd", "customer": customer, "payment_method": method, "off_session": True}
        | {"confirm": True}
    )
    assert paid.status == "succeeded"


def test_a_setup_that_cannot_be_is_refused(api: Any, customer: str) -> None:
    for form, param in (({"customer": "cus_none"}, "customer"), ({"confirm": True}, "payment_method")):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            api.setup_intents.create(form)
        assert refused.value.param == param
    waiting = api.setup_intents.create({"customer": customer, "payment_method": "pm_card_visa"})
    assert waiting.status == "requires_confirmation"
    assert api.setup_intents.list({"customer": "cus_none"}).data == []
    assert api.setup_intents.confirm(waiting.id).status == "succeeded"


def test_a_setup_is_refused_failed_or_canceled(api: Any, sandbox: Running, customer: str) -> None:
    with pytest.raises(stripe.CardError) as refused:
        api.setup_intents.create(
            {"customer": customer, "payment_method": "pm_card_visa_chargeDeclined", "confirm": True}
        )
    name = refused.value.error.setup_intent.id
    assert api.setup_intents.retrieve(name).last_setup_error.decline_code == "generic_decline"
    asked = api.setup_intents.confirm(name, {"payment_method": "pm_card_authenticationRequired"})
    page = f"{sandbox.origin}/authenticate/{name}?secret={asked.client_secret}"
    assert sandbox.decide(page, "fail").status_code == 404
    assert api.setup_intents.retrieve(name).last_setup_error.code == "setup_intent_authentication_failure"
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        api.setup_intents.confirm(name)
    assert api.setup_intents.cancel(name, {"cancellation_reason": "abandoned"}).status == "canceled"
    with pytest.raises(stripe.InvalidRequestError) as late:
        api.setup_intents.confirm(name, {"payment_method": "pm_card_visa"})
    assert late.value.code == "setup_intent_unexpected_state"
