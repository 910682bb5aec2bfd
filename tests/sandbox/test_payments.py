"""Payment intents, charges, refunds and disputes."""

from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.running import Running


def off_session(customer: str, method: str, amount: int = 2500) -> dict[str, Any]:
    """An off-session charge of a saved card."""
    return {
        "amount": amount,
        "currency": "usd",
        "customer": customer,
        "payment_method": method,
        "off_session": True,
        "confirm": True,
    }


def test_a_saved_card_is_charged(api: Any, sandbox: Running, customer: str, card: str) -> None:
    paid = api.payment_intents.create(
        off_session(customer, card)
        | {"description": "Funds", "metadata": {"intent": "i_1"}, "expand": ["latest_charge", "payment_method"]}
    )
    assert (paid.status, paid.amount_received, paid.payment_method.card.last4) == ("succeeded", 2500, "4242")
    charge = paid.latest_charge
    assert (charge.amount, charge.paid, charge.metadata.to_dict()) == (2500, True, {"intent": "i_1"})
    assert [row.id for row in api.payment_intents.list({"customer": customer}).data] == [paid.id]
    assert [row.id for row in api.charges.list({"payment_intent": paid.id}).data] == [charge.id]
    assert api.charges.retrieve(charge.id, {"expand": ["refunds"]}).refunds.data == []
    assert sandbox.kinds()[-3:] == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


