"""Checkout sessions: created by the API, completed on the page."""

from sandbox import billing, listing, payments, setups, subscriptions
from sandbox.cards import Card, method_of
from sandbox.catalogue import price_of
from sandbox.customers import create_customer, customer
from sandbox.errors import Object, invalid
from sandbox.params import Params
from sandbox.world import DAY_S, World, new_id, shown

PLACEHOLDER = "{CHECKOUT_SESSION_ID}"
SHORTEST_S = 30 * 60


def create(world: World, params: Params) -> Object:
    """POST /v1/checkout/sessions"""
    mode = params.one_of("mode", "payment", "setup", "subscription") or params.required("mode")
    owner = params.text("customer")
    if owner:
        customer(world, owner, "customer")
    success, cancel = params.url("success_url"), params.url("cancel_url")
    if success is None:
        raise invalid("Missing required param: success_url.", "success_url", "parameter_missing")
    ends = params.whole("expires_at", world.now() + DAY_S)
    if not world.now() + SHORTEST_S <= ends <= world.now() + DAY_S:
        raise invalid("The expires_at timestamp is between 30 minutes and 24 hours from now.", "expires_at")
    for part in ("payment_intent_data", "setup_intent_data", "subscription_data"):
        if part in params and not part.startswith(mode):
            raise invalid(f"You can not pass `{part}` in `{mode}` mode.", part)
    lines = _lines(world, params, mode)
    currency = lines[0]["currency"] if lines else params.text("currency")
    if mode == "setup" and not currency and not params.texts("payment_method_types"):
        raise invalid("Missing required param: currency.", "currency", "parameter_missing")
    total = sum(line["amount_total"] for line in lines)
    if mode == "payment":
        payments.checked_amount(total, str(currency))
    name = new_id("cs_test")
    private = {"_line_items": lines, "_intent": None, "_form": params.values}
    body = (
        _session(world, name, mode)
        | private
        | {
            "amount_subtotal": total if lines else None,
            "amount_total": total if lines else None,
            "cancel_url": cancel,
            "client_reference_id": params.text("client_reference_id"),
            "currency": currency,
            "customer": owner,
            "customer_email": params.text("customer_email"),
            "expires_at": ends,
            "locale": params.text("locale"),
            "metadata": params.metadata(),
            "submit_type": params.one_of("submit_type", "auto", "book", "donate", "pay", "subscribe"),
            "success_url": success,
        }
    )
    if mode == "setup":
        given = params.inner("setup_intent_data")
        setup = setups.new_setup(world, owner, metadata=given.metadata(), description=given.text("description"))
        body["setup_intent"] = setup["id"]
    return world.add(body)


def get(world: World, params: Params, name: str) -> Object:
    """GET /v1/checkout/sessions/{id}"""
    return world.find("checkout.session", name)


def listed(world: World, params: Params) -> Object:
    """GET /v1/checkout/sessions"""
    rows = world.all("checkout.session")
    for field in ("customer", "payment_intent", "subscription", "status"):
        if wanted := params.text(field):
            rows = [row for row in rows if row[field] == wanted]
    return listing.page(params, "/v1/checkout/sessions", rows)


def line_items(world: World, params: Params, name: str) -> Object:
    """GET /v1/checkout/sessions/{id}/line_items"""
    body = world.find("checkout.session", name)
    return listing.sheet(f"/v1/checkout/sessions/{name}/line_items", body["_line_items"])


def expire(world: World, params: Params, name: str) -> Object:
    """POST /v1/checkout/sessions/{id}/expire"""
    body = world.find("checkout.session", name)
    if body["status"] != "open":
        raise invalid(f'Only Checkout Sessions with a status in ["open"] can be expired; it is {body["status"]}.')
    return world.change(body, "checkout.session.expired", status="expired", url=None)


def submit(world: World, body: Object, card: Card, month: int, year: int) -> bool:
    """Pay with or save this card. Return whether it is done; otherwise the card requires authentication."""
    method = world.add(method_of(card, world.now(), month, year))
    if body["mode"] == "setup":
        intent = world.find("setup_intent", body["setup_intent"])
        world.change(intent, payment_method=method["id"])
        setups.save(world, intent)
    else:
        intent = _intent(world, body)
        world.change(intent, payment_method=method["id"])
        payments.pay(world, intent, off_session=False)
    if intent["status"] != "succeeded":
        return False
    complete(world, body, intent)
    return True


def pending(world: World, body: Object) -> Object | None:
    """Return the intent of a session that is waiting for authentication."""
    intent = world.store.get(body["setup_intent"] or body["_intent"] or "")
    return intent if intent and intent["status"] == "requires_action" else None


