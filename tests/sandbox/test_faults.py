"""Injected faults, and how the SDK recovers from them."""

import time
from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.running import Running

FUNDS = {"amount": 2500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}


@pytest.mark.parametrize(
    ("status", "error", "kind", "code"),
    [
        (500, stripe.APIError, "api_error", None),
        (503, stripe.APIError, "api_error", None),
        (429, stripe.RateLimitError, "invalid_request_error", "rate_limit"),
        (400, stripe.InvalidRequestError, "invalid_request_error", None),
    ],
)
def test_so_many_calls_fail_and_do_nothing(
    api: Any, sandbox: Running, status: int, error: type[stripe.StripeError], kind: str, code: str | None
) -> None:
    sandbox.control("faults", fail=2, status=status)
    for _ in range(2):
        with pytest.raises(error) as failed:
            api.payment_intents.create(FUNDS, {"idempotency_key": "k1"})
        body = failed.value.json_body["error"]
        assert (body["type"], body.get("code")) == (kind, code)
    assert api.payment_intents.create(FUNDS, {"idempotency_key": "k1"}).status == "succeeded"
    assert len(api.charges.list().data) == 1


@pytest.mark.parametrize("cut", [1, True])
def test_a_connection_cut_after_the_charge_leaves_one_charge(api: Any, sandbox: Running, cut: int | bool) -> None:
    sandbox.control("faults", cut_after_charge=cut)
    with pytest.raises(stripe.APIConnectionError):
        api.payment_intents.create(FUNDS, {"idempotency_key": "k1"})
    assert len(api.charges.list().data) == 1
    assert api.customers.create({}).id
    again = api.payment_intents.create(FUNDS, {"idempotency_key": "k1"})
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(api.charges.list().data) == 1


def test_the_sdk_retries_a_cut_connection_with_the_same_key(sandbox: Running) -> None:
    api = sandbox.sdk(retries=2)
    sandbox.control("faults", cut_after_charge=1)
    assert api.payment_intents.create(FUNDS).status == "succeeded"
    assert len(api.charges.list().data) == 1


def test_every_answer_can_be_late(api: Any, sandbox: Running) -> None:
    sandbox.control("faults", delay_s=0.3)
    start = time.monotonic()
    api.customers.list()
    assert time.monotonic() - start >= 0.3


def test_what_is_not_named_is_off(api: Any, sandbox: Running) -> None:
    sandbox.control("faults", fail=5, delay_s=3, cut_after_charge=True, duplicate=True, shuffle=True)
    off = {"fail": 0, "status": 500, "delay_s": 0.0, "cut_after_charge": 0, "duplicate": False, "shuffle": False}
    assert sandbox.control("faults") == off
    assert api.customers.list().data == []


@pytest.mark.parametrize(
    "values",
    [{"fail": -1}, {"fail": "x"}, {"status": 200}, {"delay_s": 121}, {"delay_s": "nan"}, {"duplicate": 1}, {"more": 1}],
)
def test_faults_that_make_no_sense_are_refused(sandbox: Running, values: dict[str, Any]) -> None:
    assert httpx.post(f"{sandbox.origin}/_sandbox/faults", json=values).status_code == 400
