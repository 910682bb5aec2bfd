"""Idempotency-Key: the same POST again is answered as the first time, and done once."""

import hashlib
import json
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import Conflict, Invalid, Unavailable
from settings_ui.http.api.answers import dumps, request_id
from settings_ui.services.api_keys.check import Caller
from settings_ui.services.api_keys.idempotency import FIELD, Claim, Given, Waiting

log = logging.getLogger(__name__)
KEY = re.compile(r"[\x21-\x7e]{1,255}")
LOOK_EVERY_S = 0.05


async def once(
    request: Request, parsed: Any, caller: Caller, services: Services, answer: Callable[[], Awaitable[Response]]
) -> Response:
    """Return the answer, or the one that this Idempotency-Key got before. Without such a key just the answer.

    What failed on our side (5xx) or was refused before anything began is not kept. Raises Invalid and Conflict at
    `Idempotency-Key`.
    """
    given = request.headers.getlist("idempotency-key")
    if not given:
        return await answer()
    if len(given) > 1 or not KEY.fullmatch(given[0]):
        raise Invalid("An Idempotency-Key has 1 to 255 visible ASCII characters, and comes once.", field=FIELD)
    claim = await _claim(services, caller, given[0], _digest(request, parsed))
    if isinstance(claim, Given):
        return _again(request, claim)
    response = None
    try:
        response = await answer()
        return response
    finally:
        # Also if the caller has gone meanwhile: what was done is remembered.
        with anyio.CancelScope(shield=True):
            await _end(services, claim, response)


async def _end(services: Services, claim: Claim, response: Response | None) -> None:
    try:
        if response is None or response.status_code >= 500:
            await anyio.to_thread.run_sync(services.api_keys.idempotency.release, claim)
        else:
            body = bytes(response.body).decode()
            await anyio.to_thread.run_sync(services.api_keys.idempotency.settle, claim, response.status_code, body)
    except Unavailable:
        log.warning("an idempotent answer was not kept: the database does not answer")


async def _claim(services: Services, caller: Caller, key: str, digest: str) -> Claim | Given:
    with anyio.move_on_after(services.api_keys.idempotency.patience_s):
        while True:
            claim = await anyio.to_thread.run_sync(services.api_keys.idempotency.claim, caller.actor, key, digest)
            if not isinstance(claim, Waiting):
                return claim
            await anyio.sleep(LOOK_EVERY_S)
    raise Conflict("A request with this Idempotency-Key is still at work. Try again in a moment.", field=FIELD)


def _digest(request: Request, parsed: Any) -> str:
    said = json.dumps([request.method, request.url.path, parsed], sort_keys=True)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _again(request: Request, given: Given) -> Response:
    """Return the answer of the first time; an error carries the id of this request."""
    said = json.loads(given.body)
    if "error" in said:
        said["error"]["request_id"] = request_id(request.scope)
    return Response(dumps(said), given.status, {"Idempotent-Replayed": "true"}, "application/json")
