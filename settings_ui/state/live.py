"""Live updates: topics are sent to every process, and each window that shows one reloads through the guard."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from reflex.app import App
from reflex_base.event import Event, EventCallback

from settings_ui.bootstrap import services
from settings_ui.state import outage

log = logging.getLogger(__name__)
QUIET_S = 0.3


@dataclass(frozen=True)
class _Shown:
    socket: str
    topics: frozenset[str]
    at_desk: bool = False


_windows: dict[str, _Shown] = {}
"""Client token of a window in this process -> the socket that it loaded over, and the topics that it shows."""


def note(window: str, socket: str, topics: Iterable[str], *, at_desk: bool = False) -> None:
    """Remember what a window shows, and whether it is a staff desk; the guard calls this when it loads."""
    _windows[window] = _Shown(socket, frozenset(topics), at_desk)


def forget(window: str) -> None:
    """Forget a window."""
    _windows.pop(window, None)


async def publish(topics: frozenset[str]) -> None:
    """Tell every process which topics changed."""
    if topics:
        await services().bus.publish(topics)


@asynccontextmanager
async def delivering(
    app: App,
    look_again: EventCallback[()],
    at_desk: EventCallback[()],
    *,
    quiet_s: float = QUIET_S,
) -> AsyncIterator[None]:
    """While open, send windows that show a published topic the event, which carries no data; staff desks get their
    own event.

    The first change is sent immediately, then one event for all changes in the next `quiet_s`, so that changes in a
    loop cost others little. It goes only over the socket that the window loaded over: another socket with the same
    token is not identified yet.
    """

    quiet: dict[str, bool] = {}  # windows told recently -> whether something has changed since
    later: set[asyncio.Task[None]] = set()

    def open_here(window: str, shown: _Shown) -> bool:
        sockets = app.event_namespace.token_to_sid if app.event_namespace else {}
        return sockets.get(window) == shown.socket

    async def tell(window: str, shown: _Shown) -> None:
        event = at_desk if shown.at_desk else look_again
        await app.event_processor.enqueue(window, Event.from_event_type(event)[0])

    async def rest(window: str) -> None:
        await asyncio.sleep(quiet_s)
        shown = _windows.get(window)
        if quiet.pop(window) and shown and open_here(window, shown):
            await start(window, shown)

    async def start(window: str, shown: _Shown) -> None:
        quiet[window] = False
        task = asyncio.create_task(rest(window))
        later.add(task)
        task.add_done_callback(later.discard)
        await tell(window, shown)

    async def deliver(topics: frozenset[str]) -> None:
        for window, shown in list(_windows.items()):
            if not open_here(window, shown):
                forget(window)
            elif shown.topics & topics:
                if window in quiet:
                    quiet[window] = True
                else:
                    await start(window, shown)

    listening = asyncio.create_task(services().bus.listen(deliver, partial(outage.on_link, app)))
    try:
        yield
    finally:
        for task in (listening, *later):
            task.cancel()
