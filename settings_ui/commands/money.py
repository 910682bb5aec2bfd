"""Commands for payouts and for the payment provider."""

import asyncio
import csv
import sys
from contextlib import nullcontext
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path

import click

from settings_ui.commands.kit import ready, reports
from settings_ui.domain.errors import Unavailable
from settings_ui.domain.spreadsheet import inert
from settings_ui.services.payouts.run import PayoutLine


@click.command("payout-run")
@click.option("--business", default=None, help="Only this business (id or name).")
@click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%S%z"]),
    default=None,
    help="The moment to list payouts for. Default: now.",
)
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
    click.echo("1 payout." if len(lines) == 1 else f"{len(lines)} payouts.", err=True)


@click.command("reconcile-billing")
@reports
def reconcile() -> None:
    """Fetch from the payment provider events that no webhook delivered, and each payment with unknown outcome.

    A job does this every five minutes while the server runs.
    """
    ours = ready()
    if not ours.billing.connected:
        raise Unavailable("No payment provider is set: STRIPE_SECRET_KEY.")
    changes = 0
    for topics in ours.billing.events.reconciled():
        asyncio.run(ours.bus.publish(topics))
        changes += 1
    click.echo("1 change." if changes == 1 else f"{changes} changes.")
