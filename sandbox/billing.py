"""The invoices of a subscription: at its start, for a change, and at renewal."""

from sandbox import invoices, proration
from sandbox.errors import Object
from sandbox.periods import month_after
from sandbox.proration import Change
from sandbox.world import World


def first(world: World, body: Object, owner: Object) -> Object:
    """Return the first invoice of a subscription, not stored yet."""
    items = body["items"]["data"]
    period = (items[0]["current_period_start"], items[0]["current_period_end"])
    lines = [proration.item_line(world, item, body["id"], period) for item in items]
    return invoices.draft(world, owner, lines, "subscription_create", (world.now(), world.now()), body)


def following(
    world: World, body: Object, owner: Object, changed: list[Change], prorated: list[Object], *, now: bool
) -> Object:
    """Pending items and prorations; unless billed now, with the items of the next period."""
    pending = [row for row in world.all("invoiceitem") if row["invoice"] is None and _is_for(row, body)]
    lines = [proration.pending_line(row, row["_price"]) for row in [*pending, *prorated]]
    start, end = (body["items"]["data"][0][f"current_period_{edge}"] for edge in ("start", "end"))
    if not now:
        following = (end, month_after(end, body["billing_cycle_anchor"]))
        items = [change.after for change in changed if change.after]
        lines += [proration.item_line(world, item, body["id"], following) for item in items]
    return invoices.draft(world, owner, lines, "subscription_update", (start, end), body)


def renewal(world: World, body: Object) -> Object:
    """Return the invoice of the next period, not stored yet."""
    owner = world.find("customer", body["customer"])
    changed = [Change(item, item) for item in body["items"]["data"]]
    return following(world, body, owner, changed, [], now=False) | {"billing_reason": "subscription_cycle"}


def first_amount(world: World, body: Object) -> int:
    """Return the amount of the first invoice of a new subscription."""
    return int(first(world, body, world.find("customer", body["customer"]))["amount_due"])


def _is_for(row: Object, body: Object) -> bool:
    return bool(row["parent"]["subscription_details"]["subscription"] == body["id"])
