"""The operator's command line: `python -m settings_ui COMMAND --help`."""

import asyncio
import csv
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, fields
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click
from alembic.util.exc import CommandError
from pydantic import ValidationError

from settings_ui import backup as backups
from settings_ui import launch, sandbox_process
from settings_ui.bootstrap import Services, jobs, reconcile_billing, seed_demo, services
from settings_ui.checking import wrong_with
from settings_ui.config import config, refuse_unsafe
from settings_ui.demo_payments import seed_payments
from settings_ui.domain.access import Role
from settings_ui.domain.errors import DomainError, Unavailable
from settings_ui.domain.spreadsheet import inert
from settings_ui.domain.written_times import DateOrder
from settings_ui.import_calls import import_calls as import_file
from settings_ui.services.demo import seeding as demo
from settings_ui.services.kit import schema
from settings_ui.services.payouts.run import PayoutLine

UNMIGRATED = "The database lacks migrations: run `python -m settings_ui migrate`."
ROLES = click.Choice([str(role) for role in Role])


def reports(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what an operator can mend into one line and exit code 1; anything else is a bug and keeps its traceback."""

    @wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except DomainError as error:
            raise click.ClickException(error.message) from error
        except ValidationError as error:  # the environment
            wrong = "; ".join(f"{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_input=False))
            raise click.ClickException(wrong) from None
        except CommandError as error:
            raise click.ClickException(f"The database cannot be migrated: {error}") from None
        except OSError as error:
            raise click.ClickException(f"{error.filename}: {error.strerror}") from error

    return wrapped


def ready() -> Services:
    """Return the services of this process, once the database has every migration; raise Unavailable if it has not."""
    if not schema.is_current(services().database):
        raise Unavailable(UNMIGRATED)
    return services()


@click.group(help="Operate Switchboard. Settings come from the environment; see .env.example.")
def main() -> None:
    """Group of all commands."""


@main.command()
@reports
def serve() -> None:
    """Migrate, build if needed, and serve."""
    settings = config()
    refuse_unsafe(settings)
    _start_sandbox()
    prepare_database()
    if not launch.is_built(settings):
        click.echo("Building the pages, which takes a few seconds …")
        try:
            launch.build(settings)
        except launch.BuildFailed as failed:
            raise click.ClickException(f"The pages could not be built.\n\n{failed}") from None
    _announce()
    launch.serve(settings)


@main.command()
@reports
def develop() -> None:
    """Migrate, and serve with hot reload on http://localhost:3000."""
    refuse_unsafe(config())
    _start_sandbox()
    prepare_database()
    launch.develop(config())


@main.command()
@reports
def migrate() -> None:
    """Bring the database to the newest schema."""
    prepare_database()
    click.echo("The database is up to date.")


@main.command("create-business")
@click.argument("name")
@click.option("--owner", "email", required=True, help="Login email of the owner.")
@click.option("--owner-name", default="", help="Full name, if the owner is new.")
@click.option("--time-zone", default="UTC", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read a new owner's password from standard input.")
@reports
def create_business(name: str, email: str, owner_name: str, time_zone: str, password_stdin: bool) -> None:
    """Create a business and its owner, who gets a mail with a link to set a password unless one is given."""
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # `America` is a folder
        raise click.BadParameter(
            f"{time_zone} is no time zone, like Europe/Berlin", param_hint="--time-zone"
        ) from error
    made = ready().business.members.create_business(
        name, owner_email=email, owner_name=owner_name, password=_password(password_stdin), time_zone=time_zone
    )
    click.echo(made)
    if not password_stdin:
        click.echo(f"A mail to {email} says where to begin; it leaves while the server runs.", err=True)


@main.command("add-member")
@click.argument("business")
@click.argument("email")
@click.option("--role", type=ROLES, required=True)
@click.option("--name", default="", help="Full name, if the person is new.")
@click.option("--password-stdin", is_flag=True, help="Read a new person's password from standard input.")
@reports
def add_member(business: str, email: str, role: str, name: str, password_stdin: bool) -> None:
    """Add EMAIL to BUSINESS (id or name)."""
    ready().business.members.add_member(business, email, name=name, role=Role(role), password=_password(password_stdin))
    click.echo(f"{email} is {role} of {business}.")


@main.command("set-role")
@click.argument("business")
@click.argument("email")
@click.argument("role", type=ROLES)
@reports
def set_role(business: str, email: str, role: str) -> None:
    """Make EMAIL a ROLE of BUSINESS."""
    ready().business.members.set_role(business, email, Role(role))
    click.echo(f"{email} is {role} of {business}.")


@main.command("remove-member")
@click.argument("business")
@click.argument("email")
@reports
def remove_member(business: str, email: str) -> None:
    """Take EMAIL out of BUSINESS."""
    ready().business.members.remove_member(business, email)
    click.echo(f"{email} is no longer a member of {business}.")


@main.command("add-staff")
@click.argument("email")
@click.option("--name", default="", help="Full name, if the person is new.")
@click.option("--password-stdin", is_flag=True, help="Read a new person's password from standard input.")
@reports
def add_staff(email: str, name: str, password_stdin: bool) -> None:
    """Let EMAIL answer the tickets of all businesses, at /staff."""
    ready().support.staff.add(email, name=name, password=_password(password_stdin))
    click.echo(f"{email} is support staff.")


@main.command("remove-staff")
@click.argument("email")
@reports
def remove_staff(email: str) -> None:
    """Let EMAIL answer tickets no longer."""
    ready().support.staff.remove(email)
    click.echo(f"{email} is no longer support staff.")


@main.command("grant-add-on")
@click.argument("business")
@click.option("--member", default=None, help="Only this member's access, by login email.")
@click.option("--off", is_flag=True, help="Take it away instead.")
@reports
def grant_add_on(business: str, member: str | None, off: bool) -> None:
    """Switch Pay Per Call on for BUSINESS, or for one member of it."""
    ready().business.members.set_add_on(business, active=not off, email=member)
    click.echo(f"Pay Per Call is {'off' if off else 'on'} for {member or business}.")


@main.command("payout-run")
@click.option("--business", default=None, help="Only this business (id or name).")
@click.option("--at", type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]), default=None, help="Another moment than now.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Default: standard output."
)
@reports
def payout_run(business: str | None, at: datetime | None, output: Path | None) -> None:
    """Print as CSV where each payout goes."""
    ours = ready()
    only = ours.business.members.businesses(business)[0].id if business else None
    lines = ours.payouts.run.lines(at=at, business_id=only)
    with output.open("w", newline="", encoding="utf-8") if output else nullcontext(sys.stdout) as target:
        sheet = csv.writer(target)
        sheet.writerow([field.name for field in fields(PayoutLine)])
        sheet.writerows([inert(value) for value in asdict(line).values()] for line in lines)
    click.echo(f"{len(lines)} payouts.", err=True)


