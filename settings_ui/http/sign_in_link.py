"""Sign-in links: requesting and opening one."""

import re

import anyio.to_thread
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from settings_ui.bootstrap import Services
from settings_ui.config import Config
from settings_ui.domain.errors import TooMany, Unavailable
from settings_ui.http.client import client_address
from settings_ui.http.errors import wants_json
from settings_ui.http.forms import text
from settings_ui.http.plain_page import plain_page
from settings_ui.services.account.sign_in import network_of
from settings_ui.services.account.sign_in_link import GOOD_FOR

TOKEN = re.compile(r"[\w.-]{1,1000}", re.ASCII)
SENT = "If an account has this email, we sent a sign-in link to it. The link expires after an hour."


async def ask(request: Request, services: Services) -> Response:
    """POST email: 200 and the same answer for every address; the work is done after it."""
    email = text(await request.form(max_files=0, max_fields=4), "email")
    network = network_of(client_address(request.scope, services.config.trusted_proxy_hops))
    after = BackgroundTask(_send, services, email, network)
    if wants_json(request):
        return JSONResponse({"data": {"message": SENT}}, background=after)
    return HTMLResponse(plain_page("Check your email", SENT), background=after)


async def open_link(request: Request, services: Services) -> Response:
    """GET the link in the email: 303 to the form, with the token in a cookie that is sent only when signing in."""
    token, config = request.query_params.get("token", ""), services.config
    response = RedirectResponse("/sign-in", 303, {"Cache-Control": "no-store"})
    if TOKEN.fullmatch(token):
        response.set_cookie(
            cookie(config),
            token,
            max_age=int(GOOD_FOR.total_seconds()),
            path="/auth/sign-in",
            secure=config.secure,
            httponly=True,
            samesite="strict",
        )
    return response


def cookie(config: Config) -> str:
    """Return the name of the cookie with the token."""
    return "__Secure-sign-in-link" if config.secure else "sign-in-link"


async def _send(services: Services, email: str, network: str) -> None:
    try:
        await anyio.to_thread.run_sync(services.account.sign_in_link.ask, email, network)
    except (TooMany, Unavailable):
        return  # the answer was already sent, the same as always
