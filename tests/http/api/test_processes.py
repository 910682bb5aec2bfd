"""Two server processes on one PostgreSQL and one Valkey: changes in one apply in the other immediately."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from settings_ui.bootstrap import Services, build
from settings_ui.config import Config
from settings_ui.gateways.clock import SystemClock
from tests.http.api.platform import Tenant, new_tenant
from tests.http.api.serving import serving, status

LIMIT = 20


@pytest.fixture
def database_url(postgres_tables: str, request: pytest.FixtureRequest) -> str:
    """This run's PostgreSQL database, with tables."""
    return postgres_tables


@pytest.fixture
def services(database_url: str) -> Iterator[Services]:
    """This process's own use cases on that database."""
    built = build(Config(_env_file=None, demo=True, database_url=database_url))
    yield built
    built.database.close()


@pytest.fixture
def today(services: Services) -> Tenant:
    """A business created at the real time, since the servers use the machine's clock."""
    return new_tenant(services, SystemClock(), "Northwind Leads")  # type: ignore[arg-type]


def test_a_revoked_key_fails_on_the_next_request_in_every_process_and_a_limit_holds_for_all(
    today: Tenant, database_url: str, valkey: str, tmp_path: Path
) -> None:
    """The servers are started once for both, and for what only a real socket can send."""
    redis.Redis.from_url(valkey).flushall()
    with serving(2, tmp_path, DATABASE_URL=database_url, REDIS_URL=valkey, API_RATE_LIMIT=f"{LIMIT}/hour") as (
        one,
        other,
    ):
        for path in ("/business", "/numbers"):
            made = today.key()
            for _ in range(2):
                assert [status(origin, path, made.secret) for origin in (one, other)] == [200, 200]
            today.revoke(made.key)
            assert [status(origin, path, made.secret) for origin in (other, one)] == [401, 401]

        shared = today.key().secret
        asked = [status((one, other)[n % 2], "/business", shared) for n in range(LIMIT + 2)]
        assert asked == [200] * LIMIT + [429, 429]

        host, _, port = one.removeprefix("http://").partition(":")
        for line, expected in (
            (b"GET /api/v1/numbers/%FF%00 HTTP/1.1", b"401"),
            (b"GET /api/v1/\xff HTTP/1.1", b"40"),
            (b"GET /api/v1/calls?%FF=%00 HTTP/1.1", b"401"),
            (b"POST /api/v1/calls HTTP/1.1\r\nContent-Length: 70000", b"401"),
            (b"HEAD /api/v1/business HTTP/1.1", b"401"),
        ):
            with socket.create_connection((host, int(port)), timeout=10) as wire:
                wire.sendall(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
                said = b"".join(iter(lambda: wire.recv(65_536), b""))
            assert said.startswith(b"HTTP/1.1 " + expected), (line, said)
            assert b"Traceback" not in said
            assert b"{" not in said or not line.startswith(b"HEAD")
    assert "Traceback" not in (tmp_path / "log").read_text()
