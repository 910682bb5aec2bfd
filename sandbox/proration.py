"""Changes of a subscription's items and their cost: prorated to the second, rounded to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.catalogue import price_of
from sandbox.errors import Object, invalid
from sandbox.params import Params
from sandbox.world import World, new_id, shown

ITEM_FIELDS = "id price quantity deleted metadata"


@dataclass(frozen=True)
class Change:
    """An item before and after; None if absent."""

    before: Object | None
    after: Object | None

    @property
    def costs(self) -> bool:
        """Whether it changes the price."""
        if self.before is None or self.after is None:
            return True
        same = self.before["price"]["id"] == self.after["price"]["id"]
        return not (same and self.before["quantity"] == self.after["quantity"])


def changes(world: World, items: list[Object], rows: Sequence[Params], period: tuple[int, int]) -> list[Change]:
    """Return each item before and after the call; items that it does not name stay."""
    by_id = {item["id"]: item for item in items}
    found: dict[str, Change] = {name: Change(item, item) for name, item in by_id.items()}
    for row in rows:
        row.only(ITEM_FIELDS)
        name = row.text("id")
        if name is None:
            after = new_item(world, row, period)
            found[after["id"]] = Change(None, after)
            continue
        if name not in by_id:
            raise invalid(f"No such subscription item: '{name}'", row.name("id"), "resource_missing")
        found[name] = Change(by_id[name], None if row.flag("deleted") else _changed(world, by_id[name], row))
    left = [change.after for change in found.values() if change.after]
    if not left:
        raise invalid("A subscription must have at least one active item.", "items")
    prices = [item["price"]["id"] for item in left]
    if len(set(prices)) < len(prices):
        raise invalid("Cannot add multiple subscription items with the same price.", "items")
    return list(found.values())


def new_item(world: World, row: Params, period: tuple[int, int]) -> Object:
    """Return a new item, not in a subscription yet."""
    price = _monthly(world, row)
    return {
        "id": new_id("si"),
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": world.now(),
        "current_period_end": period[1],
        "current_period_start": period[0],
        "discounts": [],
        "metadata": row.metadata(),
        "price": shown(price),
        "quantity": _quantity(row, 1),
        "subscription": "",
        "tax_rates": [],
    }


def proration_items(world: World, subscription: Object, changed: list[Change], at: int) -> list[Object]:
    """Return the credits and charges for the rest of the period, as invoice items not stored yet."""
    rows: list[Object] = []
    for change in changed:
        if not change.costs:
            continue
        for item, sign in ((change.before, -1), (change.after, 1)):
            if item is None:
                continue
            start, end = item["current_period_start"], item["current_period_end"]
            at = min(max(at, start), end)
            cents = _share(amount_of(item), end - at, end - start)
            words = "Unused time on" if sign < 0 else "Remaining time on"
            day = datetime.fromtimestamp(at, UTC).strftime("%d %b %Y")
            text = f"{words} {name_of(world, item['price'])} after {day}"
            rows.append(_invoice_item(world, subscription, item, sign * cents, text, (at, end)))
    return rows


def item_line(world: World, item: Object, subscription: str | None, period: tuple[int, int]) -> Object:
    """Return the line of an item for a whole period."""
    details = {"invoice_item": None, "proration": False, "proration_details": None, "subscription_item": item["id"]}
    details["subscription"] = subscription
    parent = {"invoice_item_details": None, "subscription_item_details": details, "type": "subscription_item_details"}
    amount = amount_of(item)
    words = f"{item['quantity']} × {name_of(world, item['price'])}"
    return _line(amount, item["price"], item["quantity"], words, period, parent)


def pending_line(row: Object, price: Object) -> Object:
    """Return the line of an invoice item."""
    details = {"invoice_item": row["id"], "proration": True, "proration_details": None}
    details["subscription"] = row["parent"]["subscription_details"]["subscription"]
    parent = {"invoice_item_details": details, "subscription_item_details": None, "type": "invoice_item_details"}
    period = (row["period"]["start"], row["period"]["end"])
    return _line(row["amount"], price, row["quantity"], row["description"], period, parent)


def amount_of(item: Object) -> int:
    """Return the cost of an item for a whole period, in the smallest unit."""
    return int(item["price"]["unit_amount"] * item["quantity"])


def name_of(world: World, price: Object) -> str:
    """Return the name of a price's product."""
    return str(world.find("product", price["product"])["name"])


def _changed(world: World, item: Object, row: Params) -> Object:
    after = dict(item)
    if "price" in row:
        after["price"] = shown(_monthly(world, row))
    after["quantity"] = _quantity(row, item["quantity"])
    after["metadata"] = row.metadata(item["metadata"])
    return after


def _monthly(world: World, row: Params) -> Object:
    price = price_of(world, row.required("price"), row.name("price"))
    if price["type"] != "recurring":
        raise invalid("The price specified is set to `type=one_time` but this field only accepts recurring prices.")
    return price


def _quantity(row: Params, default: int) -> int:
    quantity = row.whole("quantity", default)
    if not 1 <= quantity <= 100_000:
        raise invalid("Invalid quantity", row.name("quantity"))
    return quantity


def _share(cents: int, part: int, whole: int) -> int:
    return (2 * cents * part + whole) // (2 * whole)


def _invoice_item(
    world: World, subscription: Object, item: Object, amount: int, text: str, period: tuple[int, int]
) -> Object:
    details = {"subscription": subscription["id"], "subscription_item": item["id"]}
    return {
        "id": new_id("ii"),
        "object": "invoiceitem",
        "amount": amount,
        "currency": item["price"]["currency"],
        "customer": subscription["customer"],
        "date": world.now(),
        "description": text,
        "discountable": False,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": {"subscription_details": details, "type": "subscription_details"},
        "period": {"end": period[1], "start": period[0]},
        "pricing": _pricing(item["price"]),
        "proration": True,
        "quantity": item["quantity"],
        "quantity_decimal": str(item["quantity"]),
        "tax_rates": [],
        "test_clock": None,
        "_price": item["price"],
    }


def _line(amount: int, price: Object, quantity: int, text: str, period: tuple[int, int], parent: Object) -> Object:
    return {
        "id": new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": text,
        "discount_amounts": [],
        "discountable": not parent["invoice_item_details"],
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "parent": parent,
        "period": {"end": period[1], "start": period[0]},
        "pretax_credit_amounts": [],
        "pricing": _pricing(price),
        "quantity": quantity,
        "subtotal": amount,
        "taxes": [],
    }


def _pricing(price: Object) -> Object:
    details = {"price": price["id"], "product": price["product"]}
    return {"price_details": details, "type": "price_details", "unit_amount_decimal": price["unit_amount_decimal"]}
