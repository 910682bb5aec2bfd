"""Subscriptions, their items, and previews of what a change costs."""

from sandbox import billing, invoices, listing, payments, proration
from sandbox.customers import customer, own_method
from sandbox.errors import Object, Refused, invalid
from sandbox.params import Params
from sandbox.periods import month_after
from sandbox.proration import Change
from sandbox.world import World, new_id

BEHAVIOURS = ("create_prorations", "always_invoice", "none")
PAYMENT_BEHAVIOURS = ("allow_incomplete", "error_if_incomplete", "default_incomplete")
ENDED = ("canceled", "incomplete_expired")
UPDATED = "customer.subscription.updated"


def create(world: World, params: Params) -> Object:
    """POST /v1/subscriptions"""
    owner = customer(world, params.required("customer"), "customer")
    method = params.text("default_payment_method")
    if method:
        method = own_method(world, method, owner["id"], "default_payment_method")["id"]
    behaviour = params.one_of("payment_behavior", *PAYMENT_BEHAVIOURS) or "allow_incomplete"
    body = new_subscription(world, owner, params.rows("items"), params.metadata(), method)
    return begin(world, body, behaviour, off_session=params.flag("off_session"))


def get(world: World, params: Params, name: str) -> Object:
    """GET /v1/subscriptions/{id}"""
    return world.find("subscription", name)


def listed(world: World, params: Params) -> Object:
    """GET /v1/subscriptions: those that have not ended, unless a status is asked for."""
    rows = world.all("subscription")
    if owner := params.text("customer"):
        rows = [row for row in rows if row["customer"] == owner]
    if price := params.text("price"):
        rows = [row for row in rows if any(item["price"]["id"] == price for item in row["items"]["data"])]
    status = params.text("status")
    if status == "ended":
        rows = [row for row in rows if row["status"] in ENDED]
    elif status is None:
        rows = [row for row in rows if row["status"] != "canceled"]
    elif status != "all":
        rows = [row for row in rows if row["status"] == status]
    return listing.page(params, "/v1/subscriptions", rows)


def update(world: World, params: Params, name: str) -> Object:
    """POST /v1/subscriptions/{id}"""
    body = world.find("subscription", name)
    if body["status"] in ENDED:
        raise invalid("A canceled subscription can only update its cancellation_details and metadata.")
    method = params.text("default_payment_method")
    if method:
        own_method(world, method, body["customer"], "default_payment_method")
    behaviour = params.one_of("proration_behavior", *BEHAVIOURS) or "create_prorations"
    must_pay = params.one_of("payment_behavior", *PAYMENT_BEHAVIOURS) == "error_if_incomplete"
    changed = changes_of(world, body, params)
    later: Object = {}
    if "default_payment_method" in params:
        later["default_payment_method"] = method
    if "metadata" in params:
        later["metadata"] = params.metadata(body["metadata"])
    if "cancel_at_period_end" in params:
        ends = params.flag("cancel_at_period_end")
        later |= {"cancel_at_period_end": ends, "canceled_at": world.now() if ends else None}
        later["cancel_at"] = body["items"]["data"][0]["current_period_end"] if ends else None
        later["cancellation_details"] = _details(params, "cancellation_requested" if ends else None)
    at = params.whole("proration_date", world.now())
    return change_items(world, body, changed, behaviour, at, must_pay=must_pay, **later)


def cancel(world: World, params: Params, name: str) -> Object:
    """DELETE /v1/subscriptions/{id}: immediately, without a refund."""
    body = world.find("subscription", name)
    if body["status"] in ENDED:
        raise invalid(f"No such subscription: '{name}'", "id", "resource_missing", 404)
    return end(world, body, _details(params, "cancellation_requested"))


def resume(world: World, params: Params, name: str) -> Object:
    """POST /v1/subscriptions/{id}/resume: only for subscriptions paused after a trial; there are no trials here."""
    body = world.find("subscription", name)
    raise invalid(f"The subscription is {body['status']}; only a paused subscription can be resumed.")


def create_preview(world: World, params: Params) -> Object:
    """POST /v1/invoices/create_preview: the next invoice, or the one that a change would create; not stored."""
    details = params.inner("subscription_details")
    details.only("items proration_behavior proration_date cancel_at_period_end")
    behaviour = details.one_of("proration_behavior", *BEHAVIOURS) or "create_prorations"
    name = params.text("subscription")
    if name is None:
        owner = customer(world, params.required("customer"), "customer")
        body = new_subscription(world, owner, details.rows("items"), {}, None)
        invoice = billing.first(world, body, owner)
    else:
        body = world.find("subscription", name, "subscription")
        if body["status"] in ENDED:
            raise invalid(
                "You cannot preview the upcoming invoice for a canceled subscription.", None, "invoice_upcoming_none"
            )
        owner = customer(world, params.text("customer") or body["customer"], "customer")
        at = details.whole("proration_date", world.now())
        changed = changes_of(world, body, details)
        prorated = proration.proration_items(world, body, changed, at) if behaviour != "none" else []
        invoice = billing.following(world, body, owner, changed, prorated, now=behaviour == "always_invoice")
    preview = invoice | {"id": f"upcoming_{invoice['id']}", "billing_reason": "upcoming"}
    for line in preview["lines"]["data"]:
        line["invoice"] = preview["id"]
    return preview


