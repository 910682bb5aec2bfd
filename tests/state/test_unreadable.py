"""Sockets that end since nothing can be made of what they sent."""

from types import SimpleNamespace
from typing import Any

import pytest
from socketio import AsyncNamespace, AsyncServer

from settings_ui.settings_ui import app
from settings_ui.state.unreadable import ending


class Failing(AsyncNamespace):
    """Refuses each connection with an exception, as Reflex does when its store is away."""

    async def on_connect(self, _sid: str, _environ: Any, _auth: Any = None) -> None:
        raise ConnectionError("no store")


@pytest.fixture
def sockets() -> AsyncServer:
    """A server of sockets behind which every connection fails."""
    server = AsyncServer(async_mode="asgi", async_handlers=False)
    server.register_namespace(Failing("/_event"))
    return server


async def test_refused_connections_leave_nothing_behind(sockets: AsyncServer) -> None:
    """Socket.IO keeps one that an exception refused, also when its socket has ended."""
    take, ended = ending(sockets), []

    async def disconnect(socket: str) -> None:
        ended.append(socket)
        await sockets._handle_eio_disconnect(socket, "server disconnect")

    sockets.eio = SimpleNamespace(generate_id=sockets.eio.generate_id, disconnect=disconnect, sockets={})
    for number in range(100):
        socket = f"socket-{number}"
        await sockets._handle_eio_connect(socket, {})
        await take(socket, "0/_event,")
    assert len(ended) == 100
    assert (sockets.manager.rooms, sockets.manager.pending_connect, sockets.environ) == ({}, {}, {})


async def test_a_defect_of_ours_has_its_traceback(sockets: AsyncServer, caplog: pytest.LogCaptureFixture) -> None:
    await sockets._handle_eio_connect("socket", {})
    await ending(sockets)("socket", "0/_event,")
    assert "no store" in caplog.text


def test_the_apps_own_sockets_end_so() -> None:
    assert app.sio is not None
    assert app.sio.eio.handlers["message"].__module__ == ending.__module__
