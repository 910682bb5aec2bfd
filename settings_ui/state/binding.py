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

    `_filled_for` and `_filled_as` are the binding and the rights for which its states were loaded, `_fresh` is the URL
    whose page came with the snapshot, `_visit` changes with each navigation, `_lost` says that an event arrived before
    the window loaded. `away` redirects the browser with a full load, which discards everything shown. `outage` is the
    notice that a dependency is unavailable. `load` changes each time the window connects: earlier events will not be
    answered any more.
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
    """Return no headers: the browser knows what it sent, and no page shows them."""
    return {}


def delta(**shown: str) -> dict[str, dict[str, str]]:
    """Return a delta that sets these vars in a window whose state is not available."""
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


def current_person() -> Person:
    """Return the actor of the current event, member or staff."""
    person = _actor.get()
    if person is None:
        raise Unauthenticated
    return person


def current_staff() -> StaffActor:
    """Return the staff member of the current event, as just read by the guard."""
    actor = _actor.get()
    if not isinstance(actor, StaffActor):
        raise Unauthenticated
    return actor


async def in_thread(work: Callable[[], T]) -> T:
    """Run a service call off the event loop and return its result."""
    return await asyncio.to_thread(work)
