"""The actor of a plain HTTP request."""

from collections.abc import Callable
from contextlib import suppress

import anyio.to_thread
from starlette.requests import Request

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Capability, Person
from settings_ui.domain.errors import Unauthenticated, Unavailable
from settings_ui.http.cookies import session_token
from settings_ui.services.account.access import token_digest
from settings_ui.telemetry import trail


async def find_actor(request: Request, services: Services, business_id: str | None = None) -> Actor | None:
    """Return the actor of the session in the given business, or the one it last showed, or None."""
    token = session_token(services.config, request.scope)
    if token is None:
        return None
    actor = await anyio.to_thread.run_sync(services.account.access.actor, token_digest(token), business_id)
    if actor:
        trail.acting(actor.user_id, actor.business_id)
    return actor


async def name_in_log(services: Services, token: str) -> None:
    """Name the session's user in this request's log line; does nothing while the database does not answer."""
    with suppress(Unavailable):
        if person := await anyio.to_thread.run_sync(services.account.access.person, token_digest(token)):
            trail.acting(person.user_id, person.business_id if isinstance(person, Actor) else "")


async def actor_of(request: Request, services: Services, business_id: str | None = None) -> Actor:
    """Return the actor of the request's session as `find_actor` does; raise Unauthenticated if there is none."""
    actor = await find_actor(request, services, business_id)
    if actor is None:
        raise Unauthenticated
    return actor


def still(request: Request, services: Services, actor: Actor, capability: Capability) -> Callable[[], bool]:
    """Return a function that checks in the database whether the request's session is still this actor, still with the
    capability."""
    digest = token_digest(session_token(services.config, request.scope) or "")

    def asks() -> bool:
        now = services.account.access.actor(digest, actor.business_id)
        return now is not None and now.business_id == actor.business_id and now.may(capability)

    return asks


async def person_of(request: Request, services: Services, business_id: str | None = None) -> Person:
    """Return the actor of the request's session, or the staff member; raise Unauthenticated if there is neither."""
    if (actor := await find_actor(request, services, business_id)) is not None:
        return actor
    token = session_token(services.config, request.scope)
    staff = await anyio.to_thread.run_sync(services.account.access.staff, token_digest(token)) if token else None
    if staff is None:
        raise Unauthenticated
    trail.acting(staff.user_id, "")
    return staff
