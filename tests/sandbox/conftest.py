"""Fixtures of the sandbox's tests."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.running import Running, running


@pytest.fixture
def sandbox() -> Iterator[Running]:
    """A sandbox of this test's own, with its clock fixed at noon UTC on 4 March 2026."""
    with running() as started:
        yield started


@pytest.fixture
def api(sandbox: Running) -> Any:
    """The SDK client; every call is validated against Stripe's OpenAPI document."""
    return sandbox.sdk()


@pytest.fixture
def customer(api: Any) -> str:
    """A customer without a card."""
    return str(api.customers.create({"email": "owner@example.com", "name": "Northwind Leads"}).id)


@pytest.fixture
def card(api: Any, customer: str) -> str:
    """The customer's saved default card, whose charges succeed."""
    method = api.payment_methods.attach("pm_card_visa", {"customer": customer})
    api.customers.update(customer, {"invoice_settings": {"default_payment_method": method.id}})
    return str(method.id)


@pytest.fixture
def prices(api: Any) -> dict[str, str]:
    """The ids of the catalogue's prices, by lookup key."""
    found = api.prices.list({"active": True, "limit": 100})
    return {price.lookup_key: price.id for price in found.data}


@pytest.fixture
def subscription(api: Any, customer: str, card: str, prices: dict[str, str]) -> Any:
    """The customer's Starter plan, paid, from 4 March to 4 April."""
    return api.subscriptions.create({"customer": customer, "items": [{"price": prices["plan_starter"]}]})
