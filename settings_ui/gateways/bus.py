"""Topics between the processes of a deployment: in this process, or over Redis."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import redis.asyncio
from redis.exceptions import RedisError

from settings_ui.gateways.ports import OnLink, OnTopics

log = logging.getLogger(__name__)
T = TypeVar("T")
CHANNEL = "settings-ui:topics"


class LocalBus:
    """For one process: listeners are called immediately, each in its own task and context, so that other windows do not
    inherit the request of the event that publishes."""

    def __init__(self) -> None:
        self._listeners: list[asyncio.Queue[frozenset[str]]] = []

    async def publish(self, topics: Iterable[str]) -> None:
        """Tell all listeners of this process."""
        for waiting in self._listeners:
            waiting.put_nowait(frozenset(topics))

    async def listen(self, on_topics: OnTopics, on_link: OnLink | None = None) -> None:
        """Call `on_topics` for everything published, until cancelled; there is no link to lose."""
        waiting: asyncio.Queue[frozenset[str]] = asyncio.Queue()
        self._listeners.append(waiting)
        try:
            while True:
                await _tell(on_topics, await waiting.get())
        finally:
            self._listeners.remove(waiting)

    async def reachable(self) -> bool:
        """Always true: there is no other process."""
        return True


class RedisBus:
    """For several processes: published on one Redis channel, which every process listens to."""

    def __init__(self, url: str, *, patience_s: float = 2, again_after_s: float = 1) -> None:
        self._url = url
        self._patience_s = patience_s
        self._again_after_s = again_after_s

    async def publish(self, topics: Iterable[str]) -> None:
        """Tell all listeners of the deployment; if Redis is down or silent, log it instead of raising."""
        try:
            async with (
                asyncio.timeout(self._patience_s),
                redis.asyncio.from_url(self._url) as connection,
            ):
                await connection.publish(CHANNEL, "\n".join(sorted(topics)))
        except (RedisError, TimeoutError) as error:
            log.warning("topics were not published: %s", type(error).__name__)

    async def listen(self, on_topics: OnTopics, on_link: OnLink | None = None) -> None:
        """Call `on_topics` for everything published, until cancelled; always reconnects, and calls `on_link`."""
        is_up = True
        while True:
            try:
                async with redis.asyncio.from_url(self._url) as connection, connection.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    if not is_up:
                        is_up = True
                        await _tell(on_link, is_up)
                    async for message in channel.listen():
                        if message["type"] == "message":
                            await _tell(on_topics, frozenset(message["data"].decode().split("\n")))
            except RedisError as error:
                log.warning("topics are not heard: %s", type(error).__name__)
            if is_up:
                is_up = False
                await _tell(on_link, is_up)
            await asyncio.sleep(self._again_after_s)

    async def reachable(self) -> bool:
        """Whether Redis answers."""
        try:
            async with asyncio.timeout(self._patience_s), redis.asyncio.from_url(self._url) as connection:
                await connection.execute_command("PING")  # type: ignore[no-untyped-call]
                return True
        except (RedisError, TimeoutError):
            return False


async def _tell(listener: Callable[[T], Awaitable[None]] | None, what: T) -> None:
    """A failed delivery must not end the listener."""
    try:
        if listener:
            await listener(what)
    except Exception:
        log.exception("topics were not delivered")
