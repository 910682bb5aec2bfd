"""A server with little patience, and connections to it, for tests of what a connection may do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from settings_ui import connections, server
from settings_ui.config import Config
from tests.ports import free_port

SOON = 0.3
LARGE = 20_000_000
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _size(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def _headers(request: Request) -> JSONResponse:
    return JSONResponse([name for name in request.headers if name.startswith("x-")])


async def _endless(_request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 10_000
            await asyncio.sleep(0)

    return StreamingResponse(parts())


async def _large(_request: Request) -> Response:
    return Response(b"x" * LARGE)


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)


def app() -> Starlette:
    """An app that tells the size of a body or the names of headers, echoes what a socket says, and answers more than
    anyone reads."""
    return Starlette(
        routes=[
            Route("/", _size, methods=["GET", "POST"]),
            Route("/headers", _headers, methods=["POST"]),
            Route("/endless", _endless),
            Route("/large", _large),
            WebSocketRoute("/echo", _echo),
        ]
    )


class HastyRequests(connections.BoundedRequests):
    """The same with little patience."""

    head_s = stalled_s = SOON


class HastySocket(connections.BoundedSocket):
    """The same with little patience."""

    stalled_s = SOON


@contextlib.asynccontextmanager
async def _serving(**protocols: type) -> AsyncIterator[uvicorn.Server]:
    settings = Config(_env_file=None, port=free_port(), demo=True)  # type: ignore[call-arg]
    running = uvicorn.Server(uvicorn.Config(app, **server.options(settings) | protocols))
    task = asyncio.create_task(running.serve())
    async with asyncio.timeout(10):
        while not running.started:  # noqa: ASYNC110 Uvicorn has no event for it
            await asyncio.sleep(0.01)
    yield running
    running.should_exit = True
    await task


@pytest.fixture
async def running() -> AsyncIterator[uvicorn.Server]:
    """The server as in production, but with little patience."""
    async with _serving(http=HastyRequests, ws=HastySocket) as server:
        yield server


@pytest.fixture
def port(running: uvicorn.Server) -> int:
    """Where it listens."""
    return running.config.port


@pytest.fixture
async def patient() -> AsyncIterator[uvicorn.Server]:
    """The server as in production: what it refuses in a test is too much, not too late."""
    async with _serving() as server:
        yield server


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """Open a connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield reader, writer
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Return what comes until the server closes the connection, which it does at once."""
    async with asyncio.timeout(5):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


def head(padding: int = 0, *, method: str = "GET", path: str = "/", more: str = "") -> bytes:
    """Return the head of a request, with a header of `padding` bytes."""
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{more}X-Padding: {'x' * padding}\r\n\r\n".encode()


HANDSHAKE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
HANDSHAKE += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


async def idle(running: uvicorn.Server) -> None:
    """Wait until the server has neither a connection nor a task left."""
    async with asyncio.timeout(5):
        while running.server_state.tasks or running.server_state.connections:  # noqa: ASYNC110 it has no event for it
            await asyncio.sleep(0.01)
