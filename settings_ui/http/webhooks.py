"""Webhooks of the payment provider."""

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import DomainError, Invalid
from settings_ui.http.errors import json_error, json_refusal

WEBHOOK_PATH = "/webhooks/stripe"
MOST_BYTES = 512 * 1024


async def stripe(request: Request, services: Services) -> Response:
    """POST an event signed by Stripe: 200 once it has been applied, now or before.

    400 for anything that Stripe did not sign in the last five minutes; 503 if it cannot be processed now, so that
    Stripe retries; 404 if no secret is set.
    """
    access = services.config.stripe
    if access is None or not access.webhook_secret:
        return json_error(404, "not_found", "Webhooks are not enabled here.")
    try:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                return json_error(400, "invalid_request", "This is too large for an event.")
        await _apply(services, bytes(body), request.headers.get("stripe-signature", ""))
    except Invalid as error:
        return json_error(400, error.code, error.message)
    except DomainError as error:
        return json_refusal(error)
    except ClientDisconnect:
        return Response(status_code=400)
    return JSONResponse({"data": {"received": True}})


async def _apply(services: Services, body: bytes, signature: str) -> None:
    """Apply the event, and publish what it changed, also if it fails after that."""
    topics: set[str] = set()

    def apply() -> None:
        for changed in services.billing.events.received(body, signature):
            topics.update(changed)

    try:
        await anyio.to_thread.run_sync(apply)
    finally:
        if topics:
            await services.bus.publish(frozenset(topics))
