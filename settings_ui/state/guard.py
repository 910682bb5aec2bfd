"""The guard: every event passes here, and what no rule allows is denied."""

import functools
import inspect
import json
import logging
import typing
from collections.abc import Callable
from typing import Annotated, Any
from urllib.parse import quote

import reflex as rx
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, create_model
from reflex.app import App
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import sanitize_client_log_value

from settings_ui.bootstrap import services
from settings_ui.domain.access import DESK_PATH, Actor, Capability, Person, StaffActor
from settings_ui.domain.errors import Unavailable
from settings_ui.domain.ids import new_id
from settings_ui.domain.text import has_invisible
from settings_ui.services.kit.changes import business_topic, user_topic
from settings_ui.services.support.thread import DESK_TOPIC
from settings_ui.state import live, outage
from settings_ui.state.binding import Binding, admit, delta, in_thread, session_digest
from settings_ui.state.desk import Desk
from settings_ui.state.observing import watching
from settings_ui.state.shell import Shell
from settings_ui.telemetry import trail

log = logging.getLogger(__name__)
PAYLOAD_LIMIT = 64 * 1024
"""Maximum bytes of JSON in an event; anything longer is sent by HTTP."""
TEXT_LIMIT = 1000
REFLEX = ("reflex.", "reflex_")
OF_REFLEX = {
    "State.hydrate",
    "State.hydrate_and_load",
    "State.set_is_hydrated",
    "OnLoadInternalState.on_load_internal",
    "OnLoadInternalState.set_is_hydrated",
    "UpdateVarsInternalState.update_vars_internal",
}
"""Reflex's handlers that a page needs. All others are refused, above all the `setvar` that every state has."""
ON_LOAD = "OnLoadInternalState.on_load_internal"
LOST = "The connection to this page was lost, so it was reloaded. Check whether your last click took effect."
PAGE_FAILED = "FrontendEventExceptionState.handle_frontend_exception"
"""Reflex would search what it is sent with patterns that take minutes for some texts, and anybody can send it one."""
LONGEST_COMPLAINT = 2000


def without_payload(record: logging.LogRecord) -> bool:
    """Remove the event from Reflex's error about a missing handler: an old page may have sent a password in it."""
    record.msg = str(record.msg).partition(" for Event(")[0]
    return True


logging.getLogger("reflex_base.event.processor.event_processor").addFilter(without_payload)


class Guard(rx.Middleware):
    """Reads the actor from the database for each event and lets through only what the role may do.

    A window is bound to one session and one business. When either changes, only a fresh load is accepted, and it starts
    from an empty state, so that nothing another user saw remains. It also starts empty when the rights change, so that
    nothing seen with the old rights is sent again.
    """

    async def preprocess(self, app: App, state: BaseState, event: Event) -> StateUpdate | None:
        """Return None to let the event through, or the answer to send instead."""
        handler = RegistrationContext.get().event_handlers[event.name].handler.fn.__qualname__
        with watching(handler) as watched:
            admit(None)
            try:
                answer = await _answer(app, state, event)
            except Unavailable as error:
                watched.outcome = "unavailable"
                return await _tell(state, error.message)
            if answer and handler not in (ON_LOAD, PAGE_FAILED):
                watched.outcome = "turned_away"
            return answer


