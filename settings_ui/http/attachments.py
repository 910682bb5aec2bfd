"""Ticket attachments: uploaded in the request body; served as downloads, never inline."""

from urllib.parse import quote

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from settings_ui.bootstrap import Services
from settings_ui.domain.attachments import MOST_BYTES, too_large
from settings_ui.domain.errors import DomainError
from settings_ui.http import uploads
from settings_ui.http.actor import person_of
from settings_ui.http.errors import json_refusal, refusal

LONGEST_NAME = 1000


async def upload(request: Request, services: Services) -> Response:
    """POST the file as the body, its name in `name`, the window's business in `business`: 200 with its id, or 401, 403,
    413, 422, 429, 503 with the reason. Nothing is written before the upload is complete."""
    business, name = request.query_params.get("business"), request.query_params.get("name", "")
    try:
        with uploads.place(await person_of(request, services, business)):
            data = await uploads.whole(request, MOST_BYTES, too_large)
            person = await person_of(request, services, business)  # check again: a slow upload may outlive the session
            kept = await services.support.attachments.keep(person, name[:LONGEST_NAME], data)
    except DomainError as error:
        return json_refusal(error)
    except ClientDisconnect:
        return Response(status_code=400)
    return JSONResponse({"data": {"id": kept.id, "name": kept.name, "size": kept.size}})


async def download(request: Request, services: Services) -> Response:
    """GET a file as a download, or 401, 403, 404, 503; a missing file and one of someone else get the same 404."""
    try:
        person = await person_of(request, services, request.query_params.get("business"))
        kept, data = await services.support.attachments.get(person, request.path_params["attachment"])
    except DomainError as error:
        return refusal(request, error, title="Could not download the file")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept.name, safe='')}",
        "Cache-Control": "private, no-store",
    }
    charset = "; charset=utf-8" if kept.media_type.startswith("text/") else ""
    return Response(data, headers=headers | {"Content-Type": f"{kept.media_type}{charset}"})
