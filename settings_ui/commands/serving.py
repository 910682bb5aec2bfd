"""Commands that prepare and start the server."""

import errno
import socket

import click

from settings_ui import launch, sandbox_process
from settings_ui.bootstrap import seed_demo, services
from settings_ui.commands.kit import reports
from settings_ui.config import Config, config, refuse_unsafe
from settings_ui.demo_payments import seed_payments
from settings_ui.services.demo import seeding as demo
from settings_ui.services.kit import schema


@click.command()
@reports
def serve() -> None:
    """Migrate, build if needed, and serve."""
    settings = config()
    refuse_unsafe(settings)
    _require_port(settings)
    _start_sandbox()
    prepare_database()
    if not launch.is_built(settings):
        click.echo("Building the pages. This takes a few seconds…")
        try:
            launch.build(settings)
        except launch.BuildFailed as failed:
            raise click.ClickException(f"The pages could not be built.\n\n{failed}") from None
    _announce()
    launch.serve(settings)


@click.command()
@reports
def develop() -> None:
    """Migrate, and serve with hot reload on http://localhost:3000."""
    refuse_unsafe(config())
    _require_port(config())
    _start_sandbox()
    prepare_database()
    launch.develop(config())


@click.command()
@reports
def migrate() -> None:
    """Update the database to the latest schema."""
    prepare_database()
    click.echo("The database is up to date.")


def prepare_database() -> None:
    """Migrate, and seed the demo if enabled."""
    ours = services()
    schema.upgrade(ours.database)
    if config().demo and seed_demo(ours):
        click.echo("Demo data written.")
    if config().demo and sandbox_process.answers(config()):
        seed_payments(config(), services().clock.now())


def _require_port(settings: Config) -> None:
    """Fail if the server could not listen: before anything is written, and nobody takes what listens there for it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server, right after it was stopped
        try:
            probe.bind((settings.bind, settings.port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise click.ClickException(f"Port {settings.port} cannot be used: {error.strerror}.") from None
            message = f"Port {settings.port} is in use. Stop what listens there, or set PORT to another one."
            raise click.ClickException(message) from None


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
        click.echo(f"\nEmails are saved in {config().mail_dir}\n")
