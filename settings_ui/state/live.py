"""Open windows look again: topics go to every process, and each window that shows one reloads through the guard."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from reflex.app import App
from reflex_base.event import Event, EventHandler, EventSpec

from settings_ui.bootstrap import services

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Shown:
    socket: str
    topics: frozenset[str]
    at_desk: bool = False


_windows: dict[str, _Shown] = {}
"""Client token of a window of this process -> the socket that it loaded over, and the topics that it shows."""


def note(window: str, socket: str, topics: Iterable[str], *, at_desk: bool = False) -> None:
    """Remember what a window shows, and whether it is one of the staff desk; the guard does when it loads."""
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
    app: App, look_again: EventHandler | EventSpec, at_desk: EventHandler | EventSpec | None = None
) -> AsyncIterator[None]:
    """While it lasts, windows that show a published topic are given the event, which carries no data; those of the
    staff desk are given theirs.

    Only over the socket that the window loaded over: another one with the same token has yet to say whose it is.
    """

    async def deliver(topics: frozenset[str]) -> None:
        open_here = app.event_namespace.token_to_sid if app.event_namespace else {}
        for window, shown in list(_windows.items()):
            if open_here.get(window) != shown.socket:
                forget(window)
            elif shown.topics & topics:
                event = at_desk if shown.at_desk and at_desk else look_again
                await app.event_processor.enqueue(window, Event.from_event_type(event)[0])

    listening = asyncio.create_task(services().bus.listen(deliver))
    try:
        yield
    finally:
        listening.cancel()
