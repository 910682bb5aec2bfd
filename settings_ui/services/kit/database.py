"""Database sessions for reading and for writing. Only these scopes commit."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection
from sqlmodel import Session

from settings_ui.domain.errors import Invalid, Unavailable

log = logging.getLogger(__name__)
PATIENCE_S = 5.0
READ_ONLY = "25006"
"""PostgreSQL's code when a server takes no writes, like a standby before it takes over."""
DEADLOCK = "40P01"


class Database:
    """SQLite or PostgreSQL, by its URL. Nothing is opened before first use, so a process may still fork.

    `patience_s` is how long to wait for a connection or a lock before raising Unavailable.
    """

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S) -> None:
        self.url = url
        self._whole = threading.local()
        self.engine = _engine(url, patience_s)
        self._writing = self.engine.execution_options(write=True)
        self._reading = self._glancing = self.engine
        if self.engine.dialect.name == "postgresql":  # a SQLite transaction is a snapshot anyway
            self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ")
            self._glancing = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a read-only session on one snapshot; within `whole`, it sees what was written there so far.

        Raises Unavailable if the database is down or busy, Invalid for text that it cannot store, like NUL.
        """
        if (outer := self._joined()) is not None:
            yield outer
            return
        with _translated(), Session(self._reading, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Yield a bare connection for a single select, without a transaction, which would cost two more round trips.
        Within `whole` it is that one's connection. Raises what `read` raises."""
        if (outer := self._joined()) is not None:
            yield outer.connection()
            return
        with _translated(), self._glancing.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session in one transaction: committed at the end, rolled back on any error. Raises what `read`
        raises.

        On SQLite it holds the write lock from the start, so what it reads stays true until it commits; on PostgreSQL,
        lock the rows that a decision depends on. Within `whole` it is a savepoint: an error rolls back only the
        savepoint, and it is committed with the whole.
        """
        if (outer := self._joined()) is not None:
            with _translated(), outer.begin_nested():
                yield outer
            return
        with _translated(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def whole(self) -> Iterator[Session]:
        """Yield a session whose transaction all sessions join that this thread opens inside the block: all or nothing.

        For a use case whose effect must be stored together with something else, like its idempotent answer.
        """
        with self.write() as session:
            self._whole.session = session
            try:
                yield session
            finally:
                self._whole.session = None

    def _joined(self) -> Session | None:
        session: Session | None = getattr(self._whole, "session", None)
        return session

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Yield a bare connection, for schema changes; raise Unavailable if the database is down."""
        with _translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Yield a bare connection on one snapshot, to read the whole database; raise Unavailable."""
        with _translated(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """Yield a bare connection in one transaction, to change the whole database; raise Unavailable."""
        with _translated(), self._writing.begin() as connection:
            yield connection

    def connections(self) -> dict[str, int]:
        """Return how many pooled connections of this process are in use, and how many threads wait for one."""
        pool: Any = self.engine.pool
        return {"in_use": pool.checkedout(), "idle": pool.checkedin()}

    @property
    def embedded(self) -> bool:
        """Whether the database is a local file, where an indexed read takes microseconds and no network round trip."""
        return self.engine.dialect.name == "sqlite"

    def own_connection(self) -> PoolProxiedConnection:
        """Return a driver connection that the caller owns and closes; raise Unavailable if none can be opened."""
        try:
            with _translated():
                connection = self.engine.raw_connection()
        except self.engine.dialect.loaded_dbapi.Error as error:
            raise Unavailable from error
        connection.detach()
        return connection

    def close(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def _engine(url: str, patience_s: float) -> Engine:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # which would show the password
        raise Unavailable("The database address cannot be read.") from None
    if parsed.get_backend_name() == "postgresql":
        return _postgres(parsed.set(drivername="postgresql+psycopg"), patience_s)
    engine = create_engine(
        parsed,
        pool_size=10,
        max_overflow=30,
        pool_timeout=patience_s,
        connect_args={"check_same_thread": False},
        hide_parameters=True,  # a logged error must not contain a link or a hash
    )
    engine.dialect.statement_compiler = _Hinting
    event.listen(engine, "connect", _sqlite_preparing(patience_s))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


class _Hinting(SQLiteCompiler):
    """Writes the hint of a table after its name: SQLite's INDEXED BY, which SQLAlchemy leaves out."""

    def get_from_hint_text(self, table: Any, text: str | None) -> str | None:
        return text


def _postgres(url: URL, patience_s: float) -> Engine:
    waits = {
        "connect_timeout": str(max(2, round(patience_s))),
        "options": f"-c lock_timeout={round(patience_s * 1000)}",
    }
    return create_engine(
        url.update_query_dict({name: wait for name, wait in waits.items() if name not in url.query}),
        pool_size=10,
        max_overflow=10,
        pool_timeout=patience_s,
        pool_pre_ping=True,
        hide_parameters=True,
    )


def _sqlite_preparing(patience_s: float) -> Callable[[Any, ConnectionPoolEntry], None]:
    def prepare(connection: Any, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        for pragma in (
            f"busy_timeout={round(patience_s * 1000)}",
            "journal_mode=WAL",
            "foreign_keys=ON",
            "synchronous=FULL",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return prepare


def _begin_sqlite(connection: Any) -> None:
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (OperationalError, PoolTimeout) as error:  # users get a shorter message than the operator
        if getattr(getattr(error, "orig", None), "sqlstate", None) == DEADLOCK:
            log.error("deadlock: %s", _reason(error))
            raise Unavailable("Someone else was changing the same thing. Nothing was changed. Try again.") from error
        log.error("the database is away, busy or full: %s", _reason(error))
        raise Unavailable from error
    except (DataError, UnicodeEncodeError) as error:
        log.warning("the database cannot hold a value: %s", type(error).__name__)
        raise Invalid("This contains a character that cannot be stored, or is too long.") from error
    except DBAPIError as error:
        if error.connection_invalidated or getattr(error.orig, "sqlstate", None) == READ_ONLY:
            raise Unavailable from error
        raise


def _reason(error: Exception) -> str:
    """Return the driver's message in one line, without the statement and its values."""
    return " ".join(str(getattr(error, "orig", None) or error).split())[:300]


@contextmanager
def exclusive(database: Database, name: int) -> Iterator[None]:
    """Hold a lock across all processes of the deployment, while schema or seed data change.

    It is PostgreSQL's advisory lock `name`; on SQLite, a lock file next to the database, whose folder is created if
    missing, for its owner alone. Raises Unavailable if it cannot be acquired.
    """
    if database.engine.dialect.name == "postgresql":
        with database.connection() as connection:
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")  # the holder may need a while
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({name:d})")
            try:
                yield
            finally:
                connection.exec_driver_sql(f"SELECT pg_advisory_unlock({name:d})")
        return
    with _file_lock(Path(f"{database.engine.url.database}.lock")):
        yield


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    import fcntl

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = path.open("w")
    except OSError as error:
        raise Unavailable(f"The folder of the database cannot be written to: {error.strerror}.") from error
    with handle:
        for _ in range(600):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.1)
        else:
            raise Unavailable("Another process has been changing the database for a minute.")
        yield
