"""Payment intents and their charges: money that moves."""

import re

from sandbox import listing
from sandbox.cards import card_of, declined
from sandbox.charges import new_charge
from sandbox.customers import attach_to, customer, own_method
from sandbox.errors import Object, Refused, invalid
from sandbox.params import Params
from sandbox.world import World, new_id, shown

MINIMUM = 50
MAXIMUM = 99_999_999
NOT_AUTHENTICATED = (
    "We are unable to authenticate your payment method. Choose a different payment method and try again."
)
CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
_CURRENCY = re.compile(r"[a-z]{3}\Z")


def create(world: World, params: Params) -> Object:
    """POST /v1/payment_intents"""
    off_session, confirm = params.flag("off_session"), params.flag("confirm")
    if off_session and not confirm:
        raise invalid("You can only set off_session when confirm is true.", "off_session")
    owner = params.text("customer")
    if owner:
        customer(world, owner, "customer")
    amount = checked_amount(params.integer("amount"), checked_currency(params.required("currency")))
    if confirm:
        params.required("payment_method")
    method = params.text("payment_method")
    if method:
        method = own_method(world, method, owner, "payment_method")["id"]
    body = new_intent(
        world,
        amount,
        params.required("currency").lower(),
        owner,
        description=params.text("description"),
        metadata=params.metadata(),
        payment_method=method,
        receipt_email=params.text("receipt_email"),
        setup_future_usage=params.one_of("setup_future_usage", "off_session", "on_session"),
        statement_descriptor_suffix=params.text("statement_descriptor_suffix"),
    )
    if not confirm:
        return body
    strict = params.flag("error_on_requires_action")
    return pay(world, body, off_session=off_session, strict=strict, return_url=params.url("return_url"))


def get(world: World, params: Params, name: str) -> Object:
    """GET /v1/payment_intents/{id}"""
    return world.find("payment_intent", name, "intent")


def update(world: World, params: Params, name: str) -> Object:
    """POST /v1/payment_intents/{id}"""
    body = world.find("payment_intent", name, "intent")
    changes = params.changes("description", "receipt_email")
    return world.change(body, None, metadata=params.metadata(body["metadata"]), **changes)


def listed(world: World, params: Params) -> Object:
    """GET /v1/payment_intents"""
    rows = world.all("payment_intent")
    if owner := params.text("customer"):
        rows = [row for row in rows if row["customer"] == owner]
    return listing.page(params, "/v1/payment_intents", rows)


def confirm(world: World, params: Params, name: str) -> Object:
    """POST /v1/payment_intents/{id}/confirm"""
    body = world.find("payment_intent", name, "intent")
    if body["status"] not in CONFIRMABLE:
        raise _unexpected(body, "confirm")
    method = params.text("payment_method") or body["payment_method"]
    if not method:
        raise _unexpected(body, "confirm", "it's missing a payment method")
    method = own_method(world, method, body["customer"], "payment_method")["id"]
    world.change(body, payment_method=method)
    strict, url = params.flag("error_on_requires_action"), params.url("return_url")
    return pay(world, body, off_session=params.flag("off_session"), strict=strict, return_url=url)


def cancel(world: World, params: Params, name: str) -> Object:
    """POST /v1/payment_intents/{id}/cancel"""
    body = world.find("payment_intent", name, "intent")
    if body["status"] not in CONFIRMABLE:
        raise _unexpected(body, "cancel")
    reasons = ("abandoned", "duplicate", "fraudulent", "requested_by_customer")
    reason = params.one_of("cancellation_reason", *reasons)
    changes = {"canceled_at": world.now(), "cancellation_reason": reason, "next_action": None}
    return world.change(body, "payment_intent.canceled", status="canceled", **changes)


def new_intent(world: World, amount: int, currency: str, owner: str | None, **more: object) -> Object:
    """Store a new, unconfirmed intent."""
    name = new_id("pi")
    body: Object = {
        "id": name,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "application": None,
        "application_fee_amount": None,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": f"{name}_{new_id('secret')}",
        "confirmation_method": "automatic",
        "created": world.now(),
        "currency": currency,
        "customer": owner,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": "requires_confirmation" if more.get("payment_method") else "requires_payment_method",
        "transfer_data": None,
        "transfer_group": None,
        **more,
    }
    return world.add(body, "payment_intent.created")


