"""Every call of the sandbox exists in Stripe's document, and validation against it catches mistakes."""

from typing import Any

import pytest

from sandbox.api import ROUTES, Route
from tests import stripe_document
from tests.sandbox.running import Running
from tests.stripe_document import check_answer, check_object, check_request, parameters_of


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path.pattern}")
def test_every_call_and_parameter_is_stripes(route: Route) -> None:
    path = route.path.pattern.replace("([^/]+)", "x").removesuffix(r"\Z")
    if not stripe_document.BEYOND.match(path):
        assert set(route.accepts.split()) <= parameters_of(route.method.lower(), path)


@pytest.mark.parametrize(
    "form",
    [
        "amount=2500",
        "amount=25.00&currency=usd",
        "amount=2500&currency=usd&confirm=True",
        "amount=2500&currency=usd&ammount=1",
        "amount=2500&currency=usd&off_session=maybe",
        "amount=2500&currency=usd&metadata=x",
        "amount=2500&currency=usd&expand=x",
        "amount=2500&currency=usd&payment_method_options[card][request_three_d_secure]=never",
    ],
)
def test_a_request_that_stripe_refuses_is_caught(form: str) -> None:
    check_request("post", "/v1/payment_intents", "amount=2500&currency=usd&metadata[a]=b&expand[0]=customer")
    with pytest.raises(AssertionError):
        check_request("post", "/v1/payment_intents", form)


def test_a_query_or_a_call_that_stripe_does_not_know_is_caught() -> None:
    check_request("get", "/v1/prices", "lookup_keys[0]=a&active=true&limit=3&created[gte]=5")
    for path, query in (("/v1/prices", "lookup_key=a"), ("/v1/prices", "limit=ten"), ("/v1/nothing", "")):
        with pytest.raises(AssertionError):
            check_request("get", path, query)


def test_an_answer_that_stripe_would_not_give_is_caught(api: Any, sandbox: Running, customer: str) -> None:
    found = sandbox.world.find("customer", customer)
    check_answer("get", f"/v1/customers/{customer}", 200, found)
    for change in ({"nickname": "x"}, {"created": "today"}, {"livemode": None}, {"tax_exempt": "perhaps"}):
        with pytest.raises(AssertionError):
            check_object(found | change)
        with pytest.raises(AssertionError):
            check_answer("get", f"/v1/customers/{customer}", 200, found | change)
    with pytest.raises(AssertionError):
        check_answer("get", f"/v1/customers/{customer}", 400, {"error": {"type": "card_error", "reason": "x"}})
