"""Sockets without a session: limits on what an anonymous client can make the server hold."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from settings_ui.bootstrap import Services, build, using
from settings_ui.config import Config
from settings_ui.domain.access import Role
from settings_ui.gateways.limiter import MovingWindowLimiter
from settings_ui.gateways.no_payments import NoPayments
from settings_ui.http.edge import Edge
from settings_ui.http.strangers import MOST_OPEN
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.strangers import PER_NETWORK, PER_PERSON
from tests.support import FakeClock, KeptMail, add_user, join, open_session

HERE, NEXT_DOOR, FAR = "198.51.100.7", "198.51.100.8", "203.0.113.9"
PROXY = "10.0.0.1"


class Sockets:
    """The edge, in front of an application that holds every socket open until told otherwise."""

    def __init__(self, services: Services, hops: int) -> None:
        self._config = services.config.model_copy(update={"trusted_proxy_hops": hops})
        self._edge = Edge(self._inside, self._config, Path("no-build"))
        self._ended = asyncio.Event()
        self._open: list[asyncio.Task[None]] = []

    async def opens(self, address: str = HERE, cookie: str = "", forwarded: str = "") -> bool:
        """Open a socket, hold it, and return whether it was accepted; `forwarded` is the X-Forwarded-For header."""
        answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def receive() -> dict[str, Any]:
            return {"type": "websocket.connect"}

        async def send(message: Any) -> None:
            answered.set_result(message["type"])

        headers = [(b"host", self._config.host.encode()), (b"origin", self._config.origin.encode())]
        headers += [(b"cookie", f"session={cookie}".encode())] if cookie else []
        headers += [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
        scope = {
            "type": "websocket",
            "path": "/_event",
            "query_string": b"",
            "headers": headers,
            "client": (address, 1),
        }
        self._open.append(asyncio.create_task(self._edge(scope, receive, send)))
        return await asyncio.wait_for(answered, 5) == "websocket.accept"

    async def close(self) -> None:
        """Close all open sockets."""
        self._ended.set()
        await asyncio.gather(*self._open)
        self._ended.clear()
        self._open.clear()

    async def _inside(self, _scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        await self._ended.wait()


@asynccontextmanager
async def sockets_of(services: Services, *, hops: int = 0) -> AsyncIterator[Sockets]:
    sockets = Sockets(services, hops)
    yield sockets
    await sockets.close()


async def test_so_many_sockets_of_strangers_are_open_at_once_and_no_more(services: Services, cookie: str) -> None:
    """Counted per network: anonymous clients take no places from signed-in users or from other networks."""
    async with sockets_of(services) as sockets:
        assert [await sockets.opens() for _ in range(MOST_OPEN)] == [True] * MOST_OPEN
        assert not await sockets.opens()
        assert not await sockets.opens(NEXT_DOOR)
        assert await sockets.opens(FAR)
        assert await sockets.opens(cookie=cookie)
        await sockets.close()
        assert await sockets.opens()


async def test_behind_a_proxy_it_is_the_network_that_the_proxy_saw(services: Services) -> None:
    """All sockets come from the proxy; entries before its own may be forged by the client, and buy no extra places."""
    async with sockets_of(services, hops=1) as sockets:
        for n in range(MOST_OPEN):
            assert await sockets.opens(PROXY, forwarded=f"192.0.2.{n}, {HERE}")
        assert not await sockets.opens(PROXY, forwarded=f"{FAR}, {NEXT_DOOR}")
        assert await sockets.opens(PROXY, forwarded=FAR)
        assert await sockets.opens(PROXY)


async def test_without_a_proxy_of_ours_nobody_names_their_own_network(services: Services) -> None:
    async with sockets_of(services) as sockets:
        for n in range(MOST_OPEN):
            assert await sockets.opens(forwarded=f"192.0.2.{n}")
        assert not await sockets.opens(forwarded=FAR)


async def test_a_cookie_that_is_no_session_counts_as_none(services: Services) -> None:
    async with sockets_of(services) as sockets:
        for n in range(MOST_OPEN):
            assert await sockets.opens(cookie=f"made-up-{n}")
        assert not await sockets.opens(cookie="made-up")


async def test_opening_and_closing_in_a_loop_ends_too(services: Services, cookie: str) -> None:
    """A window's state outlives its socket, so opening is rate-limited as well."""
    async with sockets_of(services) as sockets:
        for _ in range(PER_NETWORK.times):
            assert await sockets.opens()
            await sockets.close()
        assert not await sockets.opens()
        assert await sockets.opens(FAR)
        assert await sockets.opens(cookie=cookie)


async def test_signed_in_windows_use_up_no_places(services: Services, cookie: str) -> None:
    async with sockets_of(services) as sockets:
        assert all([await sockets.opens(cookie=cookie) for _ in range(MOST_OPEN + 1)])
        assert await sockets.opens()


async def test_a_person_opens_a_thousand_in_ten_minutes_and_no_more(
    services: Services, cookie: str, clock: FakeClock
) -> None:
    """Signed-in users may be hostile too, and the state of their windows is larger."""
    actor = services.account.access.actor(token_digest(cookie))
    assert actor is not None
    other = add_user(services)
    join(services, other, actor.business_id, Role.PUBLISHER)
    async with sockets_of(services) as sockets:
        for _ in range(PER_PERSON.times - 1):
            assert services.account.strangers.person_may_begin(actor.user_id)
        assert await sockets.opens(cookie=cookie)
        assert not await sockets.opens(FAR, cookie=cookie)
        assert await sockets.opens(cookie=open_session(services, other, clock))
        assert await sockets.opens()


async def test_with_the_counts_away_windows_open_and_say_so_themselves(tmp_path: Path, clock: FakeClock) -> None:
    """Also while the database cannot look up sessions."""
    path = tmp_path / "nowhere" / "folder.db"
    config = Config(_env_file=None, demo=True, database_url=f"sqlite:///{path}")
    limiter = MovingWindowLimiter("redis://127.0.0.1:1")
    built = build(config, clock=clock, mailer=KeptMail(), limiter=limiter, payments=NoPayments())
    with using(built):
        async with sockets_of(built) as sockets:
            assert await sockets.opens()
            assert await sockets.opens(cookie="whose-is-this")
    built.database.close()
