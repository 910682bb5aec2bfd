"""Products and prices: the initial catalogue and its calls. README.md describes the metadata."""

import re
from decimal import Decimal

from sandbox import listing
from sandbox.errors import Object, invalid
from sandbox.params import Params
from sandbox.world import World, new_id

PLANS = (
    ("starter", "Starter", "For a first campaign.", 2900),
    ("growth", "Growth", "For several sources and a team.", 9900),
    ("scale", "Scale", "For high volume, at the lowest rates.", 29900),
)
ADD_ONS = (
    ("pay_per_call", "Pay Per Call", "Buy and sell qualified calls, and pay publishers.", 4900),
    ("volume_minutes", "Volume Minutes", "Lower rates for every minute.", 7900),
)
RATES = ("local_minute", "toll_free_minute", "local_number", "toll_free_number", "call")
RATE_NAMES = ("Local minutes", "Toll-free minutes", "Local numbers", "Toll-free numbers", "Calls")
# In cents, in the order of RATES.
PLAN_RATES = {
    "starter": ("4.5", "6.5", "300", "400", "1"),
    "growth": ("3.5", "5.25", "250", "350", "0.5"),
    "scale": ("2.75", "4.5", "200", "300", "0"),
}
ADD_ON_RATES = {"volume_minutes": ("1.9", "3.2")}
INCREMENTS_S = {("scale", "toll_free_minute"): "30"}
CURRENCY = "usd"
_DECIMAL = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?\Z")


def seed(world: World) -> None:
    """Write the catalogue, once."""
    if world.all("product"):
        return
    for order, (plan, name, about, cents) in enumerate(PLANS, 1):
        metadata = {"kind": "plan", "plan": plan, "order": str(order)}
        _monthly(world, _product(world, name, about, metadata), f"plan_{plan}", metadata, cents)
        _rates(world, name, "plan", plan, f"rate_{plan}", PLAN_RATES[plan])
    for order, (add_on, name, about, cents) in enumerate(ADD_ONS, 1):
        metadata = {"kind": "add_on", "add_on": add_on, "order": str(order)}
        _monthly(world, _product(world, name, about, metadata), f"add_on_{add_on}", metadata, cents)
        _rates(world, name, "add_on", add_on, f"rate_add_on_{add_on}", ADD_ON_RATES.get(add_on, ()))


def list_products(world: World, params: Params) -> Object:
    """GET /v1/products"""
    rows = world.all("product")
    if "active" in params:
        rows = [row for row in rows if row["active"] == params.flag("active")]
    if ids := params.texts("ids"):
        rows = [row for row in rows if row["id"] in ids]
    return listing.page(params, "/v1/products", rows)


def get_product(world: World, params: Params, name: str) -> Object:
    """GET /v1/products/{id}"""
    return world.find("product", name)


def list_prices(world: World, params: Params) -> Object:
    """GET /v1/prices"""
    rows = world.all("price")
    keys = params.texts("lookup_keys")
    if len(keys) > 10:
        raise invalid("You can look up at most 10 keys.", "lookup_keys")
    if keys:
        rows = [row for row in rows if row["lookup_key"] in keys]
    if "active" in params:
        rows = [row for row in rows if row["active"] == params.flag("active")]
    for name in ("product", "type", "currency"):
        if wanted := params.text(name):
            rows = [row for row in rows if row[name] == wanted]
    return listing.page(params, "/v1/prices", rows)


def get_price(world: World, params: Params, name: str) -> Object:
    """GET /v1/prices/{id}"""
    return world.find("price", name)


def reprice(world: World, lookup_key: str, unit_amount_decimal: str) -> Object:
    """Create a new price that takes over the lookup key, and archive the old one, since prices never change."""
    before = next((row for row in world.all("price") if row["active"] and row["lookup_key"] == lookup_key), None)
    if before is None:
        raise invalid(f"No active price has the lookup key '{lookup_key}'.", "lookup_key", "resource_missing")
    if not _DECIMAL.match(unit_amount_decimal):
        raise invalid("unit_amount_decimal is in cents, like 4.25.", "unit_amount_decimal")
    if before["recurring"] and Decimal(unit_amount_decimal) % 1:
        raise invalid("What is paid each month is in whole cents.", "unit_amount_decimal")
    world.change(before, "price.updated", active=False, lookup_key=None)
    after = before | {"id": new_id("price"), "active": True, "lookup_key": lookup_key, "created": world.now()}
    return world.add(after | _amount(unit_amount_decimal), "price.created")


def price_of(world: World, name: str, param: str) -> Object:
    """Return the active price named by a parameter."""
    price = world.find("price", name, param)
    if not price["active"]:
        raise invalid("The price specified is inactive. This field only accepts active prices.", param)
    return price


def _rates(world: World, name: str, kind: str, owner: str, key: str, amounts: tuple[str, ...]) -> None:
    for rate, words, amount in zip(RATES, RATE_NAMES, amounts, strict=False):
        metadata = {"kind": "rate", kind: owner, "rate": rate}
        if rate.endswith("_minute"):
            metadata["increment_s"] = INCREMENTS_S.get((owner, rate), "60")
        product = _product(world, f"{name}: {words.lower()}", None, metadata)
        _price(world, product, f"{key}_{rate}", metadata, amount, None)


def _monthly(world: World, product: Object, key: str, metadata: dict[str, str], cents: int) -> None:
    recurring = {"interval": "month", "interval_count": 1, "meter": None}
    _price(world, product, key, metadata, str(cents), recurring | {"usage_type": "licensed"})


def _product(world: World, name: str, about: str | None, metadata: dict[str, str]) -> Object:
    product: Object = {
        "id": new_id("prod"),
        "object": "product",
        "active": True,
        "created": world.now(),
        "default_price": None,
        "description": about,
        "images": [],
        "livemode": False,
        "marketing_features": [],
        "metadata": metadata,
        "name": name,
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "unit_label": None,
        "updated": world.now(),
        "url": None,
    }
    return world.add(product)


def _price(world: World, product: Object, key: str, metadata: Object, amount: str, recurring: Object | None) -> None:
    price = {
        "id": new_id("price"),
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": world.now(),
        "currency": CURRENCY,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": key,
        "metadata": metadata,
        "nickname": None,
        "product": product["id"],
        "recurring": recurring,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring" if recurring else "one_time",
    }
    world.add(price | _amount(amount))


def _amount(decimal: str) -> Object:
    whole = Decimal(decimal) % 1 == 0
    return {"unit_amount": int(Decimal(decimal)) if whole else None, "unit_amount_decimal": decimal}
