"""Customers and their payment methods."""

from sandbox import listing
from sandbox.cards import BY_TOKEN, card_of, declined, method_of
from sandbox.errors import Object, invalid, missing
from sandbox.params import Params
from sandbox.world import World, new_id

TEXTS = ("description", "email", "name", "phone")


def create_customer(world: World, params: Params) -> Object:
    """POST /v1/customers"""
    method = params.text("payment_method")
    default = params.inner("invoice_settings").text("default_payment_method")
    body: Object = {
        "id": new_id("cus"),
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": world.now(),
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "discount": None,
        "invoice_prefix": new_id("x")[2:10].upper(),
        "invoice_settings": dict.fromkeys(
            ("custom_fields", "default_payment_method", "footer", "rendering_options"),
        ),
        "livemode": False,
        "metadata": params.metadata(),
        "next_invoice_sequence": 1,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
        **{name: params.text(name) for name in TEXTS},
    }
    if default and default != method:
        raise missing("payment_method", default, "invoice_settings[default_payment_method]")
    kept = _savable(take(world, method, "payment_method")) if method else None
    world.add(body, "customer.created")
    if kept:
        attach_to(world, kept, body["id"])
        if default:
            _set_default(world, body, kept["id"])
    return body


def get_customer(world: World, params: Params, name: str) -> Object:
    """GET /v1/customers/{id}; a deleted one says so."""
    body = world.find("customer", name)
    return _deleted(body) if body.get("deleted") else body


def update_customer(world: World, params: Params, name: str) -> Object:
    """POST /v1/customers/{id}"""
    body = customer(world, name, "id")
    changes = params.changes(*TEXTS)
    if "metadata" in params:
        changes["metadata"] = params.metadata(body["metadata"])
    settings = params.inner("invoice_settings")
    settings.only("default_payment_method")
    if "default_payment_method" in settings:
        default = settings.text("default_payment_method")
        if default:
            own_method(world, default, name, "invoice_settings[default_payment_method]")
        changes["invoice_settings"] = body["invoice_settings"] | {"default_payment_method": default}
    return world.change(body, "customer.updated", **changes)


def delete_customer(world: World, params: Params, name: str) -> Object:
    """DELETE /v1/customers/{id}: removes its cards and ends its subscriptions."""
    body = customer(world, name, "id")
    for method in _methods(world, name):
        world.change(method, customer=None, _detached=True)
    for subscription in world.all("subscription"):
        if subscription["customer"] == name and subscription["status"] != "canceled":
            ended = {"canceled_at": world.now(), "ended_at": world.now()}
            world.change(subscription, "customer.subscription.deleted", status="canceled", **ended)
    world.emit("customer.deleted", body)
    world.change(body, deleted=True)
    return _deleted(body)


def list_customers(world: World, params: Params) -> Object:
    """GET /v1/customers"""
    rows = [row for row in world.all("customer") if not row.get("deleted")]
    if email := params.text("email"):
        rows = [row for row in rows if row["email"] == email]
    return listing.page(params, "/v1/customers", rows)


def list_methods(world: World, params: Params, name: str | None = None) -> Object:
    """GET /v1/customers/{id}/payment_methods and GET /v1/payment_methods"""
    owner = name or params.text("customer")
    url = f"/v1/customers/{name}/payment_methods" if name else "/v1/payment_methods"
    params.one_of("type", "card")
    if owner:
        customer(world, owner, "id" if name else "customer")
    return listing.page(params, url, _methods(world, owner) if owner else [])


def get_method(world: World, params: Params, name: str) -> Object:
    """GET /v1/payment_methods/{id}"""
    return world.find("payment_method", name)


def get_method_of(world: World, params: Params, owner: str, name: str) -> Object:
    """GET /v1/customers/{id}/payment_methods/{id}"""
    customer(world, owner, "id")
    body = world.find("payment_method", name)
    if body["customer"] != owner:
        raise missing("payment_method", name, "id")
    return body


def update_method(world: World, params: Params, name: str) -> Object:
    """POST /v1/payment_methods/{id}"""
    body = world.find("payment_method", name)
    if not body["customer"]:
        raise invalid("You must save this PaymentMethod to a customer before you can update it.")
    return world.change(body, "payment_method.updated", metadata=params.metadata(body["metadata"]))


def attach(world: World, params: Params, name: str) -> Object:
    """POST /v1/payment_methods/{id}/attach; also takes a token such as pm_card_visa."""
    owner = customer(world, params.required("customer"), "customer")
    body = take(world, name, "id")
    if body["customer"]:
        raise invalid("The payment method you provided has already been attached to a customer.")
    return attach_to(world, _savable(body), owner["id"])


def detach(world: World, params: Params, name: str) -> Object:
    """POST /v1/payment_methods/{id}/detach: it can never be used again."""
    body = world.find("payment_method", name)
    owner = body["customer"]
    if not owner:
        raise invalid("The payment method you provided is not attached to a customer so detachment is impossible.")
    settings = world.find("customer", owner)
    if settings["invoice_settings"]["default_payment_method"] == name:
        _set_default(world, settings, None)
    for subscription in world.all("subscription"):
        if subscription["default_payment_method"] == name:
            world.change(subscription, "customer.subscription.updated", default_payment_method=None)
    return world.change(body, "payment_method.detached", customer=None, _detached=True)


def customer(world: World, name: str, param: str) -> Object:
    """Return an existing customer that is not deleted."""
    body = world.find("customer", name, param)
    if body.get("deleted"):
        raise missing("customer", name, param)
    return body


def take(world: World, name: str, param: str) -> Object:
    """Return the payment method named by a parameter; a token creates a new one."""
    if name in BY_TOKEN:
        return world.add(method_of(BY_TOKEN[name], world.now()))
    body = world.find("payment_method", name, param)
    if body.get("_detached"):
        raise invalid(
            "This PaymentMethod was previously used without being attached to a Customer or was detached from a "
            "Customer, and may not be used again.",
            param,
        )
    return body


def own_method(world: World, name: str, owner: str | None, param: str) -> Object:
    """Return a payment method that this customer may pay with."""
    body = take(world, name, param)
    if body["customer"] and body["customer"] != owner:
        whose = "a different customer" if owner else "a customer, whom the call must name"
        raise invalid(f"The payment method supplied ({name}) belongs to {whose}.", param)
    return body


def attach_to(world: World, body: Object, owner: str) -> Object:
    """Save a payment method for a customer."""
    return world.change(body, "payment_method.attached", customer=owner)


def _savable(body: Object) -> Object:
    card = card_of(body)
    if not card.saves:
        raise declined(card.declines)
    return body


def _methods(world: World, owner: str | None) -> list[Object]:
    return [row for row in world.all("payment_method") if row["customer"] == owner]


def _set_default(world: World, body: Object, method: str | None) -> None:
    settings = body["invoice_settings"] | {"default_payment_method": method}
    world.change(body, "customer.updated", invoice_settings=settings)


def _deleted(body: Object) -> Object:
    return {"id": body["id"], "object": "customer", "deleted": True}
