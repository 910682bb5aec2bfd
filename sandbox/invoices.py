"""Invoices: their lines and totals, and collecting what is due."""

from sandbox import listing, payments
from sandbox.customers import customer, own_method
from sandbox.errors import Object, Refused, invalid
from sandbox.params import Params
from sandbox.world import DAY_S, World, new_id

RETRY_AFTER_DAYS = (3, 5, 7)
ISSUER = {"type": "self"}


def get(world: World, params: Params, name: str) -> Object:
    """GET /v1/invoices/{id}"""
    return world.find("invoice", name)


def listed(world: World, params: Params) -> Object:
    """GET /v1/invoices"""
    rows = world.all("invoice")
    for field in ("customer", "status"):
        if wanted := params.text(field):
            rows = [row for row in rows if row[field] == wanted]
    if wanted := params.text("subscription"):
        rows = [row for row in rows if subscription_of(row) == wanted]
    return listing.page(params, "/v1/invoices", rows)


def pay(world: World, params: Params, name: str) -> Object:
    """POST /v1/invoices/{id}/pay"""
    body = world.find("invoice", name)
    if body["status"] != "open":
        raise invalid("Invoice is already paid" if body["status"] == "paid" else "Invoice is not open", None)
    method = params.text("payment_method")
    refusal = collect(world, body, off_session=params.flag("off_session"), method=method)
    if refusal:
        raise refusal
    return body


def draft(
    world: World, owner: Object, lines: list[Object], reason: str, period: tuple[int, int], subscription: Object | None
) -> Object:
    """Return an invoice with its totals, not stored yet. An amount below the minimum is carried to the next one."""
    total = sum(line["amount"] for line in lines)
    owed = total + owner["balance"]
    due = owed if owed >= payments.MINIMUM else 0
    name = new_id("in")
    for line in lines:
        line["invoice"] = name
    parent = None
    if subscription:
        details = {"metadata": subscription["metadata"], "subscription": subscription["id"]}
        parent = {"quote_details": None, "subscription_details": details, "type": "subscription_details"}
    return {
        "id": name,
        "object": "invoice",
        "account_country": "US",
        "account_name": "Sandbox",
        "account_tax_ids": None,
        "amount_due": due,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": due,
        "amount_shipping": 0,
        "application": None,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "automatically_finalizes_at": None,
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": world.now(),
        "currency": lines[0]["currency"] if lines else "usd",
        "custom_fields": None,
        "customer": owner["id"],
        "customer_address": None,
        "customer_email": owner["email"],
        "customer_name": owner["name"],
        "customer_phone": owner["phone"],
        "customer_shipping": None,
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "due_date": None,
        "effective_at": None,
        "ending_balance": owed - due,
        "footer": None,
        "from_invoice": None,
        "hosted_invoice_url": None,
        "invoice_pdf": None,
        "issuer": ISSUER,
        "last_finalization_error": None,
        "latest_revision": None,
        "lines": listing.sheet(f"/v1/invoices/{name}/lines", lines),
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": None,
        "on_behalf_of": None,
        "parent": parent,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "period_end": period[1],
        "period_start": period[0],
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "receipt_number": None,
        "rendering": None,
        "shipping_cost": None,
        "shipping_details": None,
        "starting_balance": owner["balance"],
        "statement_descriptor": None,
        "status": "draft",
        "status_transitions": dict.fromkeys(("finalized_at", "marked_uncollectible_at", "paid_at", "voided_at")),
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "test_clock": None,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
        "webhooks_delivered_at": None,
    }


def finalize(world: World, body: Object) -> Object:
    """Store an invoice as open, with its number and links; its items and credit are used up."""
    owner = world.find("customer", body["customer"])
    world.add(body, "invoice.created")
    for line in body["lines"]["data"]:
        if line["parent"]["type"] == "invoice_item_details":
            name = line["parent"]["invoice_item_details"]["invoice_item"]
            world.change(world.find("invoiceitem", name), invoice=body["id"])
    sequence = owner["next_invoice_sequence"]
    balance = {"balance": body["ending_balance"], "currency": body["currency"]}
    world.change(owner, None, next_invoice_sequence=sequence + 1, **balance)
    pages = f"{world.origin}/invoices/{body['id']}"
    return world.change(
        body,
        "invoice.finalized",
        status="open",
        number=f"{owner['invoice_prefix']}-{sequence:04}",
        hosted_invoice_url=pages,
        invoice_pdf=f"{pages}/pdf",
        effective_at=world.now(),
        status_transitions=body["status_transitions"] | {"finalized_at": world.now()},
    )


