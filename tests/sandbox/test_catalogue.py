"""The catalogue, read by a client as README.md describes."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
import stripe

from tests.sandbox.running import Running

RATES = {"local_minute", "toll_free_minute", "local_number", "toll_free_number", "call"}


def test_every_plan_has_a_price_and_every_rate(api: Any) -> None:
    rows = api.prices.list({"active": True, "limit": 100, "expand": ["data.product"]}).data
    plans = sorted(row.metadata["plan"] for row in rows if row.metadata["kind"] == "plan")
    assert plans == ["growth", "scale", "starter"]
    for row in rows:
        assert row.product.metadata.to_dict() == row.metadata.to_dict()
        assert row.recurring is None if row.metadata["kind"] == "rate" else row.recurring.interval == "month"
    for plan in plans:
        found = {row.metadata["rate"] for row in rows if row.lookup_key.startswith(f"rate_{plan}_")}
        assert found == RATES


def test_rates_are_finer_than_a_cent_and_an_add_on_changes_some(api: Any) -> None:
    keys = ["rate_growth_local_minute", "rate_add_on_volume_minutes_local_minute", "rate_scale_toll_free_minute"]
    rows = {row.lookup_key: row for row in api.prices.list({"lookup_keys": keys}).data}
    assert [rows[key].unit_amount_decimal for key in keys] == [Decimal("3.5"), Decimal("1.9"), Decimal("4.5")]
    assert [rows[key].metadata["increment_s"] for key in keys] == ["60", "60", "30"]
    assert rows[keys[0]].unit_amount is None


def test_add_ons_are_two_and_products_are_listed(api: Any) -> None:
    rows = api.products.list({"limit": 100, "active": True}).data
    names = {row.name for row in rows if row.metadata["kind"] == "add_on"}
    assert names == {"Pay Per Call", "Volume Minutes"}
    assert api.products.retrieve(rows[0].id).name == rows[0].name
    assert [row.id for row in api.products.list({"ids": [rows[1].id]}).data] == [rows[1].id]
    of_one = api.prices.list({"product": rows[0].id, "currency": "usd"}).data
    assert [row.product for row in of_one] == [rows[0].id]
    assert {row.type for row in api.prices.list({"type": "recurring"}).data} == {"recurring"}


def test_a_new_price_takes_over_the_lookup_key_and_the_old_one_is_archived(api: Any, sandbox: Running) -> None:
    key = "rate_growth_local_minute"
    before = api.prices.list({"lookup_keys": [key]}).data[0]
    sandbox.control("prices", lookup_key=key, unit_amount_decimal="3.125")
    after = api.prices.list({"lookup_keys": [key], "active": True}).data[0]
    assert (after.unit_amount_decimal, after.product) == (Decimal("3.125"), before.product)
    assert after.metadata.to_dict() == before.metadata.to_dict()
    old = api.prices.retrieve(before.id)
    assert (old.active, old.lookup_key, old.unit_amount_decimal) == (False, None, Decimal("3.5"))
    assert [row.id for row in api.prices.list({"active": False}).data] == [before.id]
    assert sandbox.kinds() == ["price.updated", "price.created"]


@pytest.mark.parametrize(
    ("key", "amount"),
    [("nothing", "1"), ("plan_growth", "99.5"), ("rate_growth_call", "-1"), ("rate_growth_call", "NaN")],
)
def test_a_price_that_cannot_be_is_refused(api: Any, sandbox: Running, key: str, amount: str) -> None:
    answer = httpx.post(f"{sandbox.origin}/_sandbox/prices", json={"lookup_key": key, "unit_amount_decimal": amount})
    assert answer.status_code == 400
    assert len(api.prices.list({"active": True, "limit": 100}).data) == 22


def test_an_archived_price_starts_nothing(api: Any, sandbox: Running, customer: str, prices: dict[str, str]) -> None:
    sandbox.control("prices", lookup_key="plan_growth", unit_amount_decimal="10900")
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        api.subscriptions.create({"customer": customer, "items": [{"price": prices["plan_growth"]}]})
