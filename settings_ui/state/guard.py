"""Every event passes here, and nothing is allowed that no rule allows."""

import functools
import inspect
import logging
import typing
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import reflex as rx
from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from reflex.app import App
from reflex.state import BaseState, StateUpdate
from reflex_base.constants.state import FIELD_MARKER
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext

from settings_ui.bootstrap import services
from settings_ui.domain.access import Actor, Capability
from settings_ui.domain.errors import Unavailable
from settings_ui.services.changes import business_topic, user_topic
from settings_ui.state import live
from settings_ui.state.door import Door, admit, in_thread, session_digest
from settings_ui.state.settings import Settings

log = logging.getLogger(__name__)
REFLEX = ("reflex.", "reflex_")


class Guard(rx.Middleware):
    """Reads the actor from the database for each event and lets through what the role may do.

    A window is bound to one session and one business. When either is not what it was, only a fresh load goes on,
    and it starts from an empty state: nothing that another user saw is left.
    """

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Return None to let the event through, or what to answer instead."""
        admit(None)
        handler = RegistrationContext.get().event_handlers[event.name]
        owner = handler.states[0]
        digest = session_digest(state.router_data)
        door = await state.get_state(Door)
        try:
            if owner is rx.State and isinstance(state, rx.State):
                actor = await _bind(state, door, digest)
                if actor and "hashes" not in event.payload:
                    await _restore(app, state, actor)
                return None
            if owner.__module__.startswith(REFLEX):
                return None
            actor = await _actor(door, digest)
        except Unavailable as error:
            return await _tell(state, door, error.message)
        if actor is None or door._filled_for != door._seat():
            return await _send_away(state, digest)
        required: Capability | None = getattr(owner, "_requires", None)
        if required is None or not actor.may(required):
            log.warning("denied: %s may not %s", actor.role, event.name)
            return StateUpdate(events=Event.from_event_type(Settings.denied))
        try:
            arguments(handler.handler.fn).model_validate(event.payload)
        except ValidationError as error:
            log.warning("refused: arguments of %s: %s", event.name, [e["type"] for e in error.errors()])
            return StateUpdate()
        if door.outage:
            door.outage = ""
        admit(actor)
        return None


@functools.cache
def arguments(handler: Callable[..., Any]) -> type[BaseModel]:
    """Return a strict model of a handler's parameters: a wrong type, a missing and an extra one are errors."""
    hints = typing.get_type_hints(handler)
    parameters = list(inspect.signature(handler).parameters.items())[1:]
    fields: dict[str, Any] = {
        name: (hints.get(name, Any), ... if given.default is given.empty else given.default)
        for name, given in parameters
    }
    return create_model(handler.__qualname__, __config__=ConfigDict(strict=True, extra="forbid"), **fields)


def event_token(state: BaseState) -> str:
    """Return the client token of the window that an event came from."""
    return state.router.session.client_token


async def _bind(state: rx.State, door: Door, digest: str) -> Actor | None:
    """Bind a window that loads: empty it when it belonged to another session or business. Return whose it is."""
    business = door._business if door._session == digest else ""
    actor = await in_thread(lambda: _load(digest, business or None) or _load(digest, None))
    seat = f"{digest}:{actor.business_id}" if actor else ""
    if door._filled_for != seat:
        state.reset()
    door._session = digest if actor else ""
    door._business = actor.business_id if actor else ""
    door._filled_for = seat
    door.away = ""
    token = event_token(state)
    if actor:
        live.note(token, {user_topic(actor.user_id), business_topic(actor.business_id)})
    else:
        live.forget(token)
    return actor


async def _restore(app: App, state: rx.State, actor: Actor) -> None:
    """Fill the page of a window that connects again, before its state is sent whole.

    After a restart that state is empty, and sent like that it would take the forms away, with what was typed in them.
    """
    admit(actor)
    for load in app.get_load_events(state.router.url.path):
        handler = RegistrationContext.get().event_handlers[Event.from_event_type(load)[0].name]
        required: Capability | None = getattr(handler.states[0], "_requires", None)
        if required and actor.may(required):
            await handler.handler.fn(await state.get_state(handler.states[0]))


async def _actor(door: Door, digest: str) -> Actor | None:
    if not digest or digest != door._session:
        return None
    return await in_thread(lambda: _load(digest, door._business))


def _load(digest: str, business_id: str | None) -> Actor | None:
    return services().access.actor(digest, business_id) if digest else None


async def _send_away(state: BaseState, digest: str) -> StateUpdate:
    """Answer with a full load: of the same address when the session is good elsewhere, of the sign-in page when not."""
    here = state.router.url
    path = f"{here.path}?{here.query}" if here.query else here.path
    elsewhere = await in_thread(lambda: _load(digest, None))
    url = path if elsewhere else f"/sign-in?next={quote(path, safe='')}"
    return StateUpdate(delta={Door.get_full_name(): {f"away{FIELD_MARKER}": url}})


async def _tell(state: BaseState, door: Door, message: str) -> StateUpdate:
    """Answer with a banner; no event may carry it, since that would have to pass here too."""
    door.outage = message
    delta = await state._get_resolved_delta()
    state._clean()
    return StateUpdate(delta=delta)
