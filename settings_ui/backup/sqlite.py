"""A SQLite database as one file, through SQLite's own backup, while others keep reading and writing."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from settings_ui.backup.archive import Manifest, Table
from settings_ui.backup.dump import Dump
from settings_ui.domain.errors import Conflict, Invalid, Unavailable
from settings_ui.services.kit.database import Database

PART = "settings.db"
PATIENCE_S = 5.0
PAGES = 5000
BUSY = "The database is in use. Stop the server, then restore."


def dump(database: Database, work: Path) -> Dump:
    """Copy a snapshot of the database; raise Unavailable or Invalid."""
    copied = work / PART
    with _open(_path(database), "rw") as source, _open(copied, "rwc") as target:
        source.backup(target)  # all pages in one step, so that no write of others restarts it
        target.execute("PRAGMA journal_mode=DELETE")
        _check(target)
        return Dump(_revision(target), _tables(target), {PART: copied})


def load(database: Database, parts: Mapping[str, Path], manifest: Manifest, *, force: bool) -> None:
    """Replace the database by the copy, in one SQLite transaction; raise Conflict if there is data."""
    path = _path(database)
    path.parent.mkdir(parents=True, exist_ok=True)
    with _open(parts[PART], "rw") as source, _open(path, "rwc") as target:
        _check(source)
        _compare(source, manifest)
        if not force and (full := next((table.name for table in _tables(target) if table.rows), None)):
            raise Conflict(f"There is data in the database, in {full}. Use --force to replace it with the backup.")
        deadline = time.monotonic() + PATIENCE_S

        def progress(*_: int) -> None:
            if time.monotonic() > deadline and _is_locked(path):
                raise Unavailable(BUSY)

        source.backup(target, pages=PAGES, progress=progress, sleep=0.1)
        target.execute("PRAGMA journal_mode=WAL")
        _check(target)
        _compare(target, manifest)


def _path(database: Database) -> Path:
    return Path(str(database.engine.url.database))


@contextlib.contextmanager
def _open(path: Path, mode: str) -> Iterator[sqlite3.Connection]:
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=PATIENCE_S)
        with contextlib.closing(connection):
            yield connection
    except sqlite3.OperationalError as error:
        raise Unavailable(f"The database cannot be used: {error}.") from error
    except sqlite3.DatabaseError as error:
        raise Invalid(f"This is not a Switchboard database: {error}.") from error


def _is_locked(path: Path) -> bool:
    with contextlib.closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as probe:
        try:
            probe.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        probe.execute("ROLLBACK")
        return False


def _check(connection: sqlite3.Connection) -> None:
    found = [row[0] for row in connection.execute("PRAGMA integrity_check")]
    if found != ["ok"]:
        raise Invalid(f"The database is damaged: {found[0]}.")
    if wrong := connection.execute("PRAGMA foreign_key_check").fetchone():
        raise Invalid(f"The database is damaged: a row of {wrong[0]} refers to a missing row.")


def _compare(connection: sqlite3.Connection, manifest: Manifest) -> None:
    if _tables(connection) != manifest.tables or _revision(connection) != manifest.revision:
        raise Invalid("The restored data differs from the backup. Do not use it.")


def _revision(connection: sqlite3.Connection) -> str:
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def _tables(connection: sqlite3.Connection) -> list[Table]:
    ours = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> ? ORDER BY 1"
    return [
        Table(
            name,
            [column[1] for column in connection.execute(f'PRAGMA table_info("{name}")')],
            connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0],  # noqa: S608 a table's name, by SQLite
        )
        for (name,) in connection.execute(ours, ["alembic_version"]).fetchall()
    ]
