"""What a window is told when its event failed: immediately and without its state, which may be unreachable."""

import asyncio
import logging

from redis.exceptions import RedisError
from reflex.app import App
from reflex.state import BaseState, State, StateUpdate
from reflex_base.constants import CompileVars
from reflex_base.event import Event
from reflex_base.event.context import EventContext
from reflex_base.utils.format import format_event_handler

from settings_ui.domain.errors import Unavailable
from settings_ui.state.binding import Binding, delta
from settings_ui.state.observing import failed

AWAY = "We cannot reach part of our system. Your last change may not be saved. Check it once this notice is gone."
FAILED = "Something went wrong on our side, and your last change may not be saved. If it happens again, tell us{}."
LOAD_ALL_WITHIN_S = 2.0
LOAD = format_event_handler(State.event_handlers[CompileVars.HYDRATE_AND_LOAD])


def is_news(record: logging.LogRecord) -> bool:
    """Drop the traceback when one of Reflex's tasks listening to Redis ends with it: Reflex logs it again in one
    line, and restarts them."""
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, RedisError) and "reflex_ensure_task|" in record.getMessage())


logging.getLogger("asyncio").addFilter(is_news)

_told: set[str] = set()
"""Tokens of windows that show a failure which their state does not know about."""
_telling: set[asyncio.Task[None]] = set()


def tell(error: Exception) -> None:
    """Log an uncaught error of an event and show it in its window; called within the event's context."""
    name = failed(error, known=isinstance(error, RedisError | Unavailable))
    if isinstance(error, RedisError):
        message = AWAY
    elif isinstance(error, Unavailable):
        message = error.message
    else:
        message = FAILED.format(f" {name}" if name else "")
    context = EventContext.get()
    _told.add(context.token)
    task = asyncio.ensure_future(context.emit_delta(delta(outage=message)))
    _telling.add(task)
    task.add_done_callback(_telling.discard)


async def take_back(state: BaseState, binding: Binding) -> None:
    """Remove the notice from a window whose event is admitted, whether or not its state knows of it."""
    if binding.outage:
        binding.outage = ""
    token = state.router.session.client_token
    if token in _told:
        _told.discard(token)
        await EventContext.get().emit_delta(delta(outage=""))


async def on_link(app: App, is_up: bool) -> None:
    """Tell every window of this process that the connection between servers is lost. Once it is back, reload each
    window, one after another: it gets a new state, as after a restart, and keeps what was typed."""
    if app.event_namespace is None:
        return
    windows = list(app.event_namespace.token_to_sid)
    if is_up:
        _told.difference_update(windows)
    for token in windows:
        update = StateUpdate(events=[Event(name=LOAD)]) if is_up else StateUpdate(delta=delta(outage=AWAY))
        await app.event_namespace.emit_update(update, token)
        if is_up:
            await asyncio.sleep(LOAD_ALL_WITHIN_S / len(windows))
