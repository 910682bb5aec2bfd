"""What happens as time passes: renewals, retries, cancellations, expiry."""

from collections.abc import Callable, Iterator

from sandbox import billing, invoices, subscriptions
from sandbox.errors import Object
from sandbox.periods import month_after
from sandbox.world import World

EXPIRES_INCOMPLETE_S = 23 * 3600
KEYS_KEPT_S = 24 * 3600
LIVE = ("active", "past_due")
Deed = Callable[[World, Object], None]


def advance(world: World, to: int) -> None:
    """Advance the clock, stopping whenever something is due."""
    while (due := min(_due(world), key=lambda entry: entry[0], default=None)) and due[0] <= to:
        moment, deed, body = due
        if moment > world.now():
            world.move_to(moment)
        deed(world, body)
    if to > world.now():
        world.move_to(to)


def catch_up(world: World) -> None:
    """Do everything that is due."""
    advance(world, world.now())


def _due(world: World) -> Iterator[tuple[int, Deed, Object]]:
    for body in world.all("subscription"):
        if body["status"] in LIVE:
            yield body["items"]["data"][0]["current_period_end"], _renew, body
        elif body["status"] == "incomplete":
            yield body["created"] + EXPIRES_INCOMPLETE_S, _expire_incomplete, body
    for body in world.all("invoice"):
        if body["status"] == "open" and body["next_payment_attempt"]:
            yield body["next_payment_attempt"], _retry, body
    for body in world.all("checkout.session"):
        if body["status"] == "open":
            yield body["expires_at"], _expire_session, body
    if oldest := world.store.oldest("_idempotency"):
        yield oldest["created"] + KEYS_KEPT_S, _forget, oldest


def _renew(world: World, body: Object) -> None:
    if body["cancel_at_period_end"]:
        subscriptions.end(world, body, body["cancellation_details"])
        return
    invoice = billing.renewal(world, body)
    items = []
    for item in body["items"]["data"]:
        start = item["current_period_end"]
        end = month_after(start, body["billing_cycle_anchor"])
        items.append(item | {"current_period_start": start, "current_period_end": end})
    moved = body["items"] | {"data": items}
    world.change(body, subscriptions.UPDATED, items=moved, latest_invoice=invoice["id"])
    invoices.finalize(world, invoice)
    if invoices.collect(world, invoice, off_session=True) and body["status"] == "active":
        world.change(body, subscriptions.UPDATED, status="past_due")


def _retry(world: World, body: Object) -> None:
    name = invoices.subscription_of(body)
    subscription = world.find("subscription", name) if name else None
    if subscription is None or subscription["status"] in subscriptions.ENDED:
        world.change(body, next_payment_attempt=None)
        return
    invoices.collect(world, body, off_session=True)
    if body["status"] == "open" and body["next_payment_attempt"] is None:
        world.change(body, "invoice.marked_uncollectible", status="uncollectible")
        subscriptions.end(world, subscription, subscription["cancellation_details"] | {"reason": "payment_failed"})


def _expire_incomplete(world: World, body: Object) -> None:
    world.change(body, subscriptions.UPDATED, status="incomplete_expired", ended_at=world.now())
    invoice = world.find("invoice", body["latest_invoice"])
    if invoice["status"] == "open":
        world.change(invoice, "invoice.voided", status="void", next_payment_attempt=None)


def _expire_session(world: World, body: Object) -> None:
    world.change(body, "checkout.session.expired", status="expired", url=None)


def _forget(world: World, body: Object) -> None:
    world.store.remove(body)
