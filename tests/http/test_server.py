"""The server's bounds: what a request or a message of a socket may be, and how long either side may take."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from urllib.request import urlopen

import psutil
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from settings_ui import server
from settings_ui.config import ROOT, Config
from tests.ports import free_port, is_free

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


@pytest.fixture
async def running(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[uvicorn.Server]:
    """The server as in production, but with little patience."""
    monkeypatch.setattr(server, "HEAD_S", SOON)
    monkeypatch.setattr(server, "STALLED_S", SOON)
    settings = Config(_env_file=None, port=free_port(), demo=True)  # type: ignore[call-arg]
    running = uvicorn.Server(uvicorn.Config(app, **server.options(settings)))
    task = asyncio.create_task(running.serve())
    async with asyncio.timeout(10):
        while not running.started:  # noqa: ASYNC110 Uvicorn has no event for it
            await asyncio.sleep(0.01)
    yield running
    running.should_exit = True
    await task


@pytest.fixture
def port(running: uvicorn.Server) -> int:
    """Where it listens."""
    return running.config.port


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
        for _ in range(4):
            await asyncio.sleep(SOON / 2)
            writer.write(b"x" * (server.HEAD_BYTES // 4))
        writer.write(b"x" * 10)
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


async def test_a_body_that_does_not_come_is_not_waited_for(port: int) -> None:
    async with _connected(port) as (reader, writer):
        writer.write(_head(method="POST", more="Content-Length: 10\r\n") + b"x")
        assert await _rest(reader) == b""


CHUNKED = _head(method="POST", path="/headers", more="Transfer-Encoding: chunked\r\n")


async def test_what_follows_a_body_does_not_become_a_header(port: int) -> None:
    """A proxy passes it on as it came: nobody may write X-Forwarded-For there."""
    async with _connected(port) as (reader, writer):
        writer.write(CHUNKED + b"1\r\nx\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n")
        assert (await reader.readuntil(b"]")).endswith(b'["x-padding"]')


@pytest.mark.parametrize("rest", [b"0\r\nX: ", b"1;"], ids=["after the body", "beside a chunk"])
async def test_what_is_sent_beside_a_body_has_an_end(port: int, rest: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "STALLED_S", 60)
    async with _connected(port) as (reader, writer):
        for piece in (CHUNKED + b"1\r\nx\r\n" + rest, *[b"x" * 10_000] * 7):
            writer.write(piece)
            await asyncio.sleep(0.01)
        assert (await _rest(reader)).count(b"200 OK") <= 1


async def test_few_requests_wait_on_one_connection(port: int) -> None:
    async with _connected(port) as (reader, writer):
        writer.write(_head() * (1 + server.MOST_WAITING))
        for _ in range(1 + server.MOST_WAITING):
            await reader.readuntil(b"\r\n\r\n0")
        writer.write(_head() * 1000)
        assert (await _rest(reader)).count(b"200 OK") <= server.MOST_WAITING


async def _idle(running: uvicorn.Server) -> None:
    async with asyncio.timeout(5):
        while running.server_state.tasks or running.server_state.connections:  # noqa: ASYNC110 it has no event for it
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("path", ["/endless", "/large"])
@pytest.mark.parametrize("more", ["", "Connection: close\r\n"], ids=["kept", "closed"])
async def test_an_answer_that_nobody_reads_is_given_up(running: uvicorn.Server, path: str, more: str) -> None:
    async with _connected(running.config.port) as (_reader, writer):
        writer.write(_head(path=path, more=more))
        await asyncio.sleep(SOON / 2)
        assert running.server_state.connections
        await _idle(running)


async def test_an_answer_that_is_read_slowly_arrives(port: int) -> None:
    async with _connected(port) as (reader, writer):
        writer.write(_head(path="/large", more="Connection: close\r\n"))
        seen = 0
        while part := await reader.read(LARGE // 20):
            seen += len(part)
            await asyncio.sleep(SOON / 10)
        assert seen > LARGE


HANDSHAKE = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
HANDSHAKE += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


async def test_a_socket_does_not_begin_while_an_answer_is_under_way(running: uvicorn.Server) -> None:
    """The answer would never learn that its connection is lost."""
    async with _connected(running.config.port) as (reader, writer):
        writer.write(_head(path="/endless"))
        await reader.readline()
        writer.write(_head(path="/echo", more=HANDSHAKE))
        assert b"101 Switching" not in await _rest(reader)
        await _idle(running)


@pytest.mark.parametrize(
    "more",
    ["X: y\r\n" * 200, f"X: {'y' * 10_000}\r\n", "Content-Length: 1\r\n"],
    ids=["headers", "a long header", "a body"],
)
async def test_a_handshake_that_cannot_be_read_is_refused(port: int, more: str) -> None:
    async with _connected(port) as (reader, writer):
        writer.write(_head(path="/echo", more=HANDSHAKE + more))
        assert (await _rest(reader)).startswith(b"HTTP/1.1 400")


async def test_pings_whose_answers_nobody_reads_are_not_answered(
    running: uvicorn.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "STALLED_S", 60)
    async with connect(f"ws://127.0.0.1:{running.config.port}/echo") as socket:
        [connection] = running.server_state.connections
        socket.transport.pause_reading()
        most = 0
        for _ in range(200):
            socket.transport.write((b"\x89\xfd" + bytes(4) + b"x" * 125) * 1000)
            await asyncio.sleep(0.002)
            most = max(most, connection.transport.get_write_buffer_size())
        assert 0 < most < 1_000_000
        socket.transport.abort()


async def test_a_socket_that_nobody_reads_is_given_up(running: uvicorn.Server) -> None:
    async with connect(f"ws://127.0.0.1:{running.config.port}/echo") as socket:
        socket.transport.pause_reading()
        with contextlib.suppress(ConnectionClosedError):
            for _ in range(20):
                await asyncio.wait_for(socket.send("x" * server.MESSAGE_BYTES), 5)
        await _idle(running)


async def test_a_message_has_few_fragments(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/echo") as socket:
        await socket.send(["x"] * (server.MOST_FRAGMENTS - 1))
        assert len(await socket.recv()) == server.MOST_FRAGMENTS - 1
        socket.transport.write(b"\x01\x80" + bytes(4) + (b"\x00\x80" + bytes(4)) * server.MOST_FRAGMENTS)
        with pytest.raises(ConnectionClosedError) as closed:
            await asyncio.wait_for(socket.recv(), 5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_few_messages_wait(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/echo") as socket:
        socket.transport.write((b"\x81\x81" + bytes(4) + b"x") * 30_000)
        async with asyncio.timeout(5):
            await socket.wait_closed()
        assert socket.close_code == 1008


async def test_a_malformed_body_is_refused_in_words(port: int) -> None:
    async with _connected(port) as (reader, writer):
        writer.write(_head(method="POST", more="Transfer-Encoding: chunked\r\n"))
        await asyncio.sleep(SOON / 3)
        writer.write(b"zz\r\n")
        assert (await _rest(reader)).startswith(b"HTTP/1.1 400")


def test_a_signal_that_comes_while_the_app_is_imported_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            server.serve(Config(_env_file=None, demo=True))  # type: ignore[call-arg]
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 0


def test_workers_end_with_their_parent_however_it_ends() -> None:
    port = free_port()
    settings = {"DEMO": "1", "PORT": str(port), "WORKERS": "2"}
    command = [sys.executable, "-m", "settings_ui.server", f"{__name__}:app"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | settings) as parent:
        _until_served(port)
        workers = psutil.Process(parent.pid).children()
        assert len(workers) >= 2
        parent.kill()
    assert psutil.wait_procs(workers, 10)[1] == []
    assert is_free(port)


def _until_served(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return
        time.sleep(0.05)
    raise AssertionError("the workers do not answer")
