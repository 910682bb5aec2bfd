"""Schema migrations: they produce the models' schema on both engines, idempotently and concurrently."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlmodel import SQLModel, select

from settings_ui.bootstrap import Services
from settings_ui.config import ROOT
from settings_ui.domain.errors import Unavailable
from settings_ui.models import Activity, Business, User
from settings_ui.services.kit import schema
from settings_ui.services.kit.database import Database
from tests.calls import a_call, bring_in
from tests.conftest import fresh_postgres
from tests.support import START


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/new folder/empty.db"
    return str(request.getfixturevalue("empty_postgres"))


@pytest.fixture
def empty(empty_url: str) -> Iterator[Database]:
    database = Database(empty_url)
    yield database
    database.close()


def checks(database: Database) -> set[tuple[str, str]]:
    """Names of all check constraints, which Alembic does not compare."""
    seen = inspect(database.engine)
    return {
        (table, str(check["name"]))
        for table in seen.get_table_names()
        if table != "alembic_version"
        for check in seen.get_check_constraints(table)
    }


def move(database: Database, how: str, revision: str) -> None:
    settings = AlembicConfig(str(ROOT / "alembic.ini"))
    settings.set_main_option("script_location", str(ROOT / "migrations"))
    with database.connection() as connection:
        settings.attributes["connection"] = connection
        getattr(command, how)(settings, revision)


def test_migrations_lead_to_the_models_from_nothing(empty: Database, tmp_path: Path) -> None:
    """Also if the folder of the SQLite file does not exist yet, as after a fresh clone."""
    schema.upgrade(empty)
    assert schema.is_current(empty)
    assert schema.differences(empty) == []
    schema.upgrade(empty)
    assert schema.is_current(empty)


def test_migrations_bring_every_check_constraint_of_the_models(empty: Database, database_url: str) -> None:
    schema.upgrade(empty)
    models = Database(database_url)
    expected = {
        (table.name, str(check.name))
        for table in SQLModel.metadata.sorted_tables
        for check in table.constraints
        if type(check).__name__ == "CheckConstraint"
    }
    assert checks(empty) == checks(models) == expected
    models.close()


def test_a_difference_would_be_seen(empty: Database) -> None:
    """Proves that the comparison can fail."""
    schema.upgrade(empty)
    with empty.write() as session:
        session.connection().exec_driver_sql("ALTER TABLE businesses ADD COLUMN surprise INTEGER")
        session.connection().exec_driver_sql("DROP INDEX ix_memberships_business_id")
    assert len(schema.differences(empty)) == 2


def test_every_migration_can_be_taken_back_and_made_again(empty: Database) -> None:
    schema.upgrade(empty)
    steps = list(ScriptDirectory(str(ROOT / "migrations")).walk_revisions())
    for step in steps:
        move(empty, "downgrade", str(step.down_revision or "base"))
        assert not schema.is_current(empty)
    assert set(inspect(empty.engine).get_table_names()) == {"alembic_version"}
    for step in reversed(steps):
        move(empty, "upgrade", step.revision)
    assert schema.differences(empty) == []


def test_what_is_there_survives_an_upgrade_that_has_nothing_to_do(empty: Database) -> None:
    schema.upgrade(empty)
    with empty.write() as session:
        session.add(Business(id="biz_1", name="Harbor Leads", created_at=START))
    schema.upgrade(empty)
    with empty.read() as session:
        assert session.exec(select(Business.name)).all() == ["Harbor Leads"]


def test_changes_that_nobody_signed_become_automatic(empty: Database) -> None:
    """Other sources stay, and so do the changes that a member made."""
    schema.upgrade(empty)
    move(empty, "downgrade", "0022")
    begun = {"created_at": START, "password_changed_at": START}
    kept = [("web", "usr_1"), ("operator", None), ("api", None), ("web", None), ("provider", None)]
    with empty.write() as session:
        dana = User(id="usr_1", name="Dana", email="d@x.org", email_folded="d@x.org", password_hash="x", **begun)
        session.add(dana)
        session.flush()
        for number, (source, user) in enumerate(kept):
            row = Activity(id=f"act_{number}", topic="t", what="w", at=START, source=source, user_id=user)
            session.add(row)
    schema.upgrade(empty)
    with empty.read() as session:
        found = session.exec(select(Activity.source).order_by(Activity.id)).all()
    assert found == ["web", "operator", "api", "automatic", "automatic"]


def test_calls_that_were_counted_before_are_counted_by_length_too(services: Services, business: str) -> None:
    """A report at another threshold is the same after the upgrade, and so is `check`."""
    lengths = [29, 30, 95, 400, 3600]
    bring_in(services, business, *(a_call(at=START - timedelta(days=n), duration_s=s) for n, s in enumerate(lengths)))
    move(services.database, "stamp", "head")
    move(services.database, "downgrade", "0027")
    move(services.database, "upgrade", "head")
    assert services.calls.counts.differences(business, START.date() - timedelta(days=5), START.date()) == []


def test_two_processes_that_upgrade_at_once_both_succeed(empty_url: str) -> None:
    """Every worker migrates on startup; one does the work, the others wait."""
    environment = os.environ | {"DATABASE_URL": empty_url, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "settings_ui", "migrate"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    ends = [(*process.communicate(timeout=60), process.returncode) for process in running]
    assert ends == [("The database is up to date.\n", "", 0)] * 2
    database = Database(empty_url)
    assert schema.differences(database) == []
    database.close()


def test_a_database_that_is_away_is_unavailable(tmp_path: Path) -> None:
    for url in ("postgresql://nobody@127.0.0.1:8610/none", f"sqlite:///{tmp_path}/no such folder/x.db"):
        database = Database(url, patience_s=1)
        with pytest.raises(Unavailable):
            schema.is_current(database)
        database.close()


def test_the_folder_that_is_made_for_the_data_is_its_owner_s_alone(tmp_path: Path) -> None:
    """It holds names, calls and emails, and SQLite creates its file readable for everyone on the machine."""
    database = Database(f"sqlite:///{tmp_path}/var/settings.db")
    schema.upgrade(database)
    database.close()
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_written_to_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    database = Database(f"sqlite:///{tmp_path}/file/x.db")
    with pytest.raises(Unavailable, match="The folder of the database cannot be written to"):
        schema.upgrade(database)


def test_a_database_that_goes_away_while_it_migrates_is_unavailable(postgres: str) -> None:
    database = Database(fresh_postgres(postgres).replace("test_", "no_such_test_"))
    with pytest.raises(Unavailable):
        schema.upgrade(database)


def test_migrations_leave_the_same_triggers_as_the_models(empty: Database) -> None:
    """They keep the ledger append-only, and Alembic does not compare them."""
    schema.upgrade(empty)
    migrated = triggers(empty)
    move(empty, "downgrade", "base")
    SQLModel.metadata.create_all(empty.engine)
    assert triggers(empty) == migrated
    assert len(migrated) >= 4


def triggers(database: Database) -> set[tuple[str, ...]]:
    """Name and definition of each trigger, and on PostgreSQL of the function it calls."""
    asked = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    if not database.embedded:
        asked = (
            "SELECT tgname, pg_get_triggerdef(pg_trigger.oid), prosrc FROM pg_trigger "
            "JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal"
        )
    with database.read() as session:
        return {tuple(row) for row in session.connection().exec_driver_sql(asked)}
