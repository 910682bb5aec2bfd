"""A running sandbox and its clients: the SDK, browser forms, and programs at the control API."""

import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import stripe

from sandbox.app import Sandbox
from sandbox.web import Server
from sandbox.webhooks import Webhooks
from sandbox.world import World
from tests.stripe_document import VERSION, CheckedClient

SECRET = "whsec_of_the_tests"
KEY = "sk_test_of_the_tests"
GOOD = "4242 4242 4242 4242"
REFUSED = "pm_card_chargeCustomerFail"
DAY_S = 86_400
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Nothing here is sent over TLS: loading the machine's certificates for each call would take longer than the call."""


@dataclass
class StandingTime:
    """The wall clock, frozen until the test moves it."""

    moment: float = 1_772_625_600.0  # noon UTC on 4 March 2026

    def __call__(self) -> float:
        return self.moment


@dataclass
class Running:
    """A sandbox listening at `origin`."""

    world: World
    time: StandingTime
    origin: str

    def sdk(self, *, retries: int = 0, http_client: stripe.HTTPClient | None = None) -> Any:
        """Return an SDK client; every call is validated against Stripe's document."""
        client = stripe.StripeClient(
            KEY,
            base_addresses={"api": self.origin},
            stripe_version=VERSION,
            max_network_retries=retries,
            http_client=http_client or CheckedClient(timeout=20),
        )
        return client.v1

    def control(self, deed: str, **values: Any) -> Any:
        """Call the control API, as a program."""
        answer = httpx.post(f"{self.origin}/_sandbox/{deed}", json=values, verify=PLAIN)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, form: Mapping[str, str | list[str]], **headers: str) -> httpx.Response:
        """Call the API without the SDK."""
        headers = {"Authorization": f"Bearer {KEY}"} | {name.replace("_", "-"): v for name, v in headers.items()}
        return httpx.post(f"{self.origin}{path}", data=dict(form), headers=headers, timeout=20, verify=PLAIN)

    def submit(self, url: str, number: str = GOOD, expiry: str = "12 / 34", cvc: str = "123") -> httpx.Response:
        """Submit a card on a checkout page."""
        card = {"number": number, "expiry": expiry, "cvc": cvc}
        return httpx.post(url, data=card, headers={"Origin": self.origin}, verify=PLAIN)

    def decide(self, url: str, decision: str) -> httpx.Response:
        """Approve or fail an authentication page."""
        return httpx.post(url, data={"decision": decision}, headers={"Origin": self.origin}, verify=PLAIN)

    def kinds(self, **filters: Any) -> list[str]:
        """Return the types of all events, oldest first."""
        events = self.sdk().events.list({"limit": 100} | filters)
        return [event.type for event in reversed(events.data)]


@contextmanager
def running(file: Path | None = None, *, webhooks_to: str = "") -> Iterator[Running]:
    """Run a sandbox."""
    clock = StandingTime()
    world = World("", file, bool(webhooks_to), time=clock)
    server = Server(0, Sandbox(world))
    world.origin = f"http://127.0.0.1:{server.server_port}"
    webhooks = Webhooks(world, webhooks_to, SECRET) if webhooks_to else None
    if webhooks:
        world.deliver = webhooks.deliver
        webhooks.start()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield Running(world, clock, world.origin)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        if webhooks:
            webhooks.stop()
        world.store.close()


@dataclass
class Listener:
    """A webhook receiver: the requests it got, and the statuses for its next answers."""

    answers: list[int] = field(default_factory=list)
    came: list[tuple[bytes, str]] = field(default_factory=list)
    url: str = ""

    def events(self, count: int) -> list[Any]:
        """Wait for this many events, verify each as the SDK does, and return them."""
        deadline = time.monotonic() + 10
        while len(self.came) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return [stripe.Webhook.construct_event(body, signature, SECRET) for body, signature in list(self.came)]


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen for webhooks."""
    listener = Listener()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            listener.came.append((body, self.headers["Stripe-Signature"]))
            self.send_response(listener.answers.pop(0) if listener.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.url = f"http://127.0.0.1:{server.server_port}/webhooks/stripe"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield listener
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def only_item(subscription: Any) -> Any:
    """Return the only item of a subscription."""
    (item,) = subscription["items"].data
    return item
