"""Pages of lists, and `expand`."""

from collections.abc import Callable
from typing import Any

from sandbox.errors import Object, invalid
from sandbox.params import Params
from sandbox.world import World, shown

PAGING = "limit starting_after ending_before expand"
DATED = f"{PAGING} created"
MAX_DEPTH = 4
_BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda moment, bound: moment > bound,
    "gte": lambda moment, bound: moment >= bound,
    "lt": lambda moment, bound: moment < bound,
    "lte": lambda moment, bound: moment <= bound,
}


def page(params: Params, url: str, rows: list[Object]) -> Object:
    """Return one page of the rows, newest first; the rows are given oldest first."""
    limit = params.whole("limit", 10)
    if not 1 <= limit <= 100:
        raise invalid("Invalid limit: it is between 1 and 100.", "limit")
    newest = [row for row in reversed(rows) if _within(params, row)]
    after, before = params.text("starting_after"), params.text("ending_before")
    if after and before:
        raise invalid("You may only specify one of these parameters: starting_after, ending_before.")
    if after:
        newest = newest[_place(newest, after, "starting_after") + 1 :]
        return sheet(url, newest[:limit], len(newest) > limit)
    if before:
        newest = newest[: _place(newest, before, "ending_before")]
        return sheet(url, newest[-limit:], len(newest) > limit)
    return sheet(url, newest[:limit], len(newest) > limit)


def sheet(url: str, rows: list[Object], has_more: bool = False) -> Object:
    """Return rows in Stripe's list format."""
    return {"object": "list", "data": rows, "has_more": has_more, "url": url}


def answer(world: World, body: Object, paths: list[str]) -> Object:
    """Return the answer for an object or a page: without private fields, expanded as requested."""
    if body.get("object") == "list":
        copied: Object = body | {"data": [shown(row) for row in body["data"]]}
    else:
        copied = shown(body)
    for path in paths:
        parts = path.split(".")
        if len(parts) - (parts[0] == "data") > MAX_DEPTH:
            raise invalid(f"You cannot expand more than {MAX_DEPTH} levels of a property.", "expand")
        _expand(world, copied, parts, path)
    return copied


def _expand(world: World, body: Any, parts: list[str], path: str) -> None:
    if isinstance(body, list):
        for row in body:
            _expand(world, row, parts, path)
        return
    if body is None or not parts:
        return
    name = parts[0]
    if name not in body and (body.get("object"), name) in INCLUDED:
        body[name] = shown(INCLUDED[body["object"], name](world, body))
    if name not in body:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    value = body[name]
    if isinstance(value, str):
        found = world.store.get(value)
        if found is None:
            raise invalid(f"This property cannot be expanded ({path}).", "expand")
        body[name] = shown(found)
    elif not isinstance(value, dict | list) and value is not None:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    _expand(world, body[name], parts[1:], path)


def _lines(world: World, session: Object) -> Object:
    kept = world.find("checkout.session", session["id"])
    return sheet(f"/v1/checkout/sessions/{session['id']}/line_items", kept["_line_items"])


def _payments(world: World, invoice: Object) -> Object:
    rows = [row for row in world.all("invoice_payment") if row["invoice"] == invoice["id"]]
    return sheet("/v1/invoice_payments", [shown(row) for row in rows[::-1]])


def _refunds(world: World, charge: Object) -> Object:
    rows = [row for row in world.all("refund") if row["charge"] == charge["id"]]
    return sheet(f"/v1/charges/{charge['id']}/refunds", [shown(row) for row in rows[::-1]])


# Fields that are absent unless expanded.
INCLUDED: dict[tuple[str, str], Callable[[World, Object], Object]] = {
    ("checkout.session", "line_items"): _lines,
    ("invoice", "payments"): _payments,
    ("charge", "refunds"): _refunds,
}


def _within(params: Params, row: Object) -> bool:
    if isinstance(params.values.get("created"), str):
        return bool(row["created"] == params.integer("created"))
    inner = params.inner("created")
    inner.only("gt gte lt lte")
    return all(_BOUNDS[name](row["created"], inner.whole(name, 0)) for name in inner.values)


def _place(rows: list[Object], name: str, param: str) -> int:
    for place, row in enumerate(rows):
        if row["id"] == name:
            return place
    raise invalid(f"No such object: '{name}'", param, "resource_missing")
