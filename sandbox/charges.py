"""Charges: one for each attempt to move money."""

from sandbox import listing
from sandbox.cards import declined
from sandbox.errors import Object
from sandbox.params import Params
from sandbox.world import World, new_id


def get(world: World, params: Params, name: str) -> Object:
    """GET /v1/charges/{id}"""
    return world.find("charge", name)


def listed(world: World, params: Params) -> Object:
    """GET /v1/charges"""
    rows = world.all("charge")
    for field in ("customer", "payment_intent"):
        if wanted := params.text(field):
            rows = [row for row in rows if row[field] == wanted]
    return listing.page(params, "/v1/charges", rows)


def new_charge(world: World, intent: Object, method: Object, code: str | None = None) -> Object:
    """Store the charge of an intent, failed if there is a decline code."""
    name = new_id("ch")
    keep = ("brand", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4")
    card = {key: method["card"][key] for key in keep} | {"network": method["card"]["brand"]}
    body: Object = {
        "id": name,
        "object": "charge",
        "amount": intent["amount"],
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": method["billing_details"],
        "calculated_statement_descriptor": "SANDBOX",
        "created": world.now(),
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": intent["metadata"],
        "on_behalf_of": None,
        "payment_intent": intent["id"],
        "payment_method": method["id"],
        "payment_method_details": {"card": card, "type": "card"},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "refunded": False,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": intent["statement_descriptor_suffix"],
        "transfer_data": None,
        "transfer_group": None,
    }
    return world.add(body | (_failed(code) if code else _paid(intent, f"{world.origin}/receipts/{name}")))


def _paid(intent: Object, receipt: str) -> Object:
    return {
        "amount_captured": intent["amount"],
        "captured": True,
        "failure_code": None,
        "failure_message": None,
        "outcome": _outcome("authorized", "approved_by_network", None, "Payment complete."),
        "paid": True,
        "receipt_url": receipt,
        "status": "succeeded",
    }


def _failed(code: str) -> Object:
    error = declined(code).error
    return {
        "amount_captured": 0,
        "captured": False,
        "failure_code": error["code"],
        "failure_message": error["message"],
        "outcome": _outcome("issuer_declined", "declined_by_network", code, "The bank declined this payment."),
        "paid": False,
        "receipt_url": None,
        "status": "failed",
    }


def _outcome(kind: str, status: str, reason: str | None, words: str) -> Object:
    return {
        "advice_code": None,
        "network_advice_code": None,
        "network_decline_code": None,
        "network_status": status,
        "reason": reason,
        "risk_level": "normal",
        "risk_score": 10,
        "seller_message": words,
        "type": kind,
    }