def complete(world: World, body: Object, intent: Object) -> None:
    """Finish a session whose intent has succeeded."""
    changes: Object = {"status": "complete", "url": None}
    if body["mode"] != "setup":
        changes["payment_status"] = "paid"
    if body["mode"] == "subscription":
        started = _subscribe(world, body, intent)
        changes |= {
            "subscription": started["id"],
            "invoice": started["latest_invoice"],
            "customer": started["customer"],
        }
    email = body["customer_email"]
    if body["customer"]:
        email = email or world.find("customer", body["customer"])["email"]
    details = dict.fromkeys(("address", "business_name", "individual_name", "name", "phone", "tax_ids"))
    changes["customer_details"] = details | {"email": email, "tax_exempt": "none"}
    world.change(body, "checkout.session.completed", **changes)


def after_success(body: Object) -> str:
    """Return the URL to redirect to when done."""
    return str(body["success_url"]).replace(PLACEHOLDER, body["id"])


def _intent(world: World, body: Object) -> Object:
    if body["_intent"]:
        return world.find("payment_intent", body["_intent"])
    params = Params(body["_form"])
    if body["mode"] == "payment":
        given = params.inner("payment_intent_data")
        more = {
            "description": given.text("description"),
            "metadata": given.metadata(),
            "receipt_email": given.text("receipt_email"),
            "setup_future_usage": given.one_of("setup_future_usage", "off_session", "on_session"),
        }
        intent = payments.new_intent(world, body["amount_total"], body["currency"], body["customer"], **more)
        world.change(body, None, _intent=intent["id"], payment_intent=intent["id"])
        return intent
    owner = body["customer"]
    if not owner:
        email = {"email": body["customer_email"]} if body["customer_email"] else {}
        owner = create_customer(world, Params(email))["id"]
        world.change(body, None, customer=owner)
    amount = billing.first_amount(world, _unborn(world, body))
    more = {"description": "Subscription creation", "setup_future_usage": "off_session"}
    intent = payments.new_intent(world, amount, body["currency"], owner, **more)
    world.change(body, None, _intent=intent["id"])
    return intent


def _unborn(world: World, body: Object) -> Object:
    rows = [
        Params({"price": line["price"]["id"], "quantity": str(line["quantity"])}, f"line_items[{number}]")
        for number, line in enumerate(body["_line_items"])
    ]
    metadata = Params(body["_form"]).inner("subscription_data").metadata()
    return subscriptions.new_subscription(world, customer(world, body["customer"], "customer"), rows, metadata, None)


def _subscribe(world: World, body: Object, intent: Object) -> Object:
    started = _unborn(world, body) | {"default_payment_method": intent["payment_method"]}
    return subscriptions.begin(world, started, "allow_incomplete", paid_by=intent)


def _lines(world: World, params: Params, mode: str) -> list[Object]:
    rows = params.rows("line_items")
    if mode == "setup":
        if rows:
            raise invalid("You can not pass `line_items` in `setup` mode.", "line_items")
        return []
    if not rows:
        raise invalid("Missing required param: line_items.", "line_items", "parameter_missing")
    return [_line(world, row, mode) for row in rows]


def _line(world: World, row: Params, mode: str) -> Object:
    row.only("price price_data quantity")
    quantity = row.whole("quantity", 1)
    if not 1 <= quantity <= 999_999:
        raise invalid("Invalid quantity", row.name("quantity"))
    if "price" in row:
        price = shown(price_of(world, row.required("price"), row.name("price")))
        text = world.find("product", price["product"])["name"]
        amount, currency = price["unit_amount"], price["currency"]
        if (price["type"] == "recurring") != (mode == "subscription") or amount is None:
            raise invalid(f"The price cannot be used in `{mode}` mode.", row.name("price"))
    elif mode == "payment":
        data = row.inner("price_data")
        currency = payments.checked_currency(data.required("currency"))
        amount = payments.checked_amount(data.integer("unit_amount"), currency)
        text = data.inner("product_data").required("name")
        price = None
    else:
        raise invalid("The sandbox takes recurring prices of its catalogue only.", row.name("price_data"))
    return {
        "id": new_id("li"),
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount * quantity,
        "amount_tax": 0,
        "amount_total": amount * quantity,
        "currency": currency,
        "description": text,
        "metadata": {},
        "price": price,
        "quantity": quantity,
    }


def _session(world: World, name: str, mode: str) -> Object:
    nothing = (
        "after_expiration allow_promotion_codes billing_address_collection client_secret collected_information "
        "consent consent_collection currency_conversion customer_creation customer_details invoice invoice_creation "
        "payment_intent payment_link permissions recovered_from "
        "saved_payment_method_options setup_intent shipping_address_collection shipping_cost subscription "
        "wallet_options"
    )
    words = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
    totals = {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0}
    return dict.fromkeys(nothing.split()) | {
        "id": name,
        "object": "checkout.session",
        "adaptive_pricing": None,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "created": world.now(),
        "custom_fields": [],
        "custom_text": dict.fromkeys(words),
        "discounts": [],
        "livemode": False,
        "mode": mode,
        "payment_method_collection": "always" if mode != "payment" else "if_required",
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "no_payment_required" if mode == "setup" else "unpaid",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "status": "open",
        "total_details": None if mode == "setup" else totals,
        "ui_mode": "hosted_page",
        "url": f"{world.origin}/checkout/{name}",
    }