def collect(world: World, body: Object, *, off_session: bool, method: str | None = None) -> Refused | None:
    """Charge an open invoice to its card. Return why the card was declined, if it was."""
    if not body["amount_due"]:
        mark_paid(world, body)
        return None
    method = method or payer(world, body)
    refusal: Refused | None = invalid("There is no default_payment_method set on this Customer or Subscription.")
    intent = None
    try:
        if method:
            intent = intent_of(world, body, method)
            refusal = None
            payments.pay(world, intent, off_session=off_session, return_url=body["hosted_invoice_url"])
    except Refused as refused:
        refusal = refused
    if body["status"] == "paid":
        return None
    number = body["attempt_count"]
    again = world.now() + RETRY_AFTER_DAYS[number] * DAY_S if number < len(RETRY_AFTER_DAYS) else None
    changes = {"attempt_count": number + 1, "attempted": True, "next_payment_attempt": again}
    world.change(body, "invoice.payment_failed", **changes)
    if intent and intent["status"] == "requires_action":
        world.emit("invoice.payment_action_required", body)
    return refusal


def intent_of(world: World, body: Object, method: str) -> Object:
    """Return the invoice's payment intent, to be paid with this method; it is created once."""
    method = own_method(world, method, body["customer"], "payment_method")["id"]
    name = body.get("_payment_intent")
    if name:
        return world.change(world.find("payment_intent", name), payment_method=method)
    words = "Subscription creation" if body["billing_reason"] == "subscription_create" else "Subscription update"
    more = {"description": words, "payment_method": method, "_invoice": body["id"]}
    intent = payments.new_intent(world, body["amount_due"], body["currency"], body["customer"], **more)
    link(world, body, intent)
    return intent


def link(world: World, body: Object, intent: Object) -> None:
    """Record which intent pays an invoice."""
    world.change(body, _payment_intent=intent["id"])
    world.change(intent, _invoice=body["id"])
    world.add(
        {
            "id": new_id("inpay"),
            "object": "invoice_payment",
            "amount_paid": None,
            "amount_requested": body["amount_due"],
            "created": world.now(),
            "currency": body["currency"],
            "invoice": body["id"],
            "is_default": True,
            "livemode": False,
            "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
            "status": "open",
            "status_transitions": {"canceled_at": None, "paid_at": None},
        }
    )


def mark_paid(world: World, body: Object) -> None:
    """Mark an invoice as paid, and continue its subscription."""
    for row in world.all("invoice_payment"):
        if row["invoice"] == body["id"]:
            done = {"canceled_at": None, "paid_at": world.now()}
            world.change(row, amount_paid=body["amount_due"], status="paid", status_transitions=done)
    world.change(
        body,
        "invoice.paid",
        amount_paid=body["amount_due"],
        amount_remaining=0,
        attempt_count=body["attempt_count"] + 1 if body["amount_due"] else 0,
        attempted=True,
        auto_advance=False,
        next_payment_attempt=None,
        status="paid",
        status_transitions=body["status_transitions"] | {"paid_at": world.now()},
    )
    world.emit("invoice.payment_succeeded", body)
    name = subscription_of(body)
    subscription = world.store.get(name) if name else None
    if subscription and subscription["status"] in ("incomplete", "past_due") and not _unpaid(world, subscription):
        world.change(subscription, "customer.subscription.updated", status="active")


def when_paid(world: World, intent: Object) -> None:
    """An intent succeeded: its invoice, if it has one, is paid."""
    body = world.store.get(intent.get("_invoice") or "")
    if body and body["status"] == "open":
        mark_paid(world, body)


def payer(world: World, body: Object) -> str | None:
    """Return the payment method that pays an invoice: the subscription's, else the customer's default."""
    name = subscription_of(body)
    subscription = world.store.get(name) if name else None
    owner = customer(world, body["customer"], "customer")
    method: str | None = (subscription or {}).get("default_payment_method")
    return method or owner["invoice_settings"]["default_payment_method"]


def subscription_of(body: Object) -> str | None:
    """Return the id of the invoice's subscription."""
    return body["parent"]["subscription_details"]["subscription"] if body["parent"] else None


def _unpaid(world: World, subscription: Object) -> bool:
    rows = world.all("invoice")
    return any(row["status"] == "open" for row in rows if subscription_of(row) == subscription["id"])
