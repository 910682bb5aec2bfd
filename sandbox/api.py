"""The API: routes, with keys, versions, faults and idempotency."""

import base64
import json
import re
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from sandbox import (
    catalogue,
    charges,
    checkout,
    customers,
    events,
    invoices,
    items,
    money_back,
    payments,
    setups,
    subscriptions,
)
from sandbox.errors import Object, Refused, invalid
from sandbox.forms import decode
from sandbox.idempotency import Kept, Keys
from sandbox.listing import DATED, PAGING, answer
from sandbox.params import Params
from sandbox.renewals import catch_up
from sandbox.web import Cut, Request, Response
from sandbox.world import VERSION, Call, World, new_id

KEY = re.compile(r"(sk|rk)_test_\w+\Z")
INTENT = (
    "amount currency customer payment_method off_session confirm metadata description payment_method_types "
    "automatic_payment_methods setup_future_usage receipt_email statement_descriptor_suffix return_url "
    "error_on_requires_action confirmation_method capture_method use_stripe_sdk expand"
)
CUSTOMER = "description email name phone metadata invoice_settings expand"
SUBSCRIBED = (
    "items metadata default_payment_method payment_behavior proration_behavior cancel_at_period_end off_session "
    "payment_settings description expand"
)
SESSION = (
    "mode customer customer_email client_reference_id success_url cancel_url currency line_items metadata locale "
    "payment_intent_data payment_method_types setup_intent_data submit_type subscription_data expires_at ui_mode expand"
)
ITEM = "price quantity metadata proration_behavior proration_date payment_behavior expand"


@dataclass(frozen=True)
class Route:
    """One call: its method, path, handler and parameters."""

    method: str
    path: re.Pattern[str]
    answers: Callable[..., Object]
    accepts: str


def _route(line: str, answers: Callable[..., Object], accepts: str) -> Route:
    method, path = line.split()
    return Route(method, re.compile(path.replace("{}", "([^/]+)") + r"\Z"), answers, accepts)


ROUTES = [
    _route(line, answers, accepts)
    for line, answers, accepts in (
        ("POST /v1/customers", customers.create_customer, f"{CUSTOMER} payment_method"),
        ("GET /v1/customers", customers.list_customers, f"{DATED} email"),
        ("GET /v1/customers/{}", customers.get_customer, "expand"),
        ("POST /v1/customers/{}", customers.update_customer, CUSTOMER),
        ("DELETE /v1/customers/{}", customers.delete_customer, ""),
        ("GET /v1/customers/{}/payment_methods", customers.list_methods, f"{PAGING} type"),
        ("GET /v1/customers/{}/payment_methods/{}", customers.get_method_of, "expand"),
        ("GET /v1/payment_methods", customers.list_methods, f"{PAGING} customer type"),
        ("GET /v1/payment_methods/{}", customers.get_method, "expand"),
        ("POST /v1/payment_methods/{}", customers.update_method, "metadata expand"),
        ("POST /v1/payment_methods/{}/attach", customers.attach, "customer expand"),
        ("POST /v1/payment_methods/{}/detach", customers.detach, "expand"),
        (
            "POST /v1/setup_intents",
            setups.create,
            "customer payment_method confirm usage description metadata payment_method_types automatic_payment_methods "
            "return_url use_stripe_sdk expand",
        ),
        ("GET /v1/setup_intents", setups.listed, f"{DATED} customer payment_method"),
        ("GET /v1/setup_intents/{}", setups.get, "expand"),
        ("POST /v1/setup_intents/{}/confirm", setups.confirm, "payment_method return_url use_stripe_sdk expand"),
        ("POST /v1/setup_intents/{}/cancel", setups.cancel, "cancellation_reason expand"),
        ("POST /v1/payment_intents", payments.create, INTENT),
        ("GET /v1/payment_intents", payments.listed, f"{DATED} customer"),
        ("GET /v1/payment_intents/{}", payments.get, "expand"),
        ("POST /v1/payment_intents/{}", payments.update, "metadata description receipt_email expand"),
        (
            "POST /v1/payment_intents/{}/confirm",
            payments.confirm,
            "payment_method off_session return_url error_on_requires_action use_stripe_sdk expand",
        ),
        ("POST /v1/payment_intents/{}/cancel", payments.cancel, "cancellation_reason expand"),
        ("GET /v1/charges", charges.listed, f"{DATED} customer payment_intent"),
        ("GET /v1/charges/{}", charges.get, "expand"),
        ("POST /v1/refunds", money_back.create_refund, "payment_intent charge amount reason metadata expand"),
        ("GET /v1/refunds", money_back.list_refunds, f"{DATED} payment_intent charge"),
        ("GET /v1/refunds/{}", money_back.get_refund, "expand"),
        ("GET /v1/disputes", money_back.list_disputes, f"{DATED} payment_intent charge"),
        ("GET /v1/disputes/{}", money_back.get_dispute, "expand"),
        ("POST /v1/checkout/sessions", checkout.create, SESSION),
        ("GET /v1/checkout/sessions", checkout.listed, f"{DATED} customer payment_intent subscription status"),
        ("GET /v1/checkout/sessions/{}", checkout.get, "expand"),
        ("GET /v1/checkout/sessions/{}/line_items", checkout.line_items, "limit expand"),
        ("POST /v1/checkout/sessions/{}/expire", checkout.expire, "expand"),
        ("GET /v1/products", catalogue.list_products, f"{DATED} active ids"),
        ("GET /v1/products/{}", catalogue.get_product, "expand"),
        ("GET /v1/prices", catalogue.list_prices, f"{DATED} active lookup_keys product type currency"),
        ("GET /v1/prices/{}", catalogue.get_price, "expand"),
        ("POST /v1/subscriptions", subscriptions.create, f"{SUBSCRIBED} customer"),
        ("GET /v1/subscriptions", subscriptions.listed, f"{DATED} customer price status"),
        ("GET /v1/subscriptions/{}", subscriptions.get, "expand"),
        ("POST /v1/subscriptions/{}", subscriptions.update, f"{SUBSCRIBED} proration_date cancellation_details"),
        ("DELETE /v1/subscriptions/{}", subscriptions.cancel, "cancellation_details expand"),
        ("POST /v1/subscriptions/{}/resume", subscriptions.resume, "proration_behavior billing_cycle_anchor expand"),
        ("POST /v1/subscription_items", items.create, f"{ITEM} subscription"),
        ("GET /v1/subscription_items", items.listed, f"{PAGING} subscription"),
        ("GET /v1/subscription_items/{}", items.get, "expand"),
        ("POST /v1/subscription_items/{}", items.update, ITEM),
        ("DELETE /v1/subscription_items/{}", items.delete, "proration_behavior proration_date payment_behavior"),
        (
            "POST /v1/invoices/create_preview",
            subscriptions.create_preview,
            "customer subscription subscription_details expand",
        ),
        ("GET /v1/invoices", invoices.listed, f"{DATED} customer subscription status"),
        ("GET /v1/invoices/{}", invoices.get, "expand"),
        ("POST /v1/invoices/{}/pay", invoices.pay, "payment_method off_session expand"),
        ("GET /v1/events", events.listed, f"{DATED} type types delivery_success"),
        ("GET /v1/events/{}", events.get, "expand"),
    )
]


