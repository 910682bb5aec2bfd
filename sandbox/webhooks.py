"""Webhook delivery: signed, in the background, retried until accepted."""

import hashlib
import heapq
import hmac
import json
import random
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from sandbox.errors import Object
from sandbox.world import World, shown

RETRY_AFTER_S = (0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600)
TIMEOUT_S = 20
SHUFFLED_WITHIN_S = 0.6


@dataclass(order=True)
class _Delivery:
    due: float
    number: int
    attempt: int = field(compare=False)
    event: str = field(compare=False)
    payload: bytes = field(compare=False)


class Webhooks:
    """Delivers events one by one to one URL. A delivery not answered with 2xx is retried."""

    def __init__(self, world: World, url: str, secret: str) -> None:
        self._world, self._url, self._secret = world, url, secret
        self._waiting: list[_Delivery] = []
        self._changed = threading.Condition()
        self._stopped = False
        self._made = 0
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Start delivering, beginning with events not accepted before the last stop."""
        with self._world.lock:
            for event in self._world.all("event"):
                if event["pending_webhooks"]:
                    self.deliver(event)
        self._thread.start()

    def stop(self) -> None:
        """Stop delivering."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def deliver(self, event: Object) -> None:
        """Queue an event for delivery; faults may duplicate or reorder it."""
        payload = json.dumps(shown(event)).encode()
        faults = self._world.faults
        for _ in range(2 if faults.duplicate else 1):
            later = random.uniform(0, SHUFFLED_WITHIN_S) if faults.shuffle else 0  # noqa: S311 disorder, no secret
            self._put(time.monotonic() + later, 0, event["id"], payload)

    def _put(self, due: float, attempt: int, event: str, payload: bytes) -> None:
        with self._changed:
            self._made += 1
            heapq.heappush(self._waiting, _Delivery(due, self._made, attempt, event, payload))
            self._changed.notify()

    def _run(self) -> None:
        while delivery := self._next():
            if self._send(delivery.payload):
                self._taken(delivery.event)
            elif delivery.attempt < len(RETRY_AFTER_S):
                due = time.monotonic() + RETRY_AFTER_S[delivery.attempt]
                self._put(due, delivery.attempt + 1, delivery.event, delivery.payload)

    def _next(self) -> _Delivery | None:
        with self._changed:
            while not self._stopped:
                wait = self._waiting[0].due - time.monotonic() if self._waiting else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._waiting)
                self._changed.wait(wait)
        return None

    def _send(self, payload: bytes) -> bool:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature(payload, self._secret, int(time.time())),
            "User-Agent": "Stripe/1.0 (sandbox)",
        }
        request = urllib.request.Request(self._url, payload, headers)  # noqa: S310 the operator's own URL
        try:
            with _OPENER.open(request, timeout=TIMEOUT_S) as answer:
                return bool(200 <= answer.status < 300)
        except urllib.error.HTTPError as error:
            error.close()
        except OSError:
            pass
        return False

    def _taken(self, name: str) -> None:
        with self._world.lock:
            event = self._world.store.get(name)
            if event:
                self._world.change(event, pending_webhooks=0)
                self._world.commit()


def signature(payload: bytes, secret: str, moment: int) -> str:
    """Return the signature header of a payload."""
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **kwargs: object) -> None:
        """A redirect does not count as accepted."""


_OPENER = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