def pay(
    world: World, body: Object, *, off_session: bool, strict: bool = False, return_url: str | None = None
) -> Object:
    """Charge the intent's payment method, or require authentication; raises if the card is declined."""
    method = world.find("payment_method", body["payment_method"])
    card = card_of(method)
    asks = card.authenticates == "always" or (card.authenticates == "setup" and not method["_authenticated"])
    if asks and (off_session or strict):
        raise fail(world, body, "authentication_required")
    if asks:
        return _ask(world, body, return_url)
    return charge(world, body)


def charge(world: World, body: Object) -> Object:
    """Charge the intent's payment method without further authentication."""
    method = world.find("payment_method", body["payment_method"])
    code = card_of(method).declines
    if code:
        raise fail(world, body, code)
    made = new_charge(world, body, method)
    if body["setup_future_usage"] and body["customer"] and not method["customer"]:
        attach_to(world, method, body["customer"])
    world.emit("charge.succeeded", made)
    paid = {"amount_received": body["amount"], "latest_charge": made["id"], "next_action": None}
    world.call.charged = True
    done = world.change(body, "payment_intent.succeeded", status="succeeded", last_payment_error=None, **paid)
    if body["setup_future_usage"]:
        world.change(method, _authenticated=True)
    world.when_paid(done)
    return done


def fail(world: World, body: Object, code: str) -> Refused:
    """Record that the card was declined, and return the error to raise."""
    method = world.find("payment_method", body["payment_method"])
    made = new_charge(world, body, method, code)
    error = declined(code).error | {
        "charge": made["id"],
        "payment_method": shown(method),
        "payment_method_type": "card",
    }
    changes: Object = {"latest_charge": made["id"], "last_payment_error": error, "next_action": None}
    world.change(body, None, status="requires_payment_method", payment_method=None, **changes)
    world.emit("charge.failed", made)
    world.emit("payment_intent.payment_failed", body)
    return declined(code, charge=made["id"], payment_intent=shown(body), payment_method=shown(method))


def authentication_failed(world: World, body: Object) -> Object:
    """Record that the payer failed authentication."""
    method = world.find("payment_method", body["payment_method"])
    error = {
        "code": "payment_intent_authentication_failure",
        "message": NOT_AUTHENTICATED,
        "payment_method": shown(method),
        "payment_method_type": "card",
        "type": "card_error",
    }
    changes: Object = {"payment_method": None, "last_payment_error": error, "next_action": None}
    return world.change(body, "payment_intent.payment_failed", status="requires_payment_method", **changes)


def checked_amount(amount: int | None, currency: str) -> int:
    """Return an amount that can be charged, in the smallest unit of its currency."""
    if amount is None:
        raise invalid("Missing required param: amount.", "amount", "parameter_missing")
    if amount < 1:
        raise invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer")
    if amount < MINIMUM:
        raise invalid(f"Amount must be at least 50 of the smallest unit of {currency}.", "amount", "amount_too_small")
    if amount > MAXIMUM:
        raise invalid(f"Amount must be no more than {MAXIMUM}.", "amount", "amount_too_large")
    return amount


def checked_currency(currency: str) -> str:
    """Return a currency in lower case."""
    if not _CURRENCY.match(currency.lower()):
        raise invalid(f"Invalid currency: {currency}.", "currency")
    return currency.lower()


def _ask(world: World, body: Object, return_url: str | None) -> Object:
    page = f"{world.origin}/authenticate/{body['id']}?secret={body['client_secret']}"
    action: Object = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    if return_url:
        action = {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": page}}
    return world.change(body, "payment_intent.requires_action", status="requires_action", next_action=action)


def _unexpected(body: Object, deed: str, why: str | None = None) -> Refused:
    why = why or f"it has a status of {body['status']}"
    code = "payment_intent_unexpected_state"
    return Refused(
        400,
        "invalid_request_error",
        f"You cannot {deed} this PaymentIntent because {why}.",
        code=code,
        payment_intent=shown(body),
    )
