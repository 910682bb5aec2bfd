"""Whose window this is, decided at every event from the session and the database, never from what the browser sends."""

import asyncio
import contextvars
from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import reflex as rx
from reflex.istate.data import HeaderData
from reflex_base.constants.state import FIELD_MARKER

from settings_ui.domain.access import Actor, Capability, Person, StaffActor
from settings_ui.domain.errors import Unauthenticated
from settings_ui.telemetry import trail

T = TypeVar("T")
_actor: contextvars.ContextVar[Person | None] = contextvars.ContextVar("actor", default=None)


class Binding(rx.State):
    """What the window is bound to: a session (its digest) and a business.

    `_filled_for` and `_filled_as` are the two and the rights with which its states were filled, `_fresh` is the
    address whose page came with the snapshot, `_visit` differs each time that the window comes to an address, `_lost`
    says that it asked for something before it loaded. `away` sends the browser elsewhere, with a full load: nothing of
    what it showed survives that. `outage` says that something that we need is away. `load` differs each time that the
    window connects: what it sent before will not be answered any more.
    """

    _requires: ClassVar[Capability | None] = None
    _session: str = ""
    _business: str = ""
    _filled_for: str = ""
    _filled_as: str = ""
    _fresh: str = ""
    _visit: str = ""
    _lost: bool = False
    away: str = ""
    outage: str = ""
    load: str = ""

    def _seat(self) -> str:
        return f"{self._session}:{self._business}"


@rx.serializer(to=dict, overwrite=True)
def _no_headers(headers: HeaderData) -> dict[str, Any]:
    """Return no headers: a browser need not be told the headers that it sent, and no page shows them."""
    return {}


def delta(**shown: str) -> dict[str, dict[str, str]]:
    """Return a delta that changes these vars in a window without its state."""
    return {Binding.get_full_name(): {f"{name}{FIELD_MARKER}": value for name, value in shown.items()}}


def session_digest(router_data: dict[str, Any]) -> str:
    """Return the digest of the session cookie, which the HTTP edge put in its place; empty if there is none."""
    authorization: str = router_data.get("headers", {}).get("authorization", "")
    return authorization.removeprefix("session ")


def admit(actor: Person | None) -> None:
    """Record whom the current event belongs to; only the guard calls this."""
    _actor.set(actor)
    if actor:
        trail.acting(actor.user_id, actor.business_id if isinstance(actor, Actor) else "")


def current_actor() -> Actor:
    """Return the actor of the current event, as just read by the guard."""
    actor = _actor.get()
    if not isinstance(actor, Actor):
        raise Unauthenticated
    return actor


def current_staff() -> StaffActor:
    """Return the staff member of the current event, as just read by the guard."""
    actor = _actor.get()
    if not isinstance(actor, StaffActor):
        raise Unauthenticated
    return actor


async def in_thread(work: Callable[[], T]) -> T:
    """Run a service call off the event loop and return its result."""
    return await asyncio.to_thread(work)
