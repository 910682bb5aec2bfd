"""The state of the sandbox, behind one lock, with its own clock."""

import copy
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.errors import Object, missing
from sandbox.faults import Faults
from sandbox.store import Store

VERSION = "2026-08-26.dahlia"
DAY_S = 86_400
_CLOCK = "clock"


@dataclass
class Call:
    """The API call being answered; events refer to it."""

    id: str | None = None
    idempotency_key: str | None = None
    charged: bool = False  # money moved, so a fault may cut the connection


@dataclass
class World:
    """Objects, clock and faults. Hold `lock` around whatever reads or writes objects."""

    origin: str
    file: Path | None = None
    webhooks: bool = False
    time: Callable[[], float] = time.time
    lock: threading.RLock = field(default_factory=threading.RLock)
    faults: Faults = field(default_factory=Faults)
    deliver: Callable[[Object], None] = lambda event: None
    when_paid: Callable[[Object], None] = lambda intent: None
    call: Call = field(default_factory=Call)

    def __post_init__(self) -> None:
        self.store = Store(self.file)
        self._outgoing: list[Object] = []

    def now(self) -> int:
        """Return the sandbox's time in whole seconds: this machine's plus what was advanced."""
        return int(self.time() + self._clock()["shift_s"])

    def move_to(self, moment: int) -> None:
        """Set the clock, which keeps running."""
        clock = self._clock()
        self.store.change(clock, {"shift_s": clock["shift_s"] + moment - self.now()})

    def add(self, body: Object, event: str | None = None) -> Object:
        """Store a new object and emit an event for it."""
        self.store.add(body)
        if event:
            self.emit(event, body)
        return body

    def change(self, body: Object, event: str | None = None, **changes: Any) -> Object:
        """Change an object and emit an event with the previous values."""
        before = {name: body.get(name) for name, value in changes.items() if body.get(name) != value}
        self.store.change(body, changes)
        if event:
            self.emit(event, body, {k: v for k, v in before.items() if not k.startswith("_")})
        return body

    def emit(self, kind: str, body: Object, before: Object | None = None) -> None:
        """Record an event; it is delivered with the next commit."""
        data: Object = {"object": shown(body)}
        if before and kind.endswith(".updated"):
            data["previous_attributes"] = copy.deepcopy(before)
        event: Object = {
            "id": new_id("evt"),
            "object": "event",
            "api_version": VERSION,
            "created": self.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": int(self.webhooks),
            "request": {"id": self.call.id, "idempotency_key": self.call.idempotency_key},
            "type": kind,
        }
        self.store.add(event)
        self._outgoing.append(event)

    def commit(self) -> None:
        """Store all changes and deliver their events."""
        self.store.commit()
        outgoing, self._outgoing = self._outgoing, []
        for event in outgoing if self.webhooks else ():
            self.deliver(event)

    def rollback(self) -> None:
        """Undo what has happened since the last commit."""
        self.store.rollback()
        self._outgoing.clear()

    def find(self, kind: str, name: str, param: str = "id") -> Object:
        """Return an object of this kind, or raise an error for the parameter that named it."""
        body = self.store.get(name)
        if body is None or body["object"] != kind:
            raise missing(kind, name, param)
        return body

    def all(self, kind: str) -> list[Object]:
        """Return all objects of a kind, oldest first."""
        return self.store.all(kind)

    def _clock(self) -> Object:
        clock = self.store.get(_CLOCK)
        if clock is None:
            clock = {"id": _CLOCK, "object": "_clock", "shift_s": 0}
            self.store.add(clock)
        return clock


def new_id(prefix: str) -> str:
    """Return an unguessable id."""
    return f"{prefix}_{secrets.token_hex(12)}"


def shown(body: Object) -> Object:
    """Return a copy without private fields."""
    copied: Object = json.loads(json.dumps({k: v for k, v in body.items() if not k.startswith("_")}))
    return copied
