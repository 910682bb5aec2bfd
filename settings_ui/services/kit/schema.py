"""Migrating the database to the latest schema."""

import functools

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlmodel import SQLModel

from settings_ui.config import ROOT
from settings_ui.services.kit.database import Database, exclusive

LOCK = 0x5E771165


def upgrade(database: Database) -> None:
    """Run the missing migrations. Safe to call from every process concurrently: one migrates, the others wait."""
    with exclusive(database, LOCK):
        if not is_current(database):
            settings = _alembic()
            with database.connection() as connection:
                settings.attributes["connection"] = connection
                command.upgrade(settings, "head")


def build(connection: Connection, revision: str) -> None:
    """Run the migrations up to a revision in the caller's transaction, on a database without tables."""
    settings = _alembic()
    settings.attributes |= {"connection": connection, "joins": True}
    command.upgrade(settings, revision)


def is_known(revision: str) -> bool:
    """Whether this version knows the revision."""
    return revision in {script.revision for script in ScriptDirectory.from_config(_alembic()).walk_revisions()}


def is_current(database: Database) -> bool:
    """Whether the database has every migration; raise Unavailable if it is down."""
    with database.connection() as connection:
        have = MigrationContext.configure(connection).get_current_revision()
    return have == newest()


def differences(database: Database) -> list[object]:
    """Return where the database differs from the models; empty when the migrations are complete."""
    with database.connection() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, SQLModel.metadata))


@functools.cache
def newest() -> str | None:
    """Return the latest revision, read once: readiness asks every few seconds."""
    return ScriptDirectory.from_config(_alembic()).get_current_head()


def _alembic() -> AlembicConfig:
    settings = AlembicConfig(str(ROOT / "alembic.ini"))
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    return settings
