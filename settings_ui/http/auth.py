"""Signing in and out. The cookie is set here, since a socket cannot."""

import functools
from urllib.parse import parse_qs

import anyio.to_thread
from anyio import CapacityLimiter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import DomainError
from settings_ui.http.actor import name_in_log
from settings_ui.http.client import client_address
from settings_ui.http.cookies import clear_session, session_token, set_session
from settings_ui.http.errors import refusal, wants_json
from settings_ui.http.forms import text
from settings_ui.http.sign_in_link import cookie
from settings_ui.services.account.sign_in import visitor

HASHES_AT_ONCE = 2
"""Each takes 19 MB and a core for about 30 ms; more at once would let a flood of guesses starve everyone else."""


@functools.cache
def hashing() -> CapacityLimiter:
    """Return the limiter for hashing threads."""
    return CapacityLimiter(HASHES_AT_ONCE)


async def sign_in(request: Request, services: Services) -> Response:
    """POST email, password, next: 303 to `next` with a new session (JSON: 200 `{"data": {"next": …}}`), or 401, 429."""
    form = await request.form(max_files=0, max_fields=10)
    config = services.config
    presented = session_token(config, request.scope)
    who = visitor(client_address(request.scope, config.trusted_proxy_hops), request.headers)
    try:
        done = await anyio.to_thread.run_sync(
            lambda: services.account.sign_in.sign_in(
                text(form, "email"), text(form, "password"), who, presented, request.cookies.get(cookie(config), "")
            ),
            limiter=hashing(),
        )
    except DomainError as error:
        return refusal(request, error, title="Could not sign you in")
    await name_in_log(services, done.value)
    target = safe_next(text(form, "next") or _next_in_url(request))
    json = wants_json(request)
    response: Response = JSONResponse({"data": {"next": target}}) if json else RedirectResponse(target, 303)
    set_session(config, response, done.value)
    # After the answer: other windows of this browser, which the old session had, load again with the new cookie.
    response.background = BackgroundTask(services.bus.publish, done.topics)
    return response


async def sign_out(request: Request, services: Services) -> Response:
    """POST: end the session and clear its windows; 303 to the sign-in page, or 503 with the session unchanged."""
    token = session_token(services.config, request.scope)
    if token:
        await name_in_log(services, token)
        try:
            done = await anyio.to_thread.run_sync(services.account.sign_in.sign_out, token)
        except DomainError as error:
            return refusal(request, error, title="Could not sign you out")
        await services.bus.publish(done.topics)
    response = RedirectResponse("/sign-in", 303)
    clear_session(services.config, response)
    return response


def _next_in_url(request: Request) -> str:
    """Return `next` of the sign-in page's URL, which the form lacks if it is sent before its script has loaded."""
    return parse_qs(request.headers.get("referer", "").partition("?")[2]).get("next", [""])[0]


def safe_next(target: str) -> str:
    """Return the target if it is one of our paths, else Settings; never another site."""
    path = target.startswith("/") and not target.startswith("//") and "\\" not in target and target.isprintable()
    return target if path and not target.startswith(("/sign-in", "/auth/")) else "/settings"
