"""A browser's window without the browser: the protocol of Reflex's page over a real socket."""

import asyncio
import time
import uuid
from typing import Any, Self

import socketio
from reflex.state import BaseState, State
from reflex_base.event import EventHandler
from reflex_base.utils.format import format_event_handler

NAMESPACE = "/_event"
PATIENCE_S = 30


class Window:
    """One signed-in window. `async with` opens it and waits until its page has loaded."""

    def __init__(self, origin: str, cookie: str, path: str = "/settings?tab=profile") -> None:
        self._origin = origin
        self._headers = {"Cookie": f"session={cookie}", "Origin": origin}
        self._path = path
        self._updates: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._socket = socketio.AsyncClient(reconnection=False)
        self._socket.on("event", self._heard, namespace=NAMESPACE)

    async def __aenter__(self) -> Self:
        await self._socket.connect(
            f"{self._origin}/?token={uuid.uuid4()}",
            headers=self._headers,
            auth={"event": self._event(f"{State.get_full_name()}.hydrate_and_load", {})},
            transports=["websocket"],
            namespaces=[NAMESPACE],
            socketio_path=NAMESPACE,
            wait_timeout=PATIENCE_S,
        )
        await self._until(State, "is_hydrated_rx_state_", True)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._socket.disconnect()

    async def ask(self, handler: EventHandler, answer: type[BaseState], **arguments: Any) -> float:
        """Emit an event and return the milliseconds until a change of `answer` came back."""
        start = time.perf_counter()
        await self._socket.emit("event", self._event(format_event_handler(handler), arguments), namespace=NAMESPACE)
        await self._until(answer)
        return (time.perf_counter() - start) * 1000

    async def _heard(self, update: dict[str, Any]) -> None:
        self._updates.put_nowait(update)

    async def _until(self, state: type[BaseState], var: str = "", value: object = None) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                changed = (await self._updates.get()).get("delta", {}).get(state.get_full_name())
                if changed is not None and (not var or changed.get(var) == value):
                    return

    def _event(self, name: str, payload: dict[str, Any]) -> dict[str, Any]:
        pathname, _, query = self._path.partition("?")
        return {
            "name": name,
            "payload": payload,
            "router_data": {
                "pathname": pathname,
                "asPath": self._path,
                "query": dict(part.split("=") for part in query.split("&") if part),
            },
        }