async def _answer(app: App, state: BaseState, event: Event) -> StateUpdate | None:
    registered = RegistrationContext.get().event_handlers[event.name]
    owner, handler = registered.states[0], registered.handler.fn
    if handler.__qualname__ == PAGE_FAILED:
        return _note_complaint(event)
    if handler.__module__.startswith(REFLEX) and handler.__qualname__ not in OF_REFLEX:
        return _refuse(event, handler.__qualname__)
    if not isinstance(event.payload, dict):
        return _refuse(event, "no arguments")
    digest = session_digest(state.router_data)
    binding = await state.get_state(Binding)
    if owner is rx.State and isinstance(state, rx.State):
        actor = await _bind(state, binding, digest)
        binding._fresh = str(state.router.url) if actor and await _fill(app, state, actor) else ""
        if actor and binding._lost:
            binding._lost = False
            await _say_lost(state, actor)
        return None
    if handler.__qualname__ == ON_LOAD:
        return await _load_page(app, state, binding, digest)
    if owner.__module__.startswith(REFLEX):
        return None
    actor = await _actor(binding, digest)
    if actor is None or binding._filled_for != binding._seat():
        return await (_send_away(state, digest) if binding.load else _load_first(state, binding, digest))
    trail.acting(actor.user_id, binding._business)
    required: Capability | None = getattr(owner, "_requires", None)
    if required is None or not actor.may(required):
        log.warning("denied: %s may not %s", _rights(actor), event.name)
        return _deny(actor)
    if wrong := _wrong_with(event.payload, handler):
        return _refuse(event, wrong)
    if binding.outage:
        binding.outage = ""
    await outage.take_back(state.router.session.client_token)
    admit(actor)
    return None


@functools.cache
def arguments(handler: Callable[..., Any]) -> type[BaseModel]:
    """Return a strict model of a handler's parameters: a wrong type, a missing or an extra one is an error.

    Text must be one visible line: an id or a choice. What people type comes in a form, as a dictionary.
    """
    hints = typing.get_type_hints(handler)
    parameters = list(inspect.signature(handler).parameters.items())[1:]
    fields: dict[str, Any] = {
        name: (
            Annotated[str, AfterValidator(_visible)] if hints.get(name) is str else hints.get(name, Any),
            ... if given.default is given.empty else given.default,
        )
        for name, given in parameters
    }
    return create_model(handler.__qualname__, __config__=ConfigDict(strict=True, extra="forbid"), **fields)


def _visible(text: str) -> str:
    if len(text) > TEXT_LIMIT or has_invisible(text):
        raise ValueError("too long, or with a character that cannot be seen")
    return text


def _wrong_with(payload: dict[str, Any], handler: Callable[..., Any]) -> str:
    """Return what is wrong with a handler's arguments, without their values; empty if they are valid."""
    try:
        if len(json.dumps(payload, ensure_ascii=False).encode()) > PAYLOAD_LIMIT:
            return "too long"
        arguments(handler).model_validate(payload)
    except ValidationError as error:
        return ", ".join(e["type"] for e in error.errors())
    except (UnicodeError, RecursionError) as error:
        return type(error).__name__
    return ""


def _deny(actor: Person) -> StateUpdate:
    """Tell a member the reason; redirect staff to their desk."""
    if isinstance(actor, StaffActor):
        return _shows(away=DESK_PATH)
    return StateUpdate(events=Event.from_event_type(Shell.denied))


def _refuse(event: Event, why: str) -> StateUpdate:
    log.warning("refused: %s: %s", event.name, why)
    return StateUpdate()


def _note_complaint(event: Event) -> StateUpdate:
    """Log what a page says of its own failure, in one line."""
    said = event.payload.get("info", "") if isinstance(event.payload, dict) else ""
    log.error("Frontend Exception: %s", sanitize_client_log_value(said, LONGEST_COMPLAINT))
    return StateUpdate()


async def _bind(state: rx.State, binding: Binding, digest: str) -> Person | None:
    """Bind a window that loads, emptying it if it belonged to another session or business, or was filled with other
    rights. Return its binding."""
    business = binding._business if binding._session == digest else ""
    lost = binding._lost
    actor = await in_thread(lambda: _load(digest, business or None) or _load_any(digest))
    home = actor.business_id if isinstance(actor, Actor) else ""
    seat = f"{digest}:{home}" if actor else ""
    rights = _rights(actor)
    if (binding._filled_for, binding._filled_as) != (seat, rights):
        state.reset()  # type: ignore[no-untyped-call]
    binding._session = digest if actor else ""
    binding._business = home
    binding._filled_for, binding._filled_as = seat, rights
    binding.away = ""
    binding.load = binding._visit = new_id("load")
    binding._lost = lost
    window = state.router.session
    if actor:
        shows = {user_topic(actor.user_id), business_topic(home) if home else DESK_TOPIC}
        live.note(window.client_token, window.session_id, shows, at_desk=not home)
    else:
        live.forget(window.client_token)
    return actor


