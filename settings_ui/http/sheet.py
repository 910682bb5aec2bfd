"""A CSV file that is sent as it is read."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from starlette.responses import Response, StreamingResponse

from settings_ui.domain.spreadsheet import inert

CHUNK = 500


def sheet(name: str, now: datetime, columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Response:
    """Return a file of this name and day; no cell of it is a formula."""
    return StreamingResponse(
        _lines(columns, rows),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}-{now:%Y-%m-%d}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _lines(columns: Sequence[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for count, row in enumerate(rows, start=1):
        writer.writerow(inert(value) for value in row)
        if count % CHUNK == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
