"""A PostgreSQL database as one file per table, through COPY, from one snapshot. Needs no PostgreSQL tools."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Connection, MetaData, text

from settings_ui.backup.archive import Manifest, Table
from settings_ui.backup.dump import Dump
from settings_ui.domain.errors import Conflict, Invalid
from settings_ui.services.kit import schema
from settings_ui.services.kit.database import Database

VERSION = "alembic_version"
CHUNK = 1 << 20


def dump(database: Database, work: Path) -> Dump:
    """Copy every table from one snapshot, referenced tables before those that refer to them."""
    with database.snapshot() as connection:
        tables, parts = [], {}
        for table in _reflected(connection).sorted_tables:
            if table.name == VERSION:
                continue
            columns = [column.name for column in table.columns]
            part = work / f"{table.name}.copy"
            with part.open("wb") as written:
                rows, digest = _summed(_out(connection, table.name, columns), written.write)
            tables.append(Table(table.name, columns, rows, digest))
            parts[part.name] = part
        return Dump(_revision(connection), tables, parts)


def load(database: Database, parts: Mapping[str, Path], manifest: Manifest, *, force: bool) -> None:
    """Create the schema of the backup and fill it, in one transaction; raise Conflict if there is data."""
    with database.changing() as connection:
        there = _reflected(connection)
        if not force and (full := _first_full(connection, there)):
            raise Conflict(f"There is data in the database, in {full}. Use --force to replace it with the backup.")
        _clear(connection, there)
        schema.build(connection, manifest.revision)
        # Triggers checked each row when it was first written; the order is different now, so they are off.
        _triggers(connection, manifest.tables, "DISABLE")
        for table in manifest.tables:
            _in(connection, table, parts[f"{table.name}.copy"])
        connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
        _triggers(connection, manifest.tables, "ENABLE")
        for table in manifest.tables:
            if _summed(_out(connection, table.name, table.columns)) != (table.rows, table.digest):
                raise Invalid(f"{table.name} would differ from the backup. Nothing was changed.")


def _reflected(connection: Connection) -> MetaData:
    there = MetaData()
    there.reflect(connection)
    return there


def _clear(connection: Connection, there: MetaData) -> None:
    """Drop our tables and the functions that their triggers call; objects of extensions stay."""
    there.drop_all(connection)
    ours = text(
        "SELECT p.oid::regprocedure FROM pg_proc p WHERE p.pronamespace = current_schema()::regnamespace AND NOT EXISTS"
        " (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
    )
    for function in connection.scalars(ours).all():
        connection.exec_driver_sql(f"DROP FUNCTION {function}")


def _first_full(connection: Connection, there: MetaData) -> str:
    for table in there.sorted_tables:
        if table.name != VERSION and connection.execute(table.select().limit(1)).first():
            return table.name
    return ""


def _revision(connection: Connection) -> str:
    return str(connection.execute(text(f"SELECT version_num FROM {VERSION}")).scalar() or "")  # noqa: S608 our own name


def _out(connection: Connection, table: str, columns: list[str]) -> Iterator[bytes]:
    """Yield the rows of a table as lines."""
    statement = sql.SQL("COPY {} ({}) TO STDOUT").format(sql.Identifier(table), _list(columns))
    with _driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        for row in copy:
            yield bytes(row)


def _in(connection: Connection, table: Table, part: Path) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), _list(table.columns))
    with _driver(connection).cursor() as cursor, cursor.copy(statement) as copy, part.open("rb") as rows:
        while chunk := rows.read(CHUNK):
            copy.write(chunk)


def _triggers(connection: Connection, tables: Iterable[Table], how: LiteralString) -> None:
    for table in tables:
        statement = sql.SQL("ALTER TABLE {} " + how + " TRIGGER USER").format(sql.Identifier(table.name))
        _driver(connection).execute(statement)


def _summed(rows: Iterable[bytes], also: Any = lambda row: None) -> tuple[int, str]:
    """Return the number of rows, and a checksum that does not depend on their order."""
    count = total = 0
    for row in rows:
        also(row)
        count += 1
        total += int.from_bytes(hashlib.blake2b(row, digest_size=16).digest())
    return count, f"{total % (1 << 128):032x}"


def _list(columns: list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    driver: Any = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)  # noqa: S101 what the engine was made with
    return driver
