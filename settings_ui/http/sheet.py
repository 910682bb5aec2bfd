"""Streamed CSV files."""

import asyncio
import csv
import io
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from settings_ui.domain.spreadsheet import inert

CHUNK = 500
PATIENCE_S = 60.0
CUT = "This file ends here: you signed out or lost access."
log = logging.getLogger(__name__)


class Patient(StreamingResponse):
    """A response that is aborted if the client does not read a part of it in time."""

    def __init__(self, patience_s: float, content: Iterator[str], **options: Any) -> None:
        super().__init__(content, **options)
        self._patience_s = patience_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer, part by part."""

        async def sending(message: Message) -> None:
            async with asyncio.timeout(self._patience_s):
                await send(message)

        try:
            await super().__call__(scope, receive, sending)
        except* TimeoutError:
            log.warning("gave up a file that nobody reads")


def sheet(
    name: str,
    now: datetime,
    columns: Sequence[str],
    rows: Iterable[Iterable[object]],
    goes_on: Callable[[], bool],
    patience_s: float = PATIENCE_S,
) -> Response:
    """Return a file with this name and today's date; no cell is a formula.

    Every 500 rows `goes_on` is called; if it returns False, the file ends and says so. It also ends if the client stops
    reading.
    """
    return Patient(
        patience_s,
        _lines(columns, rows, goes_on),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}-{now:%Y-%m-%d}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _lines(
    columns: Sequence[str], rows: Iterable[Iterable[object]], goes_on: Callable[[], bool] = lambda: True
) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(columns)
    for count, row in enumerate(rows, start=1):
        writer.writerow(inert(value) for value in row)
        if count % CHUNK == 0:
            yield _taken(buffer)
            if not goes_on():
                writer.writerow([CUT])
                break
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
