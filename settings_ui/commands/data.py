"""Commands for backups and checking the installation."""

import asyncio
from pathlib import Path

import click
from alembic.util.exc import CommandError

from settings_ui import backup as backups
from settings_ui.bootstrap import jobs, services
from settings_ui.checking import missing_outside, wrong_with
from settings_ui.commands.kit import UNMIGRATED, ready, reports
from settings_ui.config import config, unknown_settings
from settings_ui.domain.errors import DomainError
from settings_ui.services.kit import schema


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@reports
def backup(file: Path) -> None:
    """Write the database and the stored files to a new FILE. The server can keep running."""
    click.echo(backups.said_of(backups.backup(ready().database, config().storage_url, file), config().storage_url))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace existing data, which is lost.")
@reports
def restore(file: Path, force: bool) -> None:
    """Replace the database and the stored files by the backup in FILE. Stop the server first."""
    done = backups.restore(services().database, config().storage_url, file, force=force)
    click.echo(backups.said_of(done, config().storage_url))


@click.command()
@reports
def check() -> None:
    """Report every problem of this installation; exit code 1 if there is one.

    Tries Redis and the storage, reports how each periodic job last went, and compares the counts of the last 30 days
    with the calls.
    """
    found = config().problems() or asyncio.run(missing_outside(services()))
    found += unknown_settings()
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
