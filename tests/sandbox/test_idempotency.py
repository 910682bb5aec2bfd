"""Idempotency keys behave as Stripe documents them."""

import threading
from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.running import DAY_S, Running

FUNDS = {"amount": "2500", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}


def test_the_first_answer_is_replayed(api: Any, sandbox: Running) -> None:
    first = sandbox.post("/v1/payment_intents", FUNDS, Idempotency_Key="k1")
    again = sandbox.post("/v1/payment_intents", dict(reversed(FUNDS.items())), Idempotency_Key="k1")
    assert (again.status_code, again.text) == (first.status_code, first.text)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"]
    assert len(api.charges.list().data) == 1


def test_a_declined_card_is_replayed_too(api: Any, sandbox: Running) -> None:
    form = FUNDS | {"payment_method": "pm_card_chargeCustomerFail"}
    first, again = (sandbox.post("/v1/payment_intents", form, Idempotency_Key="k1") for _ in range(2))
    assert (first.status_code, again.text) == (402, first.text)
    assert again.headers["idempotent-replayed"] == "true"
    assert len(api.payment_intents.list().data) == 1


@pytest.mark.parametrize("path", ["/v1/payment_intents", "/v1/refunds"])
def test_other_parameters_or_another_call_are_refused(api: Any, sandbox: Running, path: str) -> None:
    sandbox.post("/v1/payment_intents", FUNDS, Idempotency_Key="k1")
    other = sandbox.post(path, FUNDS | {"amount": "2600"}, Idempotency_Key="k1")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")
    assert len(api.payment_intents.list().data) == 1
    with pytest.raises(stripe.IdempotencyError):
        api.payment_intents.create({"amount": 900, "currency": "usd"}, {"idempotency_key": "k1"})


def test_refused_parameters_keep_no_answer(sandbox: Running) -> None:
    wrong = sandbox.post("/v1/payment_intents", FUNDS | {"amount": "1"}, Idempotency_Key="k1")
    right = sandbox.post("/v1/payment_intents", FUNDS, Idempotency_Key="k1")
    assert (wrong.status_code, right.status_code) == (400, 200)


def test_a_call_that_is_refused_after_its_effect_has_none(api: Any, sandbox: Running, customer: str) -> None:
    """`expand` is validated last: a charge made by then is rolled back and sends no event."""
    sandbox.control("faults", cut_after_charge=True)
    before = sandbox.kinds()
    saved = FUNDS | {"customer": customer, "setup_future_usage": "off_session"}
    wrong = sandbox.post("/v1/payment_intents", saved | {"expand[0]": "nothing"}, Idempotency_Key="k1")
    sandbox.control("faults")
    assert wrong.status_code == 400
    assert (api.charges.list().data, api.customers.payment_methods.list(customer).data) == ([], [])
    assert sandbox.kinds() == before


def test_a_second_call_while_the_first_runs_is_told_to_wait(api: Any, sandbox: Running) -> None:
    sandbox.control("faults", delay_s=1)
    answers: list[httpx.Response] = []

    def send() -> None:
        answers.append(sandbox.post("/v1/payment_intents", FUNDS, Idempotency_Key="k1"))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sandbox.control("faults")
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    waits = next(answer for answer in answers if answer.status_code == 409)
    assert waits.json()["error"]["code"] == "idempotency_key_in_use"
    assert waits.headers["stripe-should-retry"] == "true"
    assert len(api.charges.list().data) == 1


def test_a_key_is_forgotten_after_a_day(api: Any, sandbox: Running) -> None:
    sandbox.post("/v1/payment_intents", FUNDS, Idempotency_Key="k1")
    sandbox.time.moment += DAY_S - 1
    assert "idempotent-replayed" in sandbox.post("/v1/payment_intents", FUNDS, Idempotency_Key="k1").headers
    sandbox.time.moment += 1
    assert "idempotent-replayed" not in sandbox.post("/v1/payment_intents", FUNDS, Idempotency_Key="k1").headers
    assert len(api.charges.list().data) == 2


def test_a_key_is_not_endless_and_reading_has_none(sandbox: Running) -> None:
    assert sandbox.post("/v1/payment_intents", FUNDS, Idempotency_Key="k" * 256).status_code == 400
    assert sandbox.post("/v1/payment_intents", FUNDS, Idempotency_Key="a\tb").status_code == 400
    headers = {"Authorization": "Bearer sk_test_x", "Idempotency-Key": "k1"}
    for limit in (1, 2):
        answer = httpx.get(f"{sandbox.origin}/v1/customers?limit={limit}", headers=headers)
        assert answer.status_code == 200
        assert "idempotent-replayed" not in answer.headers
