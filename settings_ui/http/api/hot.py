"""The two requests made for every ringing call, answered without the overhead of a framework."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio.to_thread
from pydantic import ValidationError
from starlette.types import Receive, Scope

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Capability, require
from settings_ui.domain.errors import DomainError
from settings_ui.domain.ids import new_id
from settings_ui.http.api.admission import admit, bearer, credentials, noted, quick
from settings_ui.http.api.answers import PREFIX
from settings_ui.http.api.bodies import read_json
from settings_ui.http.api.invalid import invalid
from settings_ui.http.api.schemas import ScreenIn
from settings_ui.http.api.stopping import turned_away, written
from settings_ui.services.api_keys.check import Caller
from settings_ui.services.calls.recording import Decision
from settings_ui.services.calls.reported import international

Hot = Callable[[Scope, Receive, Services], Awaitable[dict[str, Any]]]


def hot(scope: Scope) -> Hot | None:
    """Return the function that answers this request, or None if it is not one of the two in their usual form."""
    found = HOT.get((scope["method"], scope["path"]))
    if found is None or scope["query_string"] or any(name == b"idempotency-key" for name, _ in scope["headers"]):
        return None
    return found


async def business(scope: Scope, receive: Receive, services: Services) -> dict[str, Any]:
    """Answer GET /business."""
    return business_view(await admit(scope, services))


async def screen(scope: Scope, receive: Receive, services: Services) -> dict[str, Any]:
    """Answer POST /calls/screen. For a key that was good before, and numbers that say their country, by one read; a
    stranger's body is not looked at before the key is known to be good."""
    if services.api_keys.admission.knows(bearer(scope)):
        return await _screen_at_once(scope, receive, services)
    caller = await admit(scope, services)
    require(caller.actor, Capability.RECORD_CALLS)
    return await screen_view(caller, await _ringing(scope, receive), services)


async def _screen_at_once(scope: Scope, receive: Receive, services: Services) -> dict[str, Any]:
    problem: DomainError | None = None
    try:
        ringing = await _ringing(scope, receive)
        number = international(ringing.from_, ringing.to)
    except DomainError as error:
        problem, number = error, None
    if number is None:
        caller = await admit(scope, services)  # its refusals come first, and the problem only after them
        require(caller.actor, Capability.RECORD_CALLS)
        if problem:
            raise problem
        return await screen_view(caller, ringing, services)
    caller, decision = await quick(services, services.calls.ringing.answer, *credentials(scope, services), number)
    noted(scope, caller)
    return await _view(caller, ringing, decision, services)


async def _ringing(scope: Scope, receive: Receive) -> ScreenIn:
    try:
        return ScreenIn.model_validate(await read_json(scope, receive))
    except ValidationError as error:
        raise invalid(error.errors(include_url=False, include_input=False)) from None


def business_view(caller: Caller) -> dict[str, Any]:
    """Return the business as the API shows it; raise Forbidden for a key that may not read."""
    require(caller.actor, Capability.SEE_CALLS)
    return {
        "id": caller.actor.business_id,
        "name": caller.business,
        "time_zone": caller.time_zone,
        "threshold_s": caller.threshold_s,
        "key": {"name": caller.actor.name, "access": caller.actor.access.value},
    }


async def screen_view(caller: Caller, ringing: ScreenIn, services: Services) -> dict[str, Any]:
    """Return the decision as the API shows it."""
    decision = await quick(services, services.calls.recording.decide, caller.actor, ringing.from_, ringing.to)
    return await _view(caller, ringing, decision, services)


async def _view(caller: Caller, ringing: ScreenIn, decision: Decision, services: Services) -> dict[str, Any]:
    """Show a decision; a call that is stopped is kept, in a thread since that writes."""
    if decision.allow:
        return decision_view(decision, caller)
    call_id = ringing.id or new_id("scr")
    stop = anyio.to_thread.run_sync(services.calls.recording.stop, caller.actor, ringing.from_, ringing.to, call_id)
    stopped = await written(stop, services) or turned_away(caller, ringing, call_id, decision, services)
    return decision_view(stopped, caller)


def decision_view(decision: Decision, caller: Caller) -> dict[str, Any]:
    """Return whether to connect a call, as the API shows it. Calls are connected without funds too, so that none is
    lost."""
    return {
        "action": "allow" if decision.allow else "block",
        "blocked_caller_id": decision.blocked_caller_id,
        "balance": "ok" if (caller.balance_micros or 0) > 0 else "exhausted",
    }


HOT: dict[tuple[str, str], Hot] = {
    ("GET", f"{PREFIX}/business"): business,
    ("POST", f"{PREFIX}/calls/screen"): screen,
}
