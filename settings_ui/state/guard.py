"""The guard: every event passes here, and what no rule allows is denied."""

import logging

import reflex as rx
from reflex.app import App
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import sanitize_client_log_value

from settings_ui.domain.access import Capability
from settings_ui.domain.errors import Unavailable
from settings_ui.state import outage
from settings_ui.state.actors import actor_of, rights_of
from settings_ui.state.arguments import wrong_with
from settings_ui.state.binding import Binding, admit, session_digest
from settings_ui.state.loading import load, load_first, load_page
from settings_ui.state.observing import watching
from settings_ui.state.sparing import lines
from settings_ui.state.turned_away import deny, send_away, unavailable
from settings_ui.telemetry import trail

log = logging.getLogger(__name__)
REFLEX = ("reflex.", "reflex_")
OF_REFLEX = {
    "State.hydrate",
    "State.hydrate_and_load",
    "State.set_is_hydrated",
    "OnLoadInternalState.on_load_internal",
    "OnLoadInternalState.set_is_hydrated",
}
"""Reflex's handlers that a page needs. All others are refused, above all the `setvar` of every state."""
ON_LOAD = "OnLoadInternalState.on_load_internal"
PAGE_FAILED = "FrontendEventExceptionState.handle_frontend_exception"
"""Reflex would match the report against regexes that take minutes on some texts, and anyone can send one."""
LONGEST_COMPLAINT = 2000


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
                return await unavailable(state, error.message)
            if answer and handler not in (ON_LOAD, PAGE_FAILED):
                watched.outcome = "turned_away"
            return answer


async def _answer(app: App, state: BaseState, event: Event) -> StateUpdate | None:
    registered = RegistrationContext.get().event_handlers[event.name]
    owner, handler = registered.states[0], registered.handler.fn
    if handler.__qualname__ == PAGE_FAILED:
        return _note_complaint(state, event)
    if handler.__module__.startswith(REFLEX) and handler.__qualname__ not in OF_REFLEX:
        return _refuse(state, event, handler.__qualname__)
    if not isinstance(event.payload, dict):
        return _refuse(state, event, "no arguments")
    if handler.__module__.startswith(REFLEX) and (wrong := wrong_with(event.payload, handler)):
        return _refuse(state, event, wrong)
    digest = session_digest(state.router_data)
    binding = await state.get_state(Binding)
    if owner is rx.State:
        await load(app, state, binding, digest)
        return None
    if handler.__qualname__ == ON_LOAD:
        return await load_page(app, state, binding, digest)
    if owner.__module__.startswith(REFLEX):
        return None
    actor = await actor_of(binding, digest)
    if actor is None or binding._filled_for != binding._seat():
        return await (send_away(state, digest) if binding.load else load_first(state, binding, digest))
    trail.acting(actor.user_id, binding._business)
    required: Capability | None = getattr(owner, "_requires", None)
    if required is None or not actor.may(required):
        if _may_log(state):
            log.warning("denied: %s may not %s", rights_of(actor), event.name)
        return deny(actor)
    if wrong := wrong_with(event.payload, handler):
        return _refuse(state, event, wrong)
    await outage.take_back(state, binding)
    admit(actor)
    return None


def _refuse(state: BaseState, event: Event, why: str) -> StateUpdate:
    if _may_log(state):
        log.warning("refused: %s: %s", event.name, why)
    return StateUpdate()


def _note_complaint(state: BaseState, event: Event) -> StateUpdate:
    """Log a page's own error report, in one line."""
    said = event.payload.get("info", "") if isinstance(event.payload, dict) else ""
    if _may_log(state):
        log.error("Frontend Exception: %s", sanitize_client_log_value(said, LONGEST_COMPLAINT))
    return StateUpdate()


def _may_log(state: BaseState) -> bool:
    return lines.room(state.router_data.get("sid", ""))