@pytest.mark.parametrize(
    ("token", "code", "decline"),
    [
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline"),
        ("pm_card_authenticationRequired", "authentication_required", "authentication_required"),
        ("pm_card_authenticationRequiredOnSetup", "authentication_required", "authentication_required"),
    ],
)
def test_a_refused_card_is_a_card_error_with_the_intent_in_it(
    api: Any, sandbox: Running, customer: str, token: str, code: str, decline: str
) -> None:
    method = api.payment_methods.attach(token, {"customer": customer}).id
    with pytest.raises(stripe.CardError) as refused:
        api.payment_intents.create(off_session(customer, method))
    error = refused.value.error
    assert (refused.value.http_status, error.code, error.decline_code) == (402, code, decline)
    assert error.payment_intent.status == "requires_payment_method"
    assert error.payment_method.id == method
    found = api.payment_intents.retrieve(error.payment_intent.id, {"expand": ["latest_charge"]})
    assert found.last_payment_error.decline_code == decline
    charge = found.latest_charge
    assert (charge.status, charge.paid, charge.captured, found.amount_received) == ("failed", False, False, 0)
    assert (charge.failure_code, charge.outcome.reason, charge.receipt_url) == (code, decline, None)
    assert sandbox.kinds()[-2:] == ["charge.failed", "payment_intent.payment_failed"]
    paid = api.payment_intents.confirm(found.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


def test_an_on_session_payment_asks_for_authentication(api: Any, sandbox: Running, customer: str) -> None:
    made = api.payment_intents.create({"amount": 2500, "currency": "usd", "customer": customer})
    params = {
        "payment_method": "pm_card_authenticationRequired",
        "return_url": "http://localhost:8000/back",
    }
    url = api.payment_intents.confirm(made.id, params).next_action.redirect_to_url.url
    assert sandbox.decide(url, "fail").headers["location"].endswith("redirect_status=requires_payment_method")
    assert api.payment_intents.retrieve(made.id).last_payment_error.code == "payment_intent_authentication_failure"
    url = api.payment_intents.confirm(made.id, params).next_action.redirect_to_url.url
    assert sandbox.decide(url, "approve").headers["location"].endswith("redirect_status=succeeded")
    assert sandbox.decide(url, "approve").status_code == 404
    assert len(api.charges.list({"payment_intent": made.id}).data) == 1
    with pytest.raises(stripe.CardError) as strict:
        api.payment_intents.create(
            {"amount": 2500, "currency": "usd", "customer": customer, "confirm": True}
            | {"payment_method": "pm_card_authenticationRequired", "error_on_requires_action": True}
        )
    assert strict.value.code == "authentication_required"


def test_an_authentication_page_wants_its_secret(api: Any, sandbox: Running, customer: str) -> None:
    made = api.payment_intents.create(
        {"amount": 2500, "currency": "usd", "customer": customer, "confirm": True}
        | {"payment_method": "pm_card_authenticationRequired"}
    )
    assert made.next_action.type == "use_stripe_sdk"
    assert sandbox.decide(f"{sandbox.origin}/authenticate/{made.id}?secret=guess", "approve").status_code == 404
    assert api.payment_intents.retrieve(made.id).status == "requires_action"


def test_a_card_kept_on_session_pays_off_session_later(api: Any, sandbox: Running, customer: str) -> None:
    made = api.payment_intents.create(
        {"amount": 2500, "currency": "usd", "customer": customer, "setup_future_usage": "off_session"}
    )
    params = {"payment_method": "pm_card_authenticationRequiredOnSetup", "return_url": "http://localhost:8000/back"}
    sandbox.decide(api.payment_intents.confirm(made.id, params).next_action.redirect_to_url.url, "approve")
    kept = api.customers.payment_methods.list(customer).data[0].id
    assert api.payment_intents.create(off_session(customer, kept)).status == "succeeded"


def test_lists_are_of_one_customer_or_payment(api: Any, customer: str, card: str) -> None:
    paid = api.payment_intents.create(off_session(customer, card))
    other = api.payment_intents.create(
        {"amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    )
    api.refunds.create({"payment_intent": other.id})
    assert [row.id for row in api.payment_intents.list({"customer": customer}).data] == [paid.id]
    assert [row.payment_intent for row in api.charges.list({"customer": customer}).data] == [paid.id]
    assert [row.payment_intent for row in api.charges.list({"payment_intent": other.id}).data] == [other.id]
    assert api.refunds.list({"payment_intent": paid.id}).data == []
    assert len(api.refunds.list({"charge": other.latest_charge}).data) == 1


@pytest.mark.parametrize(
    ("form", "param"),
    [
        ({"currency": "usd"}, "amount"),
        ({"amount": "900"}, "currency"),
        ({"amount": "900", "currency": "usd", "confirm": "true"}, "payment_method"),
        ({"amount": "900.5", "currency": "usd"}, "amount"),
        ({"amount": "NaN", "currency": "usd"}, "amount"),
        ({"amount": "1e309", "currency": "usd"}, "amount"),
        ({"amount": "900", "currency": "usd", "confirm": "yes"}, "confirm"),
    ],
)
def test_what_the_sdk_would_not_send_is_refused_too(sandbox: Running, form: dict[str, str], param: str) -> None:
    answer = sandbox.post("/v1/payment_intents", form)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert sandbox.world.all("payment_intent") == []


def test_several_things_are_expanded_in_one_call(sandbox: Running) -> None:
    form = {"amount": "900", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
    more = {"expand[]": ["latest_charge.refunds", "payment_method"]}
    paid = sandbox.post("/v1/payment_intents", form | more).json()
    sandbox.post("/v1/refunds", {"payment_intent": sandbox.post("/v1/payment_intents", form).json()["id"]})
    assert paid["latest_charge"]["refunds"]["data"] == []
    assert paid["payment_method"]["card"]["last4"] == "4242"
    again = sandbox.sdk().charges.retrieve(paid["latest_charge"]["id"], {"expand": ["refunds"]})
    assert again.refunds.data == []
    for nothing in ("amount", "currency"):
        assert sandbox.post("/v1/payment_intents", form | {"expand[]": nothing}).status_code == 400


def test_an_intent_without_a_card_cannot_be_confirmed(api: Any) -> None:
    made = api.payment_intents.create({"amount": 900, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        api.payment_intents.confirm(made.id)


def test_an_intent_is_canceled_once(api: Any, customer: str, card: str) -> None:
    made = api.payment_intents.create({"amount": 900, "currency": "eur", "customer": customer, "payment_method": card})
    assert made.status == "requires_confirmation"
    api.payment_intents.update(made.id, {"metadata": {"a": "b"}, "description": "Later"})
    gone = api.payment_intents.cancel(made.id, {"cancellation_reason": "abandoned"})
    assert (gone.status, gone.description) == ("canceled", "Later")
    for deed in (api.payment_intents.cancel, api.payment_intents.confirm):
        with pytest.raises(stripe.InvalidRequestError) as late:
            deed(made.id)
        assert late.value.code == "payment_intent_unexpected_state"
        assert late.value.error.payment_intent.id == made.id


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"amount": 0}, "amount", "parameter_invalid_integer"),
        ({"amount": -5}, "amount", "parameter_invalid_integer"),
        ({"amount": 49}, "amount", "amount_too_small"),
        ({"amount": 100_000_000}, "amount", "amount_too_large"),
        ({"currency": "dollars"}, "currency", None),
        ({"customer": "cus_nobody"}, "customer", "resource_missing"),
        ({"payment_method": "pm_nothing"}, "payment_method", "resource_missing"),
        ({"confirm": False}, "off_session", None),
    ],
)
def test_an_intent_that_cannot_be_is_refused(
    api: Any, customer: str, card: str, change: dict[str, Any], param: str, code: str | None
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.payment_intents.create(off_session(customer, card) | change)
    assert (refused.value.http_status, refused.value.param, refused.value.code) == (400, param, code)
    assert api.payment_intents.list().data == []


def test_a_payment_is_refunded_in_parts_but_never_beyond(api: Any, sandbox: Running, customer: str, card: str) -> None:
    paid = api.payment_intents.create(off_session(customer, card))
    part = api.refunds.create({"payment_intent": paid.id, "amount": 500, "reason": "requested_by_customer"})
    assert (part.status, part.amount, api.refunds.retrieve(part.id).reason) == ("succeeded", 500, part.reason)
    with pytest.raises(stripe.InvalidRequestError, match="greater than unrefunded"):
        api.refunds.create({"charge": paid.latest_charge, "amount": 2001})
    with pytest.raises(stripe.InvalidRequestError):
        api.refunds.create({"charge": paid.latest_charge, "amount": 0})
    assert not api.charges.retrieve(paid.latest_charge).refunded
    assert sandbox.control("refund", payment_intent=paid.id)["amount"] == 2000
    assert api.charges.retrieve(paid.latest_charge).refunded
    with pytest.raises(stripe.InvalidRequestError) as done:
        api.refunds.create({"payment_intent": paid.id})
    assert done.value.code == "charge_already_refunded"
    assert [row.amount for row in api.refunds.list({"payment_intent": paid.id}).data] == [2000, 500]
    assert sandbox.kinds()[-4:] == ["refund.created", "charge.refunded"] * 2


def test_what_was_not_paid_cannot_be_refunded_or_disputed(api: Any, sandbox: Running, customer: str) -> None:
    made = api.payment_intents.create({"amount": 900, "currency": "usd", "customer": customer})
    with pytest.raises(stripe.InvalidRequestError, match="successful charge"):
        api.refunds.create({"payment_intent": made.id})
    method = api.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer}).id
    with pytest.raises(stripe.CardError) as refused:
        api.payment_intents.create(off_session(customer, method))
    with pytest.raises(stripe.InvalidRequestError, match="did not succeed"):
        api.refunds.create({"charge": refused.value.error.charge})
    paid = api.payment_intents.create(
        {"amount": 900, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    ).id
    api.refunds.create({"payment_intent": paid})
    for form in ({"payment_intent": paid}, {"payment_intent": made.id}, {"payment_intent": paid, "outcome": "won"}, {}):
        assert httpx.post(f"{sandbox.origin}/_sandbox/dispute", json=form).status_code == 400
    assert sandbox.world.all("dispute") == []


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute_takes_the_money_and_may_give_it_back(
    api: Any, sandbox: Running, customer: str, card: str, outcome: str
) -> None:
    paid = api.payment_intents.create(off_session(customer, card))
    api.refunds.create({"payment_intent": paid.id, "amount": 500})
    made = sandbox.control("dispute", payment_intent=paid.id)
    found = api.disputes.retrieve(made["id"])
    assert (found.amount, found.status, found.payment_intent) == (2000, "needs_response", paid.id)
    assert [row.id for row in api.disputes.list({"payment_intent": paid.id}).data] == [found.id]
    assert api.charges.retrieve(paid.latest_charge).disputed
    with pytest.raises(stripe.InvalidRequestError) as refused:
        api.refunds.create({"payment_intent": paid.id})
    assert refused.value.code == "charge_disputed"
    assert sandbox.control("dispute", payment_intent=paid.id, outcome=outcome)["status"] == outcome
    for again in ({}, {"outcome": outcome}):
        answer = httpx.post(f"{sandbox.origin}/_sandbox/dispute", json={"payment_intent": paid.id} | again)
        assert answer.status_code == 400
    told = sandbox.kinds(type="charge.dispute.*")
    given_back = ["charge.dispute.funds_reinstated"] if outcome == "won" else []
    created = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    assert told == [*created, "charge.dispute.closed", *given_back]
