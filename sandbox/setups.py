"""Setup intents: saving a card for later."""

from sandbox import listing
from sandbox.cards import card_of, declined
from sandbox.customers import attach_to, customer, own_method
from sandbox.errors import Object, Refused, invalid
from sandbox.params import Params
from sandbox.payments import NOT_AUTHENTICATED
from sandbox.world import World, new_id, shown

OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")


def create(world: World, params: Params) -> Object:
    """POST /v1/setup_intents"""
    owner = params.text("customer")
    if owner:
        customer(world, owner, "customer")
    usage = params.one_of("usage", "off_session", "on_session") or "off_session"
    method = params.text("payment_method")
    if params.flag("confirm"):
        method = params.required("payment_method")
    if method:
        method = own_method(world, method, owner, "payment_method")["id"]
    description = params.text("description")
    body = new_setup(
        world, owner, metadata=params.metadata(), payment_method=method, usage=usage, description=description
    )
    if params.flag("confirm"):
        return save(world, body, params.url("return_url"))
    return body


def get(world: World, params: Params, name: str) -> Object:
    """GET /v1/setup_intents/{id}"""
    return world.find("setup_intent", name, "intent")


def listed(world: World, params: Params) -> Object:
    """GET /v1/setup_intents"""
    rows = world.all("setup_intent")
    for field in ("customer", "payment_method"):
        if wanted := params.text(field):
            rows = [row for row in rows if row[field] == wanted]
    return listing.page(params, "/v1/setup_intents", rows)


def confirm(world: World, params: Params, name: str) -> Object:
    """POST /v1/setup_intents/{id}/confirm"""
    body = world.find("setup_intent", name, "intent")
    _only_open(body, "confirm")
    method = params.text("payment_method") or body["payment_method"]
    if not method:
        raise invalid("You cannot confirm this SetupIntent because it's missing a payment method.", "payment_method")
    world.change(body, payment_method=own_method(world, method, body["customer"], "payment_method")["id"])
    return save(world, body, params.url("return_url"))


def cancel(world: World, params: Params, name: str) -> Object:
    """POST /v1/setup_intents/{id}/cancel"""
    body = world.find("setup_intent", name, "intent")
    _only_open(body, "cancel")
    reason = params.one_of("cancellation_reason", "abandoned", "duplicate", "requested_by_customer")
    return world.change(body, "setup_intent.canceled", status="canceled", cancellation_reason=reason, next_action=None)


def new_setup(world: World, owner: str | None, **more: object) -> Object:
    """Store a new setup intent."""
    name = new_id("seti")
    body: Object = {
        "id": name,
        "object": "setup_intent",
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": f"{name}_{new_id('secret')}",
        "created": world.now(),
        "customer": owner,
        "description": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_confirmation" if more.get("payment_method") else "requires_payment_method",
        "usage": "off_session",
        **more,
    }
    return world.add(body, "setup_intent.created")


def save(world: World, body: Object, return_url: str | None = None) -> Object:
    """Save the intent's card, or require authentication; raises if the card is declined."""
    card = card_of(world.find("payment_method", body["payment_method"]))
    if not card.saves:
        raise _refuse(world, body, declined(card.declines).error)
    if card.authenticates == "never":
        return succeed(world, body)
    page = f"{world.origin}/authenticate/{body['id']}?secret={body['client_secret']}"
    action: Object = {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
    if return_url:
        action = {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": page}}
    return world.change(body, "setup_intent.requires_action", status="requires_action", next_action=action)


def succeed(world: World, body: Object) -> Object:
    """Save the intent's card without further authentication."""
    method = world.find("payment_method", body["payment_method"])
    world.change(method, _authenticated=True)
    if body["customer"] and not method["customer"]:
        attach_to(world, method, body["customer"])
    return world.change(body, "setup_intent.succeeded", status="succeeded", next_action=None, last_setup_error=None)


def authentication_failed(world: World, body: Object) -> Object:
    """Record that the person saving the card failed authentication."""
    code = "setup_intent_authentication_failure"
    _refuse(world, body, {"code": code, "message": NOT_AUTHENTICATED, "type": "card_error"})
    return body


def _refuse(world: World, body: Object, error: Object) -> Refused:
    method = world.find("payment_method", body["payment_method"])
    error = error | {"payment_method": shown(method), "payment_method_type": "card"}
    changes: Object = {"last_setup_error": error, "payment_method": None, "next_action": None}
    world.change(body, "setup_intent.setup_failed", status="requires_payment_method", **changes)
    kept = {key: value for key, value in error.items() if key not in ("type", "message", "payment_method_type")}
    return Refused(402, "card_error", error["message"], **kept, setup_intent=shown(body))


def _only_open(body: Object, deed: str) -> None:
    if body["status"] not in OPEN:
        raise Refused(
            400,
            "invalid_request_error",
            f"You cannot {deed} this SetupIntent because it has a status of {body['status']}.",
            code="setup_intent_unexpected_state",
            setup_intent=shown(body),
        )
