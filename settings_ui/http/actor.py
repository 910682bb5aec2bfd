"""Who is asking, for a plain request."""

import anyio.to_thread
from starlette.requests import Request

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.errors import Unauthenticated
from settings_ui.http.cookies import session_token
from settings_ui.services.access import token_digest


async def find_actor(request: Request, services: Services) -> Actor | None:
    """Return the actor of the request's session, in the business that the session looked at last, or None."""
    token = session_token(services.config, request.headers.get("cookie", ""))
    return await anyio.to_thread.run_sync(services.access.actor, token_digest(token)) if token else None


async def actor_of(request: Request, services: Services) -> Actor:
    """Return the actor of the request's session; raise Unauthenticated if there is none."""
    actor = await find_actor(request, services)
    if actor is None:
        raise Unauthenticated
    return actor
