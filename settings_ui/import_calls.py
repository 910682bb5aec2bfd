"""`import-calls`: imports a file of calls, with progress and a summary."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from settings_ui.bootstrap import Services
from settings_ui.domain.call_columns import NAMES, known
from settings_ui.domain.errors import Invalid, Unavailable
from settings_ui.domain.spreadsheet import inert
from settings_ui.domain.written_times import DateOrder
from settings_ui.gateways.ports import Sheet
from settings_ui.services.calls.import_file import SAMPLE, Reading, Rejected

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}


def import_calls(services: Services, path: Path, business: str, *, time_zone: str | None, dates: str | None) -> None:
    """Import the calls of a file, with a progress bar, and report the result.

    Rows that cannot be used are skipped and listed next to the file, with line and reason. Raises a DomainError if the
    file cannot be used at all or the database is down; what was imported before that is kept.
    """
    added = already_there = rejected = 0
    with services.open_sheet(path, known) as sheet:
        rows = sheet.rows()
        sample = list(islice(rows, SAMPLE))
        order = DateOrder(dates) if dates else None
        reading = services.calls.import_file.reading(business, sheet.header, sample, time_zone=time_zone, order=order)
        _announce(path, sheet, reading)
        with _beside(path, reading) as beside, _bar(sheet) as bar:
            try:
                for batch in services.calls.import_file.load(reading, chain(sample, rows)):
                    added += batch.added
                    already_there += batch.already_there
                    rejected += len(batch.rejected)
                    beside(batch.rejected)
                    bar(sheet.position, added + already_there + rejected)
            except Unavailable as error:
                raise Unavailable(
                    f"The database did not answer after {added + already_there + rejected:,} rows. What was imported"
                    " until then is kept. Run the same command again to continue."
                ) from error
    click.echo(f"Added {added:,} calls. Already there: {already_there:,}. Rejected: {rejected:,}.")
    if rejected:
        click.echo(f"The rejected rows are listed with their reasons in {rejected_path(path)}.")


def rejected_path(path: Path) -> Path:
    """Return the file that lists the rejected rows: calls.rejected.csv for calls.csv."""
    return path.with_name(f"{path.stem if path.suffix.casefold() == '.csv' else path.name}.rejected.csv")


def _announce(path: Path, sheet: Sheet, reading: Reading) -> None:
    at = reading.columns.at
    encoding = ENCODINGS.get(sheet.encoding, "UTF-16")
    click.echo(f"{path.name}: {encoding}, {DELIMITERS[sheet.delimiter]}, into {reading.business.name}.")
    click.echo(f"Times without a time zone are read as {reading.zone.key}.")
    for field in NAMES:
        click.echo(f"  {field:<11}{sheet.header[at[field]].strip() if field in at else _instead(field)}")
    unused = [name.strip() for n, name in enumerate(sheet.header) if n not in at.values() and name.strip()]
    if unused:
        click.echo(f"  not used   {', '.join(unused)}")


def _instead(field: str) -> str:
    return {
        "id": "(none: made from caller, number and time)",
        "source": "(none: the source of the tracking number)",
    }[field]


@contextmanager
def _beside(path: Path, reading: Reading) -> Iterator[Any]:
    """Yield a function that writes rejected rows to the file; the file is removed at the end if there were none."""
    target = rejected_path(path)
    listed = 0
    try:
        file = target.open("w", newline="", encoding="utf-8-sig")
    except OSError as error:
        raise Invalid(f"{target} cannot be written: {error.strerror}.") from error
    with file:
        sheet = csv.writer(file)
        sheet.writerow(["line", "reason", *(inert(name) for name in reading.header)])

        def write(rejected: tuple[Rejected, ...]) -> None:
            nonlocal listed
            listed += len(rejected)
            sheet.writerows(
                [one.row.line, inert(one.reason), *(inert(cell) for cell in one.row.cells)] for one in rejected
            )
            file.flush()

        try:
            yield write
        finally:
            if not listed:
                target.unlink()


@contextmanager
def _bar(sheet: Sheet) -> Iterator[Any]:
    """Yield a function that shows how many bytes and rows were read."""
    columns = (BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rows]:,} rows"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=max(1, sheet.size), rows=0)
        yield lambda position, rows: progress.update(task, completed=position, rows=rows)
