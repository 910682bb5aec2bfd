"""Sessions: one for reading, one for writing. Only these scopes commit."""

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


class Database:
    """SQLite or PostgreSQL, by its address. Nothing is opened before the first use, so a process may still fork.

    `patience_s` is how long anything waits for a connection or for another's lock before it raises Unavailable.
    """

    def __init__(self, url: str, *, patience_s: float = PATIENCE_S) -> None:
        self.url = url
        self._whole = threading.local()
        self.engine = _engine(url, patience_s)
        self._writing = self.engine.execution_options(write=True)
        self._reading = self._glancing = self.engine
        if self.engine.dialect.name == "postgresql":  # SQLite's transactions see one moment anyway
            self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ")
            self._glancing = self.engine.execution_options(isolation_level="AUTOCOMMIT")

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session that sees one moment and changes nothing; within `whole`, what was written there so far.

        Raises Unavailable if the database is away or busy, Invalid for text that it cannot hold, like NUL.
        """
        if (outer := self._joined()) is not None:
            yield outer
            return
        with _translated(), Session(self._reading, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """Yield a bare connection for one select: it sees one moment without a transaction, which would be two more
        round trips. Within `whole` it is that one's. Raises what `read` raises."""
        if (outer := self._joined()) is not None:
            yield outer.connection()
            return
        with _translated(), self._glancing.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session in one transaction: committed at the end, undone by any error. Raises what `read` raises.

        On SQLite it holds the write lock from the start, so what it reads stays true until it commits;
        on PostgreSQL lock the rows that a decision rests on. Within `whole` it is a savepoint: an error undoes it
        alone, and it is committed with the whole.
        """
        if (outer := self._joined()) is not None:
            with _translated(), outer.begin_nested():
                yield outer
            return
        with _translated(), Session(self._writing, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def whole(self) -> Iterator[Session]:
        """Yield a session whose transaction all sessions join that this thread opens meanwhile: all or nothing.

        For a use case whose effect must not be kept without something else, like the answer that it was given.
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
        """Yield a bare connection, for changes of the schema; raise Unavailable if the database is."""
        with _translated(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Yield a bare connection that sees one moment, for whoever reads it all; raise Unavailable."""
        with _translated(), self._reading.connect() as connection:
            yield connection

    @contextmanager
    def changing(self) -> Iterator[Connection]:
        """Yield a bare connection in one transaction, for whoever changes it all; raise Unavailable."""
        with _translated(), self._writing.begin() as connection:
            yield connection

    def connections(self) -> dict[str, int]:
        """Return how many pooled connections of this process are in use, and how many wait to be."""
        pool: Any = self.engine.pool
        return {"in_use": pool.checkedout(), "idle": pool.checkedin()}

    @property
    def embedded(self) -> bool:
        """Whether the database is a local file, where an indexed read takes microseconds and no network round trip."""
        return self.engine.dialect.name == "sqlite"

    def own_connection(self) -> PoolProxiedConnection:
        """Return a driver's connection that the caller keeps and closes; raise Unavailable if there is none."""
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
    except (OperationalError, PoolTimeout) as error:
        log.error("the database is away, busy or full: %s", _reason(error))  # people are told less
        raise Unavailable from error
    except (DataError, UnicodeEncodeError) as error:
        log.warning("the database cannot hold a value: %s", type(error).__name__)
        raise Invalid("This contains a character that cannot be stored, or is too long.") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable from error
        raise


def _reason(error: Exception) -> str:
    """Return what the driver said, in one line; never the statement nor its values."""
    return " ".join(str(getattr(error, "orig", None) or error).split())[:300]


@contextmanager
def exclusive(database: Database, name: int) -> Iterator[None]:
    """Hold a lock that only one process of the deployment has, while schema or seed data change.

    PostgreSQL's advisory lock `name`; on SQLite a lock file beside the database, whose folder is made if need be.
    Raises Unavailable if neither can be had.
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
        path.parent.mkdir(parents=True, exist_ok=True)
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
