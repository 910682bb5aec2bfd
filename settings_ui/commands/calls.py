"""Commands for calls that were: bring them in, count them again."""

from pathlib import Path

import click

from settings_ui.bootstrap import services
from settings_ui.commands.kit import ready, reports
from settings_ui.domain.written_times import DateOrder
from settings_ui.import_calls import import_calls as import_file


@click.command("import-calls")
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


@click.command("rebuild-counts")
@click.option("--business", default=None, help="Only this business (id or name).")
@reports
def rebuild_counts(business: str | None) -> None:
    """Count all calls again, should `check` say that counts and calls differ."""
    for home in ready().business.members.businesses(business):
        counted = sum(calls for _, calls in services().calls.counts.rebuild(home.id))
        click.echo(f"{home.name}: {counted:,} calls counted.")
