"""Where the links in payout mails lead: GET shows what would happen, POST does it."""

from collections.abc import Awaitable, Callable

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import DomainError
from settings_ui.http.cookies import session_token
from settings_ui.http.errors import refusal
from settings_ui.http.plain_page import plain_page
from settings_ui.services.access import token_digest
from settings_ui.services.payout_links import LinkedDestination
from settings_ui.services.payout_mail import CANCEL_PATH, CONFIRM_PATH


async def cancel(request: Request, services: Services) -> Response:
    """Cancel a destination: 200, or 403, 404, 410 with the reason."""
    links = services.payout_links

    async def act(token: str) -> Response:
        user = await _signed_in_user(request, services)
        if request.method != "POST":
            seen = await anyio.to_thread.run_sync(links.look_at_cancel, token, user)
            text = f"{seen.email} will not get your payouts from {seen.business}. {_otherwise(seen)}"
            return _page("Cancel this change?", text, form=(CANCEL_PATH, token, "Cancel change"))
        done = await anyio.to_thread.run_sync(links.cancel, token, user)
        await services.bus.publish(done.topics)
        text = (
            f"{done.value.email} will not get your payouts from {done.value.business}. {_otherwise(done.value)} "
            "If somebody else made this change, change your password too."
        )
        return _page("Change cancelled", text)

    return await _answer(request, act)


async def confirm(request: Request, services: Services) -> Response:
    """Confirm a destination: 200, or 404, 410 with the reason."""
    links = services.payout_links

    async def act(token: str) -> Response:
        if request.method != "POST":
            seen = await anyio.to_thread.run_sync(links.look_at_confirm, token)
            text = f"Payouts from {seen.business} are to go to {seen.email}. Confirm if this PayPal account is yours."
            return _page("Confirm this address?", text, form=(CONFIRM_PATH, token, "Confirm address"))
        done = await anyio.to_thread.run_sync(links.confirm, token)
        await services.bus.publish(done.topics)
        return _page("Address confirmed", f"{done.value.email} is confirmed for payouts from {done.value.business}.")

    return await _answer(request, act)


async def _answer(request: Request, act: Callable[[str], Awaitable[Response]]) -> Response:
    if request.method == "POST":
        given = (await request.form(max_files=0, max_fields=4)).get("token", "")
    else:
        given = request.query_params.get("token", "")
    try:
        return await act(given if isinstance(given, str) else "")
    except DomainError as error:
        return refusal(request, error, title="This link does not work")


async def _signed_in_user(request: Request, services: Services) -> str | None:
    token = session_token(services.config, request.headers.get("cookie", ""))
    actor = await anyio.to_thread.run_sync(services.access.actor, token_digest(token)) if token else None
    return actor.user_id if actor else None


def _otherwise(seen: LinkedDestination) -> str:
    return f"They go to {seen.otherwise}." if seen.otherwise else "None are sent until you save another address."


def _page(title: str, text: str, form: tuple[str, str, str] | None = None) -> Response:
    return HTMLResponse(plain_page(title, text, form=form))