def new_subscription(
    world: World, owner: Object, rows: list[Params], metadata: dict[str, str], method: str | None
) -> Object:
    """Return a subscription that starts now, not stored yet."""
    now = world.now()
    period = (now, month_after(now, now))
    name = new_id("sub")
    items = [change.after for change in proration.changes(world, [], rows, period) if change.after]
    for item in items:
        item["subscription"] = name
    return {
        "id": name,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": now,
        "billing_cycle_anchor_config": None,
        "billing_mode": {"flexible": {"proration_discounts": "included"}, "type": "flexible"},
        "billing_schedules": [],
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": now,
        "currency": items[0]["price"]["currency"],
        "customer": owner["id"],
        "days_until_due": None,
        "default_payment_method": method,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": None,
        "invoice_settings": {"account_tax_ids": None, "issuer": invoices.ISSUER},
        "items": listing.sheet(f"/v1/subscription_items?subscription={name}", items),
        "latest_invoice": None,
        "livemode": False,
        "metadata": metadata,
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "payment_settings": {
            "payment_method_options": None,
            "payment_method_types": None,
            "save_default_payment_method": "off",
        },
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": now,
        "status": "incomplete",
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }


def begin(
    world: World, body: Object, behaviour: str, *, off_session: bool = False, paid_by: Object | None = None
) -> Object:
    """Store a new subscription with its first invoice, paid by a succeeded intent or charged now."""
    owner = world.find("customer", body["customer"])
    invoice = billing.first(world, body, owner)
    if behaviour == "error_if_incomplete" and invoice["amount_due"]:
        paid_by = _charge_first(world, body, invoice)
    body["latest_invoice"] = invoice["id"]
    if paid_by or not invoice["amount_due"]:
        body["status"] = "active"
    world.add(body, "customer.subscription.created")
    invoices.finalize(world, invoice)
    if paid_by:
        invoices.link(world, invoice, paid_by)
        invoices.mark_paid(world, invoice)
    elif behaviour != "default_incomplete":
        invoices.collect(world, invoice, off_session=off_session)
    return body


def changes_of(world: World, body: Object, params: Params) -> list[Change]:
    """Return each item of a subscription before and after the call."""
    items = body["items"]["data"]
    period = (items[0]["current_period_start"], items[0]["current_period_end"])
    return proration.changes(world, items, params.rows("items"), period)


def change_items(
    world: World,
    body: Object,
    changed: list[Change],
    behaviour: str,
    at: int,
    *,
    must_pay: bool = False,
    **later: object,
) -> Object:
    """Change the items, with prorations. If the payment must succeed, a declined card changes nothing."""
    prorated = proration.proration_items(world, body, changed, at) if behaviour != "none" else []
    invoice = None
    if prorated and behaviour == "always_invoice":
        owner = world.find("customer", body["customer"])
        invoice = billing.following(world, body, owner, changed, prorated, now=True)
    paid_by = _charge_first(world, body | later, invoice) if invoice and must_pay and invoice["amount_due"] else None
    for row in prorated:
        world.add(row, "invoiceitem.created")
    items = [change.after for change in changed if change.after]
    for item in items:
        item["subscription"] = body["id"]
    later["items"] = body["items"] | {"data": items}
    if invoice:
        later["latest_invoice"] = invoice["id"]
    world.change(body, UPDATED, **later)
    if invoice:
        invoices.finalize(world, invoice)
        if paid_by:
            invoices.link(world, invoice, paid_by)
            invoices.mark_paid(world, invoice)
        elif invoices.collect(world, invoice, off_session=True):
            world.change(body, UPDATED, status="past_due")
    return body


def end(world: World, body: Object, details: Object) -> Object:
    """End a subscription now."""
    ended = {"canceled_at": body["canceled_at"] or world.now(), "ended_at": world.now()}
    return world.change(body, "customer.subscription.deleted", status="canceled", cancellation_details=details, **ended)


def _charge_first(world: World, body: Object, invoice: Object) -> Object:
    method = body["default_payment_method"]
    method = method or world.find("customer", body["customer"])["invoice_settings"]["default_payment_method"]
    if not method:
        raise Refused(
            400, "invalid_request_error", "This customer has no attached payment source or default payment method."
        )
    more = {"description": "Subscription", "payment_method": method}
    intent = payments.new_intent(world, invoice["amount_due"], invoice["currency"], body["customer"], **more)
    return payments.pay(world, intent, off_session=True)


def _details(params: Params, reason: str | None) -> Object:
    given = params.inner("cancellation_details")
    return {"comment": given.text("comment"), "feedback": given.text("feedback"), "reason": reason}
