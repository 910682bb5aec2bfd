"""Browser windows on the full event pipeline: the edge's headers, Reflex's processor, our guard, real deltas."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from reflex.istate.manager import StateManager
from reflex.istate.manager.memory import StateManagerMemory
from reflex.state import BaseState, OnLoadInternalState, State, StateUpdate
from reflex_base.event import Event, EventHandler
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler, json_dumps

from settings_ui.bootstrap import Services
from settings_ui.http.cookies import cookie_name
from settings_ui.http.edge import Edge
from settings_ui.settings_ui import app
from settings_ui.state.pacing import Paced

OURS = "settings_ui."
MARK = "_rx_state_"
"""What Reflex appends to the name of a var on its way to the browser."""
SOCKETS = itertools.count(1)
"""No two sockets have one name, also of different tests."""


def our_handlers() -> dict[str, tuple[type[BaseState], EventHandler]]:
    """Return every handler of ours that a browser can call, by name, with the state that owns it."""
    return {
        name: (registered.states[0], registered.handler)
        for name, registered in RegistrationContext.get().event_handlers.items()
        if registered.states and registered.states[0].__module__.startswith(OURS)
    }


def name_of(handler: Any) -> str:
    """Return a handler's name as browsers use it, given `Payouts.save`."""
    return format_event_handler(handler)


class Pipeline:
    """Runs events as the server does for all windows; stands in for the app wherever Reflex or `live` needs one."""

    def __init__(self, services: Services, states: StateManager | None = None) -> None:
        self.services = services
        self.admitted: list[str] = []
        self.errors: list[Exception] = []
        self.state_manager = states or StateManagerMemory()
        self.event_processor = _Processor(middleware=self, backend_exception_handler=self.errors.append)
        self.event_namespace = _Wire("/_event", self)  # type: ignore[arg-type]
        self.router = app.router
        self._state = State
        self._event_processor = self.event_processor
        self._opened = 0

    async def __aenter__(self) -> Self:
        self.event_processor.configure(state_manager=self.state_manager, event_namespace=self.event_namespace)
        await self.event_processor.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.event_processor.stop()
        await self.state_manager.close()

    async def _preprocess(self, state: BaseState, event: Event) -> StateUpdate | None:
        """Run the app's own middleware, the guard first, and record what it admitted."""
        answer = await app._preprocess(state, event)
        if answer is None:
            self.admitted.append(event.name)
        return answer

    async def window(self, cookie: str | None, address: str = "/settings", *, token: str = "") -> "Window":
        """Open a window as a browser does: connect the socket with its cookie, then hydrate the page at this address.

        `token` identifies the window; browsers keep it across reloads. A new one is used unless given.
        """
        window = await self.socket(cookie, address, token=token)
        await window.load()
        return window

    async def socket(self, cookie: str | None, address: str = "/settings", *, token: str = "") -> "Window":
        """Connect only the socket: a window that has not yet said which page it shows."""
        self._opened += 1
        token = token or f"window-{self._opened}"
        headers = await self._headers(cookie)
        window = Window(self, f"socket-{next(SOCKETS)}", token, address)
        scope = {"headers": headers, "client": ("192.0.2.7", 50000)}
        self.event_namespace.windows[window.sid] = window
        await self.event_namespace.on_connect(
            window.sid, {"QUERY_STRING": f"token={token}", "asgi.scope": scope}, auth=None
        )
        return window

    async def settle(self) -> None:
        """Return once no event is in progress."""
        await self.event_processor.settle()

    async def _headers(self, cookie: str | None) -> list[tuple[bytes, bytes]]:
        """Return a socket's headers as the edge passes them on."""
        config, seen = self.services.config, []
        sent = [(b"host", config.host.encode()), (b"origin", config.origin.encode()), (b"user-agent", b"Firefox/140.0")]
        if cookie is not None:
            sent.append((b"cookie", f"theme=dark; {cookie_name(config)}={cookie}".encode()))

        async def inner(scope: Any, _receive: Callable[[], Awaitable[Any]], _send: Callable[[Any], Any]) -> None:
            seen.extend(scope["headers"])

        scope = {"type": "websocket", "path": "/_event", "headers": sent, "query_string": b""}
        await Edge(inner, config, Path("no-build"))(scope, _nothing, _nowhere)
        return seen


class Window:
    """One open window; `sent` is every message it received, as JSON text."""

    def __init__(self, pipeline: Pipeline, sid: str, token: str, address: str) -> None:
        self.pipeline = pipeline
        self.sid = sid
        self.token = token
        self.address = address
        self.sent: list[str] = []

    async def load(self) -> list[str]:
        """Load the page at the window's address and return the messages received."""
        return await self.send(name_of(State.event_handlers["hydrate_and_load"]), {})

    async def go(self, address: str) -> list[str]:
        """Follow a link within the app."""
        self.address = address
        return await self.send(name_of(OnLoadInternalState.event_handlers["on_load_internal"]), {})

    async def emit(self, handler: Any, **payload: Any) -> list[str]:
        """Call a handler, like `emit(Payouts.save, form={…})`."""
        return await self.send(name_of(handler), payload)

    async def send(self, name: Any, payload: Any) -> list[str]:
        """Send an event by name with any payload; return the messages received until everything was done."""
        before = len(self.sent)
        path = self.address.partition("?")[0]
        await self.pipeline.event_namespace.on_event(
            self.sid,
            {
                "name": name,
                "payload": payload,
                "router_data": {
                    "pathname": path,
                    "asPath": self.address,
                    "query": {},
                    "origin": self.pipeline.services.config.origin,
                },
            },
        )
        await self.pipeline.settle()
        return self.sent[before:]

    async def close(self) -> None:
        """Close the window, as a browser does."""
        if task := self.pipeline.event_namespace.on_disconnect(self.sid):
            await task

    def shows(self, state: type[BaseState]) -> dict[str, Any]:
        """Return what the window shows of a state: all deltas so far, merged, with Python names."""
        return merged(self.sent, state)

    @property
    def goes_to(self) -> str:
        """Return where the window was redirected with a full load; empty if nowhere."""
        from settings_ui.state.binding import Binding

        return str(self.shows(Binding).get("away", ""))


def merged(messages: list[str], state: type[BaseState]) -> dict[str, Any]:
    """Return a state's vars from the messages, merged, later ones winning."""
    shown: dict[str, Any] = {}
    for message in messages:
        delta = json.loads(message).get("delta") or {}
        shown |= {name.removesuffix(MARK): value for name, value in delta.get(state.get_full_name(), {}).items()}
    return shown


class _Wire(Paced):
    """The server's end of the sockets; the window stores what would be sent, as text."""

    def __init__(self, namespace: str, app: Any) -> None:
        super().__init__(namespace, app)
        self.windows: dict[str, Window] = {}

    async def emit(self, event: str, data: Any = None, to: str | None = None, **_: Any) -> None:
        if window := self.windows.get(to or ""):
            window.sent.append(json_dumps(data))
            if event == "new_token":
                window.token = data


class _Processor(BaseStateEventProcessor):
    """Reflex's event processor; remembers events until they are done."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._given: list[Any] = []

    async def enqueue(self, token: str, event: Event, ev_ctx: Any = None) -> Any:
        future = await super().enqueue(token, event, ev_ctx)
        self._given.append(future)
        return future

    async def settle(self) -> None:
        while self._given:
            await asyncio.wait([self._given.pop()])


async def _nothing() -> dict[str, Any]:
    return {"type": "websocket.connect"}


async def _nowhere(_message: Any) -> None:
    return None
