"""The call log as a file."""

import csv
import io
from collections.abc import Iterable, Iterator

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Capability, require
from settings_ui.domain.errors import DomainError
from settings_ui.domain.spreadsheet import inert
from settings_ui.http.actor import actor_of
from settings_ui.http.errors import refusal
from settings_ui.services.calls.log import SeenCall
from settings_ui.services.calls.log_filter import filter_of, filter_text

COLUMNS = (
    "id", "from", "to", "source", "started_at", "duration_s", "status", "qualified", "qualified_then", "reason",
)  # fmt: skip
CHUNK = 500


async def export(request: Request, services: Services) -> Response:
    """GET the calls that the address's filter matches as CSV, newest first, as they are read; 401, 403 or 422.

    `business` names the one of the window, since a person may have several open.
    """
    query = request.query_params
    try:
        actor = await actor_of(request, services, query.get("business"))
        require(actor, Capability.SEE_CALLS)
        home = (await anyio.to_thread.run_sync(services.business.shell.see, actor)).current
        wanted = filter_of(filter_text(query), home.time_zone, home.region, services.clock.now())
    except DomainError as error:
        return refusal(request, error, title="No file")
    day = f"{services.clock.now():%Y-%m-%d}"
    return StreamingResponse(
        _lines(services.calls.log.export(actor, wanted)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="calls-{day}.csv"', "Cache-Control": "no-store"},
    )


def _lines(calls: Iterable[SeenCall]) -> Iterator[str]:
    buffer = io.StringIO()
    sheet = csv.writer(buffer)
    sheet.writerow(COLUMNS)
    for count, seen in enumerate(calls, start=1):
        call = seen.call
        sheet.writerow(
            inert(value)
            for value in (
                call.id,
                call.from_number,
                call.to_number,
                call.source,
                call.started_at,
                call.duration_s,
                call.status,
                seen.verdict.qualified,
                seen.qualified_then,
                seen.verdict.reason,
            )
        )
        if count % CHUNK == 0:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
