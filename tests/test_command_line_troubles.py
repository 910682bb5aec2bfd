"""The operator's command line when something is wrong: `check`, and one line for every fixable error."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import update

from settings_ui.bootstrap import jobs
from settings_ui.config import ROOT
from settings_ui.gateways.mail import SmtpMailer
from settings_ui.models import OutgoingMail
from settings_ui.services.kit.mail import Outbox, enqueue
from tests.command_line import OUTSIDE, SAFE, CommandLine, command_line
from tests.ports import free_port
from tests.support import FakeClock


@pytest.fixture
def bare(tmp_path: Path) -> Iterator[CommandLine]:
    """A command line with an unmigrated database."""
    with command_line(tmp_path) as made:
        yield made


@pytest.fixture
def run(bare: CommandLine) -> CommandLine:
    """A command line with an empty database."""
    assert bare.says("migrate") == "The database is up to date."
    return bare


def test_a_full_disk_is_said_in_one_line(run: CommandLine) -> None:
    """Even where the system does not say which file."""
    assert run.refuses("payout-run", "--output", "/dev/full") == "No space left on device"


def test_check_says_what_people_would_miss(run: CommandLine) -> None:
    """An installation that was only tried has neither emails nor https; the demo needs none."""
    *_, first, second = run("check", APP_URL="http://app.example.com").output.splitlines()
    assert first.startswith("- SMTP_URL is not set: emails are saved in ")
    assert second.startswith("- APP_URL is http://app.example.com: passwords travel unencrypted.")
    assert run.says("check", DEMO="1").endswith("All is well.")


def test_a_port_that_is_in_use_is_said_before_anything_is_prepared(bare: CommandLine) -> None:
    """Not after “Switchboard on …”, which would be someone else's."""
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = other.getsockname()[1]
        said = bare.refuses("serve", PORT=str(port))
    assert said == f"Port {port} is in use. Stop what listens there, or set PORT to another one."
    assert bare("check").output.startswith("- "), "the database was not migrated"


def test_check_finds_nothing_where_all_is_well(run: CommandLine) -> None:
    first, *lines, last = run.says("check", **OUTSIDE).splitlines()
    assert (first, last) == ("Jobs:", "All is well.")
    assert "  deliver mail: has not run yet" in lines


def test_check_says_how_each_job_went_last(run: CommandLine) -> None:
    services = run.services
    [mail] = [job for job in jobs(services) if job.name == "deliver mail"]
    asyncio.run(services.jobs.run_if_due(mail))
    assert f"  deliver mail: last succeeded at {services.clock.now():%Y-%m-%d %H:%M} UTC" in run.says(
        "check", **OUTSIDE
    )


def test_check_says_everything_that_is_wrong(bare: CommandLine) -> None:
    result = bare("check", SECRET_KEY="", API_KEY_PEPPER="short", WORKERS="2", APP_URL="https://*")
    assert result.exit_code == 1
    for problem in ("SECRET_KEY", "API_KEY_PEPPER", "REDIS_URL", "origin of *", "needs migrating"):
        assert any(problem in line and line.startswith("- ") for line in result.output.splitlines()), problem


def test_check_tries_what_is_outside(run: CommandLine, tmp_path: Path) -> None:
    """Otherwise nobody could sign in, or store a photo, after “All is well.”"""
    (tmp_path / "file").touch()
    result = run(
        "check",
        REDIS_URL=f"redis://127.0.0.1:{free_port()}",
        STORAGE_URL=f"file://{tmp_path}/file/storage",
        STRIPE_SECRET_KEY="sk_test_1",
    )
    assert result.exit_code == 1
    for problem in ("- Redis does not respond", "- Files cannot be stored", "- STRIPE_WEBHOOK_SECRET is not set"):
        assert any(line.startswith(problem) for line in result.output.splitlines()), result.output


def test_check_leaves_nothing_in_the_storage(run: CommandLine, tmp_path: Path) -> None:
    assert run.says("check", STORAGE_URL=f"file://{tmp_path}/storage", **OUTSIDE).endswith("All is well.")
    assert list((tmp_path / "storage").iterdir()) == []