class Api:
    """Answers `/v1/…`."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._keys = Keys(world)

    def answer(self, request: Request) -> Response:
        """Answer one call. Raises Cut if a fault closes the connection after a charge."""
        call = Call(new_id("req"), request.headers.get("idempotency-key") if request.method == "POST" else None)
        try:
            with self._keys.held(call.idempotency_key):
                kept = self._kept(request, call)
                self._go_wrong(call)
        except Refused as refused:
            kept = _kept(refused, call)
        headers = {"Request-Id": str(call.id), "Stripe-Version": VERSION, "Content-Type": "application/json"}
        if call.idempotency_key:
            headers |= {"Idempotency-Key": call.idempotency_key, "Original-Request": kept.request}
        if kept.replayed:
            headers["Idempotent-Replayed"] = "true"
        if kept.status == 409:
            headers["Stripe-Should-Retry"] = "true"
        return Response(kept.status, kept.body.encode(), headers)

    def _kept(self, request: Request, call: Call) -> Kept:
        _admit(request)
        with self._world.lock:
            if self._world.faults.fails():
                return _kept(_failure(self._world.faults.status), call)
            catch_up(self._world)
            self._world.commit()
            key = call.idempotency_key
            if key and (before := self._keys.kept(key, request)):
                return before
            self._world.call = call
            try:
                answered = Kept(200, json.dumps(self._execute(request)), str(call.id))
            except Refused as refused:
                answered = _kept(refused, call)
                if not refused.executed:
                    self._world.rollback()
                    call.charged = False
                    return answered
            except Exception:
                traceback.print_exc()
                self._world.rollback()
                answered = _kept(Refused(500, "api_error", "The sandbox failed. See its log for details."), call)
            finally:
                self._world.call = Call()
            if key:
                self._keys.keep(key, request, answered)
            self._world.commit()
            return answered

    def _execute(self, request: Request) -> Object:
        for route in ROUTES:
            match = route.path.match(request.path)
            if match and route.method == request.method:
                params = Params(decode(request.text()))
                params.only(route.accepts)
                paths = params.texts("expand")
                body = route.answers(self._world, params, *match.groups())
                return answer(self._world, body, paths)
        words = f"Unrecognized request URL ({request.method}: {request.path})."
        raise invalid(words, status=404)

    def _go_wrong(self, call: Call) -> None:
        with self._world.lock:
            delay = self._world.faults.delay_s
            cut = call.charged and self._world.faults.cuts()
        if delay:
            time.sleep(delay)
        if cut:
            raise Cut


def _admit(request: Request) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            given = base64.b64decode(given, validate=True).decode().partition(":")[0]
        except ValueError:
            given = ""
    if not KEY.match(given):
        raise invalid("Invalid API Key provided: the sandbox takes any that begins with sk_test_.", status=401)
    version = request.headers.get("stripe-version", VERSION)
    if version != VERSION:
        raise invalid(f"The sandbox speaks version {VERSION} of the API, not {version}.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and request.body and kind != "application/x-www-form-urlencoded":
        raise invalid("Invalid request: the body is a form, application/x-www-form-urlencoded.")


def _kept(refused: Refused, call: Call) -> Kept:
    return Kept(refused.status, json.dumps({"error": refused.error}), str(call.id))


def _failure(status: int) -> Refused:
    if status == 429:
        return Refused(429, "invalid_request_error", "Too many requests.", code="rate_limit")
    if status < 500:
        return Refused(status, "invalid_request_error", "This call fails on demand.")
    return Refused(status, "api_error", "This call fails on demand.")
