"""Importing blocked numbers from a file, which would be too large for a socket."""

import csv
import io
import tempfile
from pathlib import Path

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.errors import DomainError, Invalid, TooLarge
from settings_ui.domain.spreadsheet import inert
from settings_ui.http import uploads
from settings_ui.http.actor import actor_of
from settings_ui.http.errors import json_refusal
from settings_ui.services.blocked_callers.entries import Result
from settings_ui.services.blocked_callers.import_file import MOST_BYTES, Imported, understood

NOT_TEXT = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b")
"""The first bytes of workbooks, documents, images and archives."""


async def import_file(request: Request, services: Services) -> Response:
    """POST the CSV file itself: 200 with the counts and a report of every row as CSV; 401, 403, 413, 422 or 429.

    `business` is the one shown in the window.
    """
    try:
        actor = await actor_of(request, services, request.query_params.get("business"))
        require(actor, Capability.BLOCK_CALLERS)
        with uploads.place(actor):
            data = await uploads.whole(request, MOST_BYTES, _too_large)
            actor = await actor_of(request, services, actor.business_id)  # a slow upload may outlive the right
            require(actor, Capability.BLOCK_CALLERS)
            answer, topics = await anyio.to_thread.run_sync(_run, services, actor, data)
    except DomainError as error:
        return json_refusal(error)
    except ClientDisconnect:
        return Response(status_code=400)
    await services.bus.publish(topics)
    return answer


def _too_large() -> TooLarge:
    return TooLarge(f"Files can be up to {MOST_BYTES // 1024 // 1024} MB.", field="file")


def _run(services: Services, actor: Actor, data: bytes) -> tuple[Response, frozenset[str]]:
    """Import the file and write the answer, which takes a second for a long one, in which nobody else may wait."""
    if data.startswith(NOT_TEXT):
        raise Invalid("This is not a CSV file. Open it and save the list as CSV.", field="file")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "numbers.csv"
        path.write_bytes(data)
        with services.open_sheet(path, understood) as sheet:
            rows, line = sheet.rows(), sheet.header_line
            done = services.blocked_callers.import_file.run(actor, sheet.header, rows, line=line)
    counts = {result.value: done.value.counts[result] for result in Result}
    return JSONResponse({"data": counts | {"report": _report(done.value)}}), done.topics


def _report(done: Imported) -> str:
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["line", "input", "number", "result", "message"])
    sheet.writerows(
        [inert(value) for value in (row.line, row.input, row.number, row.result.value, row.message)]
        for row in done.rows
    )
    return out.getvalue()
