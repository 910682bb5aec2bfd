"""A key is stored nowhere in plain text: not in the database, logs, Valkey or any answer."""

import logging
from collections.abc import Iterator

import pytest
import redis
import sqlalchemy as sql
from sqlmodel import SQLModel

from settings_ui.bootstrap import Services, build
from settings_ui.config import Config
from settings_ui.domain.api_key import PREFIX, new_secret
from tests.http.api.platform import CALL, RINGING, Platform, new_tenant
from tests.support import FakeClock, KeptMail


@pytest.fixture
def services(database_url: str, valkey: str, clock: FakeClock) -> Iterator[Services]:
    """All use cases configured for several processes, with Valkey."""
    redis.Redis.from_url(valkey).flushall()
    settings = Config(_env_file=None, demo=True, database_url=database_url, redis_url=valkey)
    built = build(settings, clock=clock, mailer=KeptMail())
    yield built
    built.database.close()


async def test_a_search_for_the_key_finds_it_nowhere(
    services: Services, clock: FakeClock, valkey: str, caplog: pytest.LogCaptureFixture
) -> None:
    """After valid and invalid requests with the key in headers, addresses, bodies, names and as an Idempotency-Key."""
    northwind = new_tenant(services, clock, "Northwind Leads")
    made, unknown = northwind.key(), new_secret().secret
    said = []
    with caplog.at_level(logging.DEBUG):
        for key in (made.secret, unknown):
            platform = Platform(services, key)
            said += [
                await platform.get("/business"),
                await platform.get("/calls"),
                await platform.post("/calls/screen", RINGING),
                await platform.post("/calls", CALL, once="a"),
                await platform.post("/calls", CALL, once="a"),
                await platform.post("/calls", CALL | {key: 1}),
                await platform.post("/numbers", {"number": "+12125550100", "source": "Ads"}),
                await platform.get("/calls", key=key),
                await platform.get(f"/calls/{key}"),
                await platform.ask("POST", "/calls", content=key.encode(), headers={"content-type": "text/plain"}),
                await platform.ask("GET", "/business", headers={"authorization": f"Basic {key}"}),
            ]
        services.api_keys.check.write_counts()
        northwind.revoke(made.key)
        said.append(await Platform(services, made.secret).get("/business"))
    secrets = [made.secret, unknown, made.secret[len(PREFIX) :], unknown[len(PREFIX) :]]
    places = {
        "database": "\n".join(_rows(services)),
        "log": "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx")),
        "Valkey": "\n".join(_kept(valkey)),
        "answers": "\n".join(f"{answer.text}{answer.headers}" for answer in said),
    }
    assert {name for name, text in places.items() for secret in secrets if secret in text} == set()
    assert made.key.digest in places["database"]  # proves that the search finds what is there
    assert made.key.id in places["Valkey"]
    assert "the database" not in places["log"]


def _rows(services: Services) -> Iterator[str]:
    with services.database.connection() as connection:
        for table in SQLModel.metadata.sorted_tables:
            for row in connection.execute(sql.select(table)):
                yield repr(tuple(row))


def _kept(url: str) -> Iterator[str]:
    with redis.Redis.from_url(url) as valkey:
        for key in valkey.scan_iter():
            yield repr((key, valkey.dump(key)))
