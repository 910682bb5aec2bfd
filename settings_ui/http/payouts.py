"""The links in payout emails."""

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from settings_ui.bootstrap import Services
from settings_ui.http.actor import find_actor
from settings_ui.http.link_pages import Outcome, Question, answer
from settings_ui.services.payouts.links import LinkedDestination


async def cancel(request: Request, services: Services) -> Response:
    """Cancel a destination: 200, or 403, 404, 410, 503 with the reason."""

    async def user() -> str | None:
        actor = await find_actor(request, services)
        return actor.user_id if actor else None

    async def ask(token: str) -> Question:
        seen = await anyio.to_thread.run_sync(services.payouts.links.look_at_cancel, token, await user())
        return Question("Cancel this change?", _without(seen), "Cancel change")

    async def act(token: str) -> Outcome:
        done = await anyio.to_thread.run_sync(services.payouts.links.cancel, token, await user())
        await services.bus.publish(done.topics)
        hint = "If someone else made this change, change your password too."
        return Outcome("Change cancelled", f"{_without(done.value)} {hint}")

    return await answer(request, ask=ask, act=act)


async def confirm(request: Request, services: Services) -> Response:
    """Confirm a destination: 200, or 404, 410 with the reason."""

    async def ask(token: str) -> Question:
        seen = await anyio.to_thread.run_sync(services.payouts.links.look_at_confirm, token)
        text = f"Payouts from {seen.business} are set to go to {seen.email}. Confirm that this PayPal account is yours."
        return Question("Confirm this address?", text, "Confirm address")

    async def act(token: str) -> Outcome:
        done = await anyio.to_thread.run_sync(services.payouts.links.confirm, token)
        await services.bus.publish(done.topics)
        text = f"{done.value.email} is confirmed for payouts from {done.value.business}."
        return Outcome("Address confirmed", text)

    return await answer(request, ask=ask, act=act)


def _without(seen: LinkedDestination) -> str:
    otherwise = (
        f"They go to {seen.otherwise}." if seen.otherwise else "No payouts are sent until another address is saved."
    )
    return f"{seen.email} will not get your payouts from {seen.business}. {otherwise}"
