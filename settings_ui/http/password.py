"""Forgotten passwords: asking for a link, and using it."""

import anyio.to_thread
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import DomainError, TooMany, Unavailable
from settings_ui.http.auth import hashing
from settings_ui.http.client import client_address
from settings_ui.http.errors import refusal, wants_json
from settings_ui.http.forms import text
from settings_ui.http.plain_page import plain_page
from settings_ui.services.sign_in import network_of

CHANGED = "Your password is changed, and every browser is signed out. Sign in with the new one."
SENT = "If this is the email of an account, a link is on its way to it. It works for an hour."


async def forgot(request: Request, services: Services) -> Response:
    """POST email: 200 and the same answer for every address.

    The work is done after the answer, which so takes no longer for an address that has an account.
    """
    email = text(await request.form(max_files=0, max_fields=4), "email")
    network = network_of(client_address(request.scope, services.config.trusted_proxy_hops))
    after = BackgroundTask(_send, services, email, network)
    return _say(request, "Look into your mail", SENT, after)


async def reset(request: Request, services: Services) -> Response:
    """POST token, new_password: 200, or 404, 410, 422 with the reason."""
    form = await request.form(max_files=0, max_fields=4)
    try:
        done = await anyio.to_thread.run_sync(
            services.password.reset, text(form, "token"), text(form, "new_password"), limiter=hashing()
        )
    except DomainError as error:
        return refusal(request, error, title="No new password")
    await services.bus.publish(done.topics)
    return _say(request, "Password changed", CHANGED)


def _say(request: Request, title: str, message: str, after: BackgroundTask | None = None) -> Response:
    if wants_json(request):
        return JSONResponse({"data": {"message": message}}, background=after)
    return HTMLResponse(plain_page(title, message), background=after)


async def _send(services: Services, email: str, network: str) -> None:
    try:
        await anyio.to_thread.run_sync(services.password.ask_for_reset, email, network)
    except (TooMany, Unavailable):
        return  # the answer was given, and it was the same
