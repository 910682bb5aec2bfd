"""The links in emails about a login email."""

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from settings_ui.bootstrap import Services
from settings_ui.http.link_pages import Outcome, Question, answer


async def verify(request: Request, services: Services) -> Response:
    """Verify a login email: 200, or 404, 410 with the reason."""

    async def ask(token: str) -> Question:
        email = await anyio.to_thread.run_sync(services.account.login_email.look_at_verify, token)
        return Question(
            "Verify this address?",
            f"{email} is the login email of a Switchboard account. Confirm that it is yours.",
            "Verify",
        )

    async def act(token: str) -> Outcome:
        done = await anyio.to_thread.run_sync(services.account.login_email.verify, token)
        await services.bus.publish(done.topics)
        return Outcome("Address verified", f"{done.value} is verified.")

    return await answer(request, ask=ask, act=act)


async def revert(request: Request, services: Services) -> Response:
    """Restore the old login email of an account: 200, or 404, 410 with the reason."""

    async def ask(token: str) -> Question:
        change = await anyio.to_thread.run_sync(services.account.login_email.look_at_revert, token)
        text = (
            f"The account signs in with {change.old_email} again, and everyone who signed in since the change is "
            "signed out."
        )
        return Question(f"Restore {change.old_email}?", text, "Restore address")

    async def act(token: str) -> Outcome:
        done = await anyio.to_thread.run_sync(services.account.login_email.revert, token)
        await services.bus.publish(done.topics)
        text = (
            f"The account signs in with {done.value.old_email} again. If someone else changed it, they know the "
            "password: set a new one now."
        )
        return Outcome("Address restored", text, ("Set a new password", "/forgot-password"))

    return await answer(request, ask=ask, act=act)
