"""Forgotten passwords: requesting a link and using it."""

import re

import anyio.to_thread
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import DomainError, TooMany, Unavailable
from settings_ui.http.auth import hashing
from settings_ui.http.client import client_address
from settings_ui.http.errors import refusal, wants_json
from settings_ui.http.forms import text
from settings_ui.http.plain_page import plain_page
from settings_ui.services.account.password import GOOD_FOR, RESET_PATH
from settings_ui.services.account.sign_in import network_of

PAGE = "/reset-password"
TOKEN = re.compile(r"[\w.-]{1,1000}", re.ASCII)
CHANGED = "Your password was changed, and every browser was signed out. Sign in with the new password."
SENT = "If an account has this email, we sent a link to it. The link expires after an hour."


async def forgot(request: Request, services: Services) -> Response:
    """POST email: 200 and the same answer for every address.

    The work is done after the answer, so that the time does not reveal whether the address has an account.
    """
    email = text(await request.form(max_files=0, max_fields=4), "email")
    network = network_of(client_address(request.scope, services.config.trusted_proxy_hops))
    after = BackgroundTask(_send, services, email, network)
    return _say(request, "Check your email", SENT, after)


async def open_link(request: Request, services: Services) -> Response:
    """GET the link in the email: 303 to the page, with the token in a cookie that is sent only to `reset`.

    In the page's URL the token would be stored with the window's state, which others can read.
    """
    token, config = request.query_params.get("token", ""), services.config
    response = RedirectResponse(PAGE, 303, {"Cache-Control": "no-store"})
    if TOKEN.fullmatch(token):
        response.set_cookie(
            _cookie(services),
            token,
            max_age=int(GOOD_FOR.total_seconds()),
            path=RESET_PATH,
            secure=config.secure,
            httponly=True,
            samesite="strict",
        )
    return response


async def reset(request: Request, services: Services) -> Response:
    """POST new_password, the token of the link in a field or a cookie: 200, or 404, 410, 422 with the reason."""
    form = await request.form(max_files=0, max_fields=4)
    kept = request.cookies.get(_cookie(services), "")
    token = text(form, "token") or kept
    try:
        done = await anyio.to_thread.run_sync(
            services.account.password.reset, token, text(form, "new_password"), limiter=hashing()
        )
    except DomainError as error:
        return refusal(request, error, title="Password not changed")
    await services.bus.publish(done.topics)
    response = _say(request, "Password changed", CHANGED)
    if kept:
        response.delete_cookie(_cookie(services), path=RESET_PATH, secure=services.config.secure, httponly=True)
    return response


def _cookie(services: Services) -> str:
    return "__Secure-reset" if services.config.secure else "reset"


def _say(request: Request, title: str, message: str, after: BackgroundTask | None = None) -> Response:
    if wants_json(request):
        return JSONResponse({"data": {"message": message}}, background=after)
    return HTMLResponse(plain_page(title, message), background=after)


async def _send(services: Services, email: str, network: str) -> None:
    try:
        await anyio.to_thread.run_sync(services.account.password.ask_for_reset, email, network)
    except (TooMany, Unavailable):
        return  # the answer was already sent, the same as always