async def _fill(app: App, state: BaseState, actor: Person) -> bool:
    """Load the page at the URL into the state; return False, with nothing loaded, if they may not see it.

    A window that connects gets its data in the snapshot: one answer instead of four. After a restart the state of a
    reconnecting window is empty; sending it like that would remove the forms and what was typed in them.
    """
    admit(actor)
    loads = [Event.from_event_type(load)[0].name for load in app.get_load_events(state.router.url.path)]
    handlers = [RegistrationContext.get().event_handlers[name] for name in loads]
    required: list[Capability | None] = [getattr(handler.states[0], "_requires", None) for handler in handlers]
    if not all(one is not None and actor.may(one) for one in required):
        return False
    for handler in handlers:
        await handler.handler.fn(await state.get_state(handler.states[0]))
    return True


async def _load_page(app: App, state: BaseState, binding: Binding, digest: str) -> StateUpdate | None:
    """Answer a navigation with the page's data in one delta, where Reflex would send three. None lets Reflex continue
    and be refused."""
    actor = await _actor(binding, digest)
    if actor is None or binding._filled_for != binding._seat():
        return None
    if not binding._fresh:  # not the second part of a load
        binding._visit = new_id("visit")
    if binding._fresh != str(state.router.url) and not await _fill(app, state, actor):
        return _deny(actor)
    binding._fresh = ""
    if binding.outage:
        binding.outage = ""
    await outage.take_back(state.router.session.client_token)
    root = state._get_root_state()
    root.is_hydrated = True
    delta = await root._get_resolved_delta()
    root._clean()  # type: ignore[no-untyped-call]
    return StateUpdate(delta=delta)


async def _actor(binding: Binding, digest: str) -> Person | None:
    if not digest or digest != binding._session:
        return None
    if not binding._business:
        return await in_thread(lambda: services().account.access.staff(digest))
    return await in_thread(lambda: _load(digest, binding._business))


def _load(digest: str, business_id: str | None) -> Actor | None:
    return services().account.access.actor(digest, business_id) if digest else None


def _load_any(digest: str) -> Person | None:
    return services().account.access.person(digest) if digest else None


def _rights(actor: Person | None) -> str:
    if isinstance(actor, Actor):
        return f"{actor.role}:{actor.pay_per_call}"
    return "staff" if actor else ""


async def _load_first(state: BaseState, binding: Binding, digest: str) -> StateUpdate:
    """Answer a window whose state is lost, with Redis or to time: the page stays, with what was typed, and loads again.
    What it asked for is not done, since nobody knows for which business it was."""
    if digest and not await in_thread(lambda: _load_any(digest)):
        return await _send_away(state, digest)
    # Without one the event was ours, a live update: nothing was clicked, and whose window it is the load will say.
    binding._lost = binding._lost or bool(digest)
    return StateUpdate(events=[Event(name=outage.LOAD)])


async def _say_lost(state: BaseState, actor: Person) -> None:
    if isinstance(actor, StaffActor):
        await (await state.get_state(Desk))._complain(LOST)
    else:
        (await state.get_state(Shell))._toast(LOST, kind="bad")


async def _send_away(state: BaseState, digest: str) -> StateUpdate:
    """Answer with a full load: of the same URL if the session is valid elsewhere, else of the sign-in page."""
    here = state.router.url
    path = f"{here.path}?{here.query}" if here.query else here.path
    elsewhere = await in_thread(lambda: _load_any(digest))
    url = "/" + path.lstrip("/\\") if elsewhere else f"/sign-in?next={quote(path, safe='')}"
    return _shows(away=url)


async def _tell(state: BaseState, message: str) -> StateUpdate:
    """Answer with a banner only; an event cannot carry it, since that would have to pass the guard too."""
    (await state.get_state(Binding)).outage = message
    return _shows(outage=message)


def _shows(**values: str) -> StateUpdate:
    return StateUpdate(delta=delta(**values))