@main.command("import-calls")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--business", required=True, help="Whose calls they are: id or name.")
@click.option("--time-zone", default=None, help="Of times that do not say theirs. Default: the business's.")
@click.option("--dates", type=click.Choice([str(order) for order in DateOrder]), help="What 3/4/2026 means.")
@reports
def import_calls(file: Path, business: str, time_zone: str | None, dates: str | None) -> None:
    """Bring in the calls of a CSV FILE, as CallRail, Ringba, CallTrackingMetrics or a spreadsheet export them.

    Columns: id, from, to, source, started_at, duration_s, status; the usual other names are understood, others are
    passed over. Without ids they are made from caller, number and time; without sources the tracking numbers say them.

    Rows that cannot be used are listed with line and reason in a file beside it (calls.rejected.csv for calls.csv).
    Calls that are there already are passed over, so that an import that was cut off goes on when it is given again.
    Nothing of it is ever charged.
    """
    import_file(ready(), file, business, time_zone=time_zone, dates=dates)


@main.command("reconcile-billing")
@reports
def reconcile() -> None:
    """Ask the payment provider for what it told nobody, and for each payment whose outcome is not known.

    A job does this every five minutes while the server runs.
    """
    ours = ready()
    if not ours.billing.connected:
        raise Unavailable("No payment provider is set: STRIPE_SECRET_KEY.")
    done = asyncio.run(reconcile_billing(ours)())
    click.echo(f"{done} changes." if done != 1 else "1 change.")


@main.command("rebuild-counts")
@click.option("--business", default=None, help="Only this business (id or name).")
@reports
def rebuild_counts(business: str | None) -> None:
    """Count all calls again, should `check` say that counts and calls differ."""
    for home in ready().business.members.businesses(business):
        counted = sum(calls for _, calls in services().calls.counts.rebuild(home.id))
        click.echo(f"{home.name}: {counted:,} calls counted.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@reports
def backup(file: Path) -> None:
    """Write the database and the stored files to a new FILE, while the server goes on."""
    click.echo(backups.said_of(backups.backup(ready().database, config().storage_url, file), config().storage_url))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Also where there is data, which is lost.")
@reports
def restore(file: Path, force: bool) -> None:
    """Put the backup in FILE in the place of the database and the stored files. Stop the server first."""
    done = backups.restore(services().database, config().storage_url, file, force=force)
    click.echo(backups.said_of(done, config().storage_url))


@main.command()
@reports
def check() -> None:
    """Say what would keep this installation from serving people; exit code 1 if something would.

    Says of each periodic job how it went last, and compares the counts of the last 30 days with the calls.
    """
    found = config().problems()
    try:
        if not schema.is_current(services().database):
            found.append(UNMIGRATED)
        elif schema.differences(services().database):
            found.append("The database differs from the models.")
        else:
            click.echo("Jobs:")
            for line in services().jobs.report(jobs(services())):
                click.echo(f"  {line}")
            found += wrong_with(services()) + services().jobs.problems(jobs(services()))
    except (DomainError, CommandError) as error:
        found.append(f"The database cannot be read: {error}")
    for problem in found:
        click.echo(f"- {problem}")
    if found:
        raise SystemExit(1)
    click.echo("All is well.")


def prepare_database() -> None:
    """Migrate, and seed the demo if this is one."""
    ours = services()
    schema.upgrade(ours.database)
    if config().demo and seed_demo(ours):
        click.echo("Demo data written.")
    if config().demo and sandbox_process.answers(config()):
        seed_payments(config(), services().clock.now())


def _start_sandbox() -> None:
    try:
        sandbox_process.start(config())
    except sandbox_process.SandboxFailed as failed:
        raise click.ClickException(f"The Stripe sandbox could not be started.\n\n{failed}") from None


def _announce() -> None:
    click.echo(f"\nSwitchboard on {config().origin}")
    if config().sandboxed:
        click.echo(f"Stripe sandbox on http://localhost:{config().sandbox_listens}/_sandbox (no money moves)")
    if config().demo:
        click.echo(f"\nDemo accounts, all with the password {demo.PASSWORD}:")
        for email, name, role in demo.ACCOUNTS:
            click.echo(f"  {email:<24}{role.capitalize():<15}{name}")
        click.echo(f"\nMail lands in {config().mail_dir}\n")


def _password(from_stdin: bool) -> str | None:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else None


if __name__ == "__main__":
    main(prog_name="python -m settings_ui")
