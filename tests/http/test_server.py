"""The server's bounds: what the head of a request or a message of a socket may be, and how long it may take."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from settings_ui import server
from settings_ui.config import Config
from tests.ports import free_port

SOON = 0.3
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _size(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    async for text in socket.iter_text():
        await socket.send_text(text)


def app() -> Starlette:
    """An app that tells the size of a body, and echoes what a socket says."""
    return Starlette(routes=[Route("/", _size, methods=["GET", "POST"]), WebSocketRoute("/echo", _echo)])


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """The server as in production, but with little patience."""
    monkeypatch.setattr(server, "HEAD_S", SOON)
    settings = Config(_env_file=None, port=free_port(), demo=True)  # type: ignore[call-arg]
    running = uvicorn.Server(uvicorn.Config(app, **server.options(settings)))
    task = asyncio.create_task(running.serve())
    async with asyncio.timeout(10):
        while not running.started:  # noqa: ASYNC110 Uvicorn has no event for it
            await asyncio.sleep(0.01)
    yield settings.port
    running.should_exit = True
    await task


@contextlib.asynccontextmanager
async def _connected(port: int) -> AsyncIterator[Connection]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield reader, writer
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()


async def _rest(reader: asyncio.StreamReader) -> bytes:
    """Return what comes until the server closes the connection, which it does at once."""
    async with asyncio.timeout(5):
        try:
            return await reader.read()
        except ConnectionResetError:
            return b""


def _head(padding: int = 0, *, method: str = "GET", path: str = "/", more: str = "") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{more}X-Padding: {'x' * padding}\r\n\r\n".encode()


async def test_a_large_head_is_served(port: int) -> None:
    async with _connected(port) as (reader, writer):
        writer.write(_head(server.HEAD_BYTES - 200))
        assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize("head", [_head(server.HEAD_BYTES), _head(path="/?" + "x" * server.HEAD_BYTES)])
async def test_a_larger_one_is_refused(port: int, head: bytes) -> None:
    async with _connected(port) as (reader, writer):
        writer.write(head)
        assert not (await _rest(reader)).startswith(b"HTTP/1.1 200")


async def test_a_head_without_an_end_is_cut_off_where_it_becomes_too_large(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEAD_S", 60)
    async with _connected(port) as (reader, writer):
        for piece in (_head()[:30], *[b"x" * 10_000] * 7):
            writer.write(piece)
            await asyncio.sleep(0.01)
        assert await _rest(reader) == b""


@pytest.mark.parametrize("first", [b"", b"GET / HT", _head() + _head()[:20]], ids=["nothing", "half", "one and a half"])
async def test_a_head_that_does_not_come_is_not_waited_for(port: int, first: bytes) -> None:
    async with _connected(port) as (reader, writer):
        writer.write(first)
        assert (await _rest(reader)).count(b"200 OK") == first.count(b"\r\n\r\n")


async def test_a_body_may_be_larger_and_take_longer_than_a_head(port: int) -> None:
    async with _connected(port) as (reader, writer):
        writer.write(_head(method="POST", more=f"Content-Length: {server.HEAD_BYTES + 10}\r\n"))
        await asyncio.sleep(2 * SOON)
        writer.write(b"x" * (server.HEAD_BYTES + 10))
        assert (await reader.readuntil(str(server.HEAD_BYTES + 10).encode())).startswith(b"HTTP/1.1 200")


async def test_a_connection_is_kept_for_the_next_request(port: int) -> None:
    async with _connected(port) as (reader, writer):
        for _ in range(3):
            writer.write(_head())
            assert (await reader.readuntil(b"\r\n\r\n0")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(2 * SOON)


async def test_a_socket_stays_and_says_what_is_not_too_long(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/echo", max_size=None) as socket:
        await asyncio.sleep(2 * SOON)
        await socket.send("x" * server.MESSAGE_BYTES)
        assert len(await socket.recv()) == server.MESSAGE_BYTES
        await socket.send("x" * (server.MESSAGE_BYTES + 1))
        with pytest.raises(ConnectionClosedError) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_a_message_that_announces_too_much_is_refused_before_it_comes(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/echo") as socket:
        socket.transport.write(b"\x81\xff" + (server.MESSAGE_BYTES + 1).to_bytes(8, "big") + b"mask")
        with pytest.raises(ConnectionClosedError):
            await asyncio.wait_for(socket.recv(), 5)
