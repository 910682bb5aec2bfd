"""The page that an invitation email links to: without script, before signing in."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

import anyio.to_thread
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.email_address import own_spelling
from settings_ui.domain.errors import DomainError, NotFound
from settings_ui.domain.membership import as_role
from settings_ui.domain.passwords import LEAST
from settings_ui.http.actor import find_actor, name_in_log
from settings_ui.http.auth import hashing
from settings_ui.http.client import client_address
from settings_ui.http.cookies import session_token, set_session
from settings_ui.http.errors import STATUS, refusal, wants_json
from settings_ui.http.forms import text
from settings_ui.http.password import TOKEN
from settings_ui.http.plain_page import PlainField, PlainForm, plain_page
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.sign_in import visitor
from settings_ui.services.business.invitations import GOOD_FOR, JOIN_PATH, Offer
from settings_ui.services.kit.changes import Changed
from settings_ui.services.kit.links import UNREADABLE

T = TypeVar("T")
NO_LINK = "This link does not work"


async def open_link(request: Request, services: Services) -> Response:
    """GET the link in the email: 303 to the same path without the token, which moves to a cookie for this path, so that
    it is not in the browser's history or a Referer. There: 200 with the form, or 404, 409, 410."""
    given, config = request.query_params.get("token"), services.config
    if given is None:
        return await _page(request, services, request.cookies.get(_cookie(services), ""))
    if not TOKEN.fullmatch(given):
        return refusal(request, NotFound(UNREADABLE), title=NO_LINK)
    response = RedirectResponse(JOIN_PATH, 303, {"Cache-Control": "no-store"})
    response.set_cookie(
        _cookie(services),
        given,
        max_age=int(GOOD_FOR.total_seconds()),
        path=JOIN_PATH,
        secure=config.secure,
        httponly=True,
        samesite="lax",  # a strict cookie would not be sent when the link is opened from webmail
    )
    return response


async def join(request: Request, services: Services) -> Response:
    """POST token (or the cookie) and name, new_password, or password: the person is a member and signed in, 303 to
    where they start (JSON: 200 `{"data": {"next": …}}`); or 404, 409, 410, and 422 or 429 with the form again.

    Someone with an account joins with its password, or without it from a session of that account.
    """
    form = await request.form(max_files=0, max_fields=8)
    token = text(form, "token") or request.cookies.get(_cookie(services), "")
    name, new, password = text(form, "name"), text(form, "new_password"), text(form, "password")
    invitations = services.business.invitations
    try:
        offer = await _off(lambda: invitations.look(token))
        own = await _own_session(request, services, offer)
        if offer.known:
            user = own.user_id if own else None
            done = await _off(lambda: invitations.join_known(token, user_id=user, password=password))
        else:
            done = await _off(lambda: invitations.join_new(token, name, new))
    except DomainError as error:
        if error.field and not wants_json(request):
            return await _page(request, services, token, error, name)
        return refusal(request, error, title=NO_LINK)
    await services.bus.publish(done.topics)
    return await _enter(request, services, offer, own, password if offer.known else new)


async def _page(
    request: Request, services: Services, token: str, error: DomainError | None = None, name: str = ""
) -> Response:
    try:
        offer = await _off(lambda: services.business.invitations.look(token))
        own = await _own_session(request, services, offer)
    except DomainError as refused:
        return refusal(request, refused, title=NO_LINK)
    said = f"{offer.by} invited you to join as {as_role(offer.role)}. "
    email = own_spelling(offer.email)
    said += f"You sign in with {email}." if own is None else f"You are signed in with {email}."
    fields = () if own else _known_fields() if offer.known else _new_fields(name)
    wrong = {error.field: error.message} if error else {}
    form = PlainForm(
        JOIN_PATH,
        token,
        "Join",
        tuple(replace(field, wrong=wrong.pop(field.name, "")) for field in fields),
        account=email,
        wrong=next(iter(wrong.values()), ""),
    )
    return HTMLResponse(plain_page(f"Join {offer.business}", said, form=form), STATUS[error.code] if error else 200)


def _new_fields(name: str) -> tuple[PlainField, ...]:
    hint = f"At least {LEAST} characters. A few unrelated words work well."
    return (
        PlainField("name", "Full name", value=name, auto_complete="name"),
        PlainField("new_password", "New password", "password", auto_complete="new-password", hint=hint),
    )


def _known_fields() -> tuple[PlainField, ...]:
    hint = "You already have an account. Enter its password."
    return (PlainField("password", "Password", "password", auto_complete="current-password", hint=hint),)


async def _own_session(request: Request, services: Services, offer: Offer) -> Actor | None:
    """Return the signed-in user if the invitation is for them."""
    actor = await find_actor(request, services)
    return actor if actor and actor.user_id == offer.user_id else None


async def _enter(request: Request, services: Services, offer: Offer, own: Actor | None, password: str) -> Response:
    """Sign in the person who joined, in that business. If that fails they are a member anyway."""
    config, sign_in = services.config, services.account.sign_in.sign_in
    presented = session_token(config, request.scope)
    who = visitor(client_address(request.scope, config.trusted_proxy_hops), request.headers)

    def start() -> Changed[str]:
        kept = presented if own else None
        done = Changed(kept, frozenset()) if kept else sign_in(offer.email, password, who, presented)
        if actor := services.account.access.actor(token_digest(done.value), offer.business_id):
            services.business.shell.switch(actor, offer.business_id)
        return done

    done = None
    with suppress(DomainError):
        done = await _off(start)
    target = "/" if done else "/sign-in"
    json = wants_json(request)
    response: Response = JSONResponse({"data": {"next": target}}) if json else RedirectResponse(target, 303)
    if done:
        await name_in_log(services, done.value)
        set_session(config, response, done.value)
        response.background = BackgroundTask(services.bus.publish, done.topics)  # as for any sign-in
    response.delete_cookie(_cookie(services), path=JOIN_PATH, secure=config.secure, httponly=True)
    return response


def _cookie(services: Services) -> str:
    return "__Secure-invitation" if services.config.secure else "invitation"


async def _off(work: Callable[[], T]) -> T:
    """Run what may hash a password off the event loop."""
    return await anyio.to_thread.run_sync(work, limiter=hashing())
