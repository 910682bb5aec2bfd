"""What a request may be, and how long either side may take over it."""

import asyncio

import pytest
import uvicorn

from settings_ui import connections
from tests.http.connecting import LARGE, SOON, connected, head, idle, rest


async def test_a_large_head_is_served(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(head(connections.HEAD_BYTES - 200))
        assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize("first", [head(connections.HEAD_BYTES), head(path="/?" + "x" * connections.HEAD_BYTES)])
async def test_a_larger_one_is_refused(port: int, first: bytes) -> None:
    async with connected(port) as (reader, writer):
        writer.write(first)
        assert not (await rest(reader)).startswith(b"HTTP/1.1 200")


async def test_a_head_without_an_end_is_cut_off_where_it_becomes_too_large(patient: uvicorn.Server) -> None:
    async with connected(patient.config.port) as (reader, writer):
        for piece in (head()[:30], *[b"x" * 10_000] * 7):
            writer.write(piece)
            await asyncio.sleep(0.01)
        assert await rest(reader) == b""


@pytest.mark.parametrize("first", [b"", b"GET / HT", head() + head()[:20]], ids=["nothing", "half", "one and a half"])
async def test_a_head_that_does_not_come_is_not_waited_for(port: int, first: bytes) -> None:
    async with connected(port) as (reader, writer):
        writer.write(first)
        assert (await rest(reader)).count(b"200 OK") == first.count(b"\r\n\r\n")


async def test_a_body_may_be_larger_and_take_longer_than_a_head(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(head(method="POST", more=f"Content-Length: {connections.HEAD_BYTES + 10}\r\n"))
        for _ in range(4):
            await asyncio.sleep(SOON / 2)
            writer.write(b"x" * (connections.HEAD_BYTES // 4))
        writer.write(b"x" * 10)
        assert (await reader.readuntil(str(connections.HEAD_BYTES + 10).encode())).startswith(b"HTTP/1.1 200")


async def test_a_connection_is_kept_for_the_next_request(port: int) -> None:
    async with connected(port) as (reader, writer):
        for _ in range(3):
            writer.write(head())
            assert (await reader.readuntil(b"\r\n\r\n0")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(2 * SOON)


async def test_a_body_that_does_not_come_is_not_waited_for(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(head(method="POST", more="Content-Length: 10\r\n") + b"x")
        assert await rest(reader) == b""


CHUNKED = head(method="POST", path="/headers", more="Transfer-Encoding: chunked\r\n")


async def test_what_follows_a_body_does_not_become_a_header(port: int) -> None:
    """A proxy passes it on as it came: nobody may write X-Forwarded-For there."""
    async with connected(port) as (reader, writer):
        writer.write(CHUNKED + b"1\r\nx\r\n0\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n")
        assert (await reader.readuntil(b"]")).endswith(b'["x-padding"]')


@pytest.mark.parametrize("beside", [b"0\r\nX: ", b"1;"], ids=["after the body", "beside a chunk"])
async def test_what_is_sent_beside_a_body_has_an_end(patient: uvicorn.Server, beside: bytes) -> None:
    async with connected(patient.config.port) as (reader, writer):
        for piece in (CHUNKED + b"1\r\nx\r\n" + beside, *[b"x" * 10_000] * 7):
            writer.write(piece)
            await asyncio.sleep(0.01)
        assert (await rest(reader)).count(b"200 OK") <= 1


async def test_few_requests_wait_on_one_connection(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(head() * (1 + connections.MOST_WAITING))
        for _ in range(1 + connections.MOST_WAITING):
            await reader.readuntil(b"\r\n\r\n0")
        writer.write(head() * 1000)
        assert (await rest(reader)).count(b"200 OK") <= connections.MOST_WAITING


@pytest.mark.parametrize("path", ["/endless", "/large"])
@pytest.mark.parametrize("more", ["", "Connection: close\r\n"], ids=["kept", "closed"])
async def test_an_answer_that_nobody_reads_is_given_up(running: uvicorn.Server, path: str, more: str) -> None:
    async with connected(running.config.port) as (_reader, writer):
        writer.write(head(path=path, more=more))
        await asyncio.sleep(SOON / 2)
        assert running.server_state.connections
        await idle(running)


@pytest.mark.flaky(reruns=2)  # on a busy machine, the reader itself may be held up for longer than the server waits
async def test_an_answer_that_is_read_slowly_arrives(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(head(path="/large", more="Connection: close\r\n"))
        seen = 0
        while part := await reader.read(LARGE // 20):
            seen += len(part)
            await asyncio.sleep(SOON / 10)
        assert seen > LARGE


async def test_a_malformed_body_is_refused_in_words(port: int) -> None:
    async with connected(port) as (reader, writer):
        writer.write(head(method="POST", more="Transfer-Encoding: chunked\r\n"))
        await asyncio.sleep(SOON / 3)
        writer.write(b"zz\r\n")
        assert (await rest(reader)).startswith(b"HTTP/1.1 400")
