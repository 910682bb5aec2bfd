"""Whose doing something is: the request or event under way, who acts in it, and for which business."""

import os
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Trail:
    """One request or event. Who acts in it is known once it was asked for; then every log line of it says so."""

    id: str
    actor: str = ""
    business: str = ""

    def facts(self) -> dict[str, str]:
        """Return what is known, by the names that log lines have for it."""
        known = {"request_id": self.id, "actor": self.actor, "business": self.business}
        return {name: value for name, value in known.items() if value}


_here: ContextVar[Trail | None] = ContextVar("trail", default=None)


def new_request_id() -> str:
    """Return a name for a request or event that appears in the answer and in our log."""
    return f"req_{os.urandom(12).hex()}"


def begin(name: str = "") -> Trail:
    """Start the trail of a request or event; what was under way in this context before is forgotten."""
    trail = Trail(name or new_request_id())
    _here.set(trail)
    return trail


def resume(trail: Trail | None) -> None:
    """Go on with a trail in another context, or with none."""
    _here.set(trail)


def acting(actor: str, business: str) -> None:
    """Note who acts, by id, and for which business; nothing where no request or event is under way."""
    if trail := _here.get():
        trail.actor, trail.business = actor, business


def here() -> Trail | None:
    """Return the trail of what is under way, or None."""
    return _here.get()
