"""A browser window without a browser: the protocol of Reflex's page over a real socket."""

import asyncio
import json
import time
import uuid
from typing import Any, Self

from reflex.state import BaseState, State
from reflex_base.event import EventHandler
from reflex_base.utils.format import format_event_handler
from websockets.asyncio.client import ClientConnection, connect

SPACE = "/_event"
OPEN, PING, PONG, CONNECT, EVENT = "0", "2", "3", f"40{SPACE},", f"42{SPACE},"
"""The first characters of Engine.IO and Socket.IO frames."""
PATIENCE_S = 30


class Window:
    """One signed-in window. `async with` opens it and waits until its page has loaded."""

    def __init__(self, origin: str, cookie: str, path: str = "/settings?tab=profile") -> None:
        self._origin = origin
        self._cookie = cookie
        self._path = path
        self._updates: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def __aenter__(self) -> Self:
        async with asyncio.timeout(PATIENCE_S):
            self._socket: ClientConnection = await connect(
                f"{self._origin.replace('http', 'ws', 1)}{SPACE}/?token={uuid.uuid4()}&EIO=4&transport=websocket",
                origin=self._origin,
                additional_headers={"Cookie": f"session={self._cookie}"},
                compression=None,
                ping_interval=None,
            )
        self._listening = asyncio.create_task(self._listen())
        await self._until(State, "is_hydrated_rx_state_", True)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.cancel()
        await self._socket.close()

    async def ask(self, handler: EventHandler, answer: type[BaseState], **arguments: Any) -> float:
        """Emit an event and return the milliseconds until a change of `answer` arrives."""
        start = time.perf_counter()
        event = self._event(format_event_handler(handler), arguments)
        await self._socket.send(EVENT + json.dumps(["event", event]))
        await self._until(answer)
        return (time.perf_counter() - start) * 1000

    async def _listen(self) -> None:
        async for frame in self._socket:
            text = str(frame)
            if text == PING:
                await self._socket.send(PONG)
            elif text.startswith(OPEN):
                hydrate = self._event(f"{State.get_full_name()}.hydrate_and_load", {})
                await self._socket.send(CONNECT + json.dumps({"event": hydrate}))
            elif text.startswith(EVENT):
                self._updates.put_nowait(json.loads(text.removeprefix(EVENT))[1])

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