def test_check_sees_a_database_that_differs_from_the_models(run: CommandLine) -> None:
    run.says("check", **OUTSIDE)
    with run.services.database.connection() as connection:
        connection.exec_driver_sql("DROP INDEX ix_memberships_business_id")
        connection.commit()
    assert run.refuses("check", **OUTSIDE) == "- The database differs from the models."


@pytest.mark.parametrize(
    ("tried", "why"), [(True, "the last attempt failed: SMTP"), (False, "no attempt to send was made")]
)
def test_check_says_since_when_mail_does_not_leave_and_why(run: CommandLine, *, tried: bool, why: str) -> None:
    """A recent message is not reported; one that the mail server has refused for ten minutes is."""
    services = run.services
    clock = FakeClock(services.clock.now() - timedelta(minutes=11))
    with services.database.write() as session:
        enqueue(session, clock.now(), "dana@example.com", "Hello", "A body")
    if tried:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{free_port()}", "a@example.com", clock)
        assert asyncio.run(Outbox(services.database, mailer, clock).deliver_due()) == 1
    *_, said = run("check", **OUTSIDE).output.splitlines()
    assert said.startswith(f"- No email has been sent since {clock.now():%Y-%m-%d %H:%M} UTC (1 waiting); {why}")
    with services.database.write() as session:
        session.exec(update(OutgoingMail).values(created_at=services.clock.now()))
    assert run.says("check", **OUTSIDE).endswith("All is well.")


AWAY = "postgresql://app:hunter2@127.0.0.1:8610/none"


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (("check",), {"DATABASE_URL": AWAY, **OUTSIDE}, "- The database cannot be read"),
        (("migrate",), {"DATABASE_URL": AWAY}, "We could not reach our database"),
        (("payout-run",), {"DATABASE_URL": AWAY}, "We could not reach our database"),
        (("migrate",), {"DATABASE_URL": "mysql://app:hunter2@db/none"}, "DATABASE_URL: must begin"),
        (
            ("migrate",),
            {"DATABASE_URL": "postgresql://app:hunter2@db:port/none"},
            "The database address cannot be read.",
        ),
        (("check",), {"PORT": "abc"}, "PORT: Input should be a valid integer"),
        (("serve",), {"WORKERS": "0"}, "WORKERS: Input should be greater than or equal to 1"),
        (("payout-run",), {}, "The database needs migrating: run `python -m settings_ui migrate`."),
        (("add-member", "x", "y@example.com", "--role", "owner"), {}, "The database needs migrating"),
    ],
    ids=lambda value: " ".join(value)[:30] if isinstance(value, tuple) else "",
)
def test_what_the_operator_can_mend_is_one_line_without_secrets(
    bare: CommandLine, arguments: tuple[str, ...], environment: dict[str, str], said: str
) -> None:
    line = bare.refuses(*arguments, **environment)
    assert line.startswith(said)
    assert "hunter2" not in line


def test_a_database_of_a_newer_release_is_left_alone(run: CommandLine) -> None:
    run.says("check", **OUTSIDE)
    with run.services.database.connection() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    assert "9999" in run.refuses("migrate")


def test_serving_refuses_an_unsafe_configuration_with_every_reason(bare: CommandLine) -> None:
    """Before it opens the database or a port."""
    result = bare("serve", SECRET_KEY="", APP_URL="https://*")
    assert result.exit_code == 1
    assert "Not started:" in str(result.exception)
    assert "SECRET_KEY" in str(result.exception)
    assert "origin of *" in str(result.exception)
    assert not Path(bare.database_url.removeprefix("sqlite:///")).exists()


def test_the_demo_is_seeded_by_migrating_and_only_once(bare: CommandLine) -> None:
    assert bare.says("migrate", DEMO="1").splitlines()[0] == "Demo data written."
    assert bare.says("migrate", DEMO="1") == "The database is up to date."
    assert [business.name for business in bare.services.business.members.businesses()] == [
        "Harbor Media",
        "Northwind Leads",
    ]


def test_it_runs_as_a_module_of_its_own(tmp_path: Path) -> None:
    """In a separate process, from another folder, with what an operator would type."""
    environment = os.environ | SAFE | {"DATABASE_URL": f"sqlite:///{tmp_path}/own.db", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "settings_ui", "set-role", "Nobody", "p@example.com", "owner"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "Error: The database needs migrating: run `python -m settings_ui migrate`.\n"
