"""Commands for past calls: import and recount."""

from pathlib import Path

import click

from settings_ui.bootstrap import services
from settings_ui.commands.kit import ready, reports
from settings_ui.domain.written_times import DateOrder
from settings_ui.import_calls import import_calls as import_file


@click.command("import-calls")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--business", required=True, help="The business that the calls belong to: id or name.")
@click.option(
    "--time-zone", default=None, help="For times that do not state one. Default: the time zone of the business."
)
@click.option("--dates", type=click.Choice([str(order) for order in DateOrder]), help="What 3/4/2026 means.")
@reports
def import_calls(file: Path, business: str, time_zone: str | None, dates: str | None) -> None:
    """Import past calls from a CSV FILE exported by CallRail, Ringba, CallTrackingMetrics or a spreadsheet.

    Columns: id, from, to, source, started_at, duration_s, status. Other common names are understood; other columns are
    ignored. Without ids, ids are made from caller, number and time; without sources, those of the tracking numbers are
    used.

    Rows that cannot be used are listed with line and reason in a file next to it (calls.rejected.csv for calls.csv).
    Existing calls are skipped, so run an interrupted import again to continue it. Imported calls are never charged.
    """
    import_file(ready(), file, business, time_zone=time_zone, dates=dates)


@click.command("rebuild-counts")
@click.option("--business", default=None, help="Only this business (id or name).")
@reports
def rebuild_counts(business: str | None) -> None:
    """Recount all calls, if `check` reports that counts and calls differ."""
    for home in ready().business.members.businesses(business):
        counted = sum(calls for _, calls in services().calls.counts.rebuild(home.id))
        click.echo(f"{home.name}: {counted:,} calls counted.")
