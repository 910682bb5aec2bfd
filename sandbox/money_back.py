"""Refunds and disputes."""

from sandbox import listing
from sandbox.errors import Object, invalid
from sandbox.params import Params
from sandbox.world import DAY_S, World, new_id

REASONS = ("duplicate", "fraudulent", "requested_by_customer")
EVIDENCE = (
    "access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal "
    "customer_communication customer_email_address customer_name customer_purchase_ip customer_signature "
    "duplicate_charge_documentation duplicate_charge_explanation duplicate_charge_id product_description receipt "
    "refund_policy refund_policy_disclosure refund_refusal_explanation service_date service_documentation "
    "shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number "
    "uncategorized_file uncategorized_text"
)


def create_refund(world: World, params: Params) -> Object:
    """POST /v1/refunds"""
    reason = params.one_of("reason", *REASONS)
    if name := params.text("charge"):
        charge = world.find("charge", name, "charge")
    else:
        intent = world.find("payment_intent", params.required("payment_intent"), "payment_intent")
        charge = paid_charge(world, intent)
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} did not succeed, so it cannot be refunded.")
    if charge["disputed"]:
        raise invalid(f"Charge {charge['id']} has been charged back.", None, "charge_disputed")
    left = charge["amount"] - charge["amount_refunded"]
    if not left:
        raise invalid(f"Charge {charge['id']} has already been refunded.", None, "charge_already_refunded")
    amount = params.whole("amount", left)
    if amount < 1:
        raise invalid("Invalid positive integer", "amount", "parameter_invalid_integer")
    if amount > left:
        raise invalid(f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", "amount")
    return _refund(world, charge, amount, reason, params.metadata())


def get_refund(world: World, params: Params, name: str) -> Object:
    """GET /v1/refunds/{id}"""
    return world.find("refund", name)


def list_refunds(world: World, params: Params) -> Object:
    """GET /v1/refunds"""
    return listing.page(params, "/v1/refunds", _of(world.all("refund"), params))


def get_dispute(world: World, params: Params, name: str) -> Object:
    """GET /v1/disputes/{id}"""
    return world.find("dispute", name)


def list_disputes(world: World, params: Params) -> Object:
    """GET /v1/disputes"""
    return listing.page(params, "/v1/disputes", _of(world.all("dispute"), params))


def dispute(world: World, intent_name: str) -> Object:
    """Dispute a payment as the cardholder: the bank takes the money back immediately."""
    charge = paid_charge(world, world.find("payment_intent", intent_name, "payment_intent"))
    if charge["disputed"]:
        raise invalid("This payment is already disputed.", "payment_intent")
    left = charge["amount"] - charge["amount_refunded"]
    if not left:
        raise invalid("This payment was refunded.", "payment_intent")
    body: Object = {
        "id": new_id("dp"),
        "object": "dispute",
        "amount": left,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": dict.fromkeys(EVIDENCE.split()) | {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": world.now() + 7 * DAY_S,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }
    world.change(charge, disputed=True)
    world.add(body, "charge.dispute.created")
    world.emit("charge.dispute.funds_withdrawn", body)
    return body


def settle(world: World, body: Object, outcome: str) -> Object:
    """Close a dispute: `won` gives the money back, `lost` does not."""
    if body["status"] != "needs_response":
        raise invalid("This dispute is closed.", "payment_intent")
    world.change(body, "charge.dispute.closed", status=outcome)
    if outcome == "won":
        world.emit("charge.dispute.funds_reinstated", body)
    return body


def paid_charge(world: World, intent: Object) -> Object:
    """Return the charge that paid an intent."""
    if intent["status"] != "succeeded":
        raise invalid("This PaymentIntent does not have a successful charge to refund.", "payment_intent")
    return world.find("charge", intent["latest_charge"])


def _refund(world: World, charge: Object, amount: int, reason: str | None, metadata: dict[str, str]) -> Object:
    body: Object = {
        "id": new_id("re"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": world.now(),
        "currency": charge["currency"],
        "customer": charge["customer"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": metadata,
        "payment_intent": charge["payment_intent"],
        "payment_method": charge["payment_method"],
        "reason": reason,
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    world.add(body, "refund.created")
    total = charge["amount_refunded"] + amount
    world.change(charge, "charge.refunded", amount_refunded=total, refunded=total == charge["amount"])
    return body


def _of(rows: list[Object], params: Params) -> list[Object]:
    for field in ("charge", "payment_intent"):
        if wanted := params.text(field):
            rows = [row for row in rows if row[field] == wanted]
    return rows
