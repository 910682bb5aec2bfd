"""What the payment provider tells us."""

import anyio.to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import DomainError, Invalid
from settings_ui.http.errors import json_error, json_refusal

WEBHOOK_PATH = "/webhooks/stripe"
MOST_BYTES = 512 * 1024


async def stripe(request: Request, services: Services) -> Response:
    """POST an event that Stripe signed: 200 once it had its effect, also if it had before.

    400 for anything that Stripe did not sign in the last five minutes, 503 while it cannot be dealt with, so that
    Stripe sends it again; 404 where no secret is set.
    """
    access = services.config.stripe
    if access is None or not access.webhook_secret:
        return json_error(404, "not_found", "No webhooks are taken here.")
    try:
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                return json_error(400, "invalid_request", "No event is as large as this.")
        signature = request.headers.get("stripe-signature", "")
        done = await anyio.to_thread.run_sync(services.billing.events.receive, bytes(body), signature)
    except Invalid as error:
        return json_error(400, error.code, error.message)
    except DomainError as error:
        return json_refusal(error)
    except ClientDisconnect:
        return Response(status_code=400)
    if done.topics:
        await services.bus.publish(done.topics)
    return JSONResponse({"data": {"received": True}})
