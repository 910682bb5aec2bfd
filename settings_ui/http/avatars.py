"""Photos: uploaded in the request body; served to those who may see them."""

import re

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import DomainError, NotFound
from settings_ui.http import uploads
from settings_ui.http.actor import actor_of
from settings_ui.http.errors import json_refusal
from settings_ui.services.account.avatars import LARGE, MOST_BYTES, SMALL, too_large

FILE = re.compile(rf"(ava_[a-z2-7]{{24}})-({LARGE}|{SMALL})\.webp")


async def upload(request: Request, services: Services) -> Response:
    """POST the file as the body: 200, or 401, 413, 422, 429, 503 with the reason. Nothing is written before it is
    complete."""
    try:
        actor = await actor_of(request, services)
        with uploads.place(actor):
            data = await uploads.whole(request, MOST_BYTES, too_large)
            actor = await actor_of(request, services)  # check again: a slow upload may outlive the session
            done = await services.account.avatars.set(actor, data)
    except DomainError as error:
        return json_refusal(error)
    except ClientDisconnect:
        return Response(status_code=400)
    await services.bus.publish(done.topics)
    return JSONResponse({"data": {"name": done.value}})


async def show(request: Request, services: Services) -> Response:
    """GET a photo as WebP, immutable under its name, or 404 if it does not exist or the actor may not see it."""
    try:
        found = FILE.fullmatch(request.path_params["file"])
        actor = await actor_of(request, services)
        data = await services.account.avatars.get(actor, found[1], int(found[2])) if found else None
        if data is None:
            raise NotFound
    except DomainError as error:
        return json_refusal(error)
    headers = {"Cache-Control": "private, max-age=31536000, immutable"}
    return Response(data, media_type="image/webp", headers=headers)
