"""What a socket may say, and how long it may go unread."""

import asyncio
import contextlib

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosedError

from settings_ui import connections
from tests.http.connecting import HANDSHAKE, SOON, connected, head, idle, rest


async def test_a_socket_stays_and_says_what_is_not_too_long(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/echo", max_size=None) as socket:
        await asyncio.sleep(2 * SOON)
        await socket.send("x" * connections.MESSAGE_BYTES)
        assert len(await socket.recv()) == connections.MESSAGE_BYTES
        await socket.send("x" * (connections.MESSAGE_BYTES + 1))
        with pytest.raises(ConnectionClosedError) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


async def test_a_message_that_announces_too_much_is_refused_before_it_comes(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/echo") as socket:
        socket.transport.write(b"\x81\xff" + (connections.MESSAGE_BYTES + 1).to_bytes(8, "big") + b"mask")
        with pytest.raises(ConnectionClosedError):
            await asyncio.wait_for(socket.recv(), 5)


async def test_a_socket_does_not_begin_while_an_answer_is_under_way(running: uvicorn.Server) -> None:
    """The answer would never learn that its connection is lost."""
    async with connected(running.config.port) as (reader, writer):
        writer.write(head(path="/endless"))
        await reader.readline()
        writer.write(head(path="/echo", more=HANDSHAKE))
        assert b"101 Switching" not in await rest(reader)
        await idle(running)


@pytest.mark.parametrize(
    "more",
    ["X: y\r\n" * 200, f"X: {'y' * 10_000}\r\n", "Content-Length: 1\r\n"],
    ids=["headers", "a long header", "a body"],
)
async def test_a_handshake_that_cannot_be_read_is_refused(port: int, more: str) -> None:
    async with connected(port) as (reader, writer):
        writer.write(head(path="/echo", more=HANDSHAKE + more))
        assert (await rest(reader)).startswith(b"HTTP/1.1 400")


async def test_pings_whose_answers_nobody_reads_are_not_answered(patient: uvicorn.Server) -> None:
    async with connect(f"ws://127.0.0.1:{patient.config.port}/echo") as socket:
        [connection] = patient.server_state.connections
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
                await asyncio.wait_for(socket.send("x" * connections.MESSAGE_BYTES), 5)
        await idle(running)


async def test_a_message_has_few_fragments(port: int) -> None:
    async with connect(f"ws://127.0.0.1:{port}/echo") as socket:
        await socket.send(["x"] * (connections.MOST_FRAGMENTS - 1))
        assert len(await socket.recv()) == connections.MOST_FRAGMENTS - 1
        socket.transport.write(b"\x01\x80" + bytes(4) + (b"\x00\x80" + bytes(4)) * connections.MOST_FRAGMENTS)
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
