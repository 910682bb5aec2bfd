"""The trail: the current request or event, who acts in it, and for which business."""

import os
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Trail:
    """One request or event. Once the actor is known, every log line of it names the actor."""

    id: str
    actor: str = ""
    business: str = ""

    def facts(self) -> dict[str, str]:
        """Return the known facts, by their names in log lines."""
        known = {"request_id": self.id, "actor": self.actor, "business": self.business}
        return {name: value for name, value in known.items() if value}


_here: ContextVar[Trail | None] = ContextVar("trail", default=None)


def new_request_id() -> str:
    """Return an id for a request or event, which appears in the answer and in the log."""
    return f"req_{os.urandom(12).hex()}"


def begin(name: str = "") -> Trail:
    """Start the trail of a request or event, replacing the one in this context."""
    trail = Trail(name or new_request_id())
    _here.set(trail)
    return trail


def resume(trail: Trail | None) -> None:
    """Continue a trail in another context, or with none."""
    _here.set(trail)


def acting(actor: str, business: str) -> None:
    """Record who acts, by id, and for which business; does nothing outside a request or event."""
    if trail := _here.get():
        trail.actor, trail.business = actor, business


def here() -> Trail | None:
    """Return the current trail, or None."""
    return _here.get()
