"""Calls: screening, recording and listing."""

from datetime import date, datetime
from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query

from settings_ui.domain import qualification
from settings_ui.domain.access import Capability
from settings_ui.domain.days import moments
from settings_ui.domain.errors import Invalid, NotFound
from settings_ui.domain.qualification import judge
from settings_ui.domain.text import has_invisible
from settings_ui.http.api.admission import quick
from settings_ui.http.api.answers import MethodNotAllowed
from settings_ui.http.api.endpoint import endpoint
from settings_ui.http.api.guard import Calling, Guarded, With
from settings_ui.http.api.hot import decision_view
from settings_ui.http.api.queries import CallQuery
from settings_ui.http.api.repetition import Does, Done
from settings_ui.http.api.schemas import CallAnswer, CallIn, CallOut, CallPage, ScreenAnswer, ScreenIn
from settings_ui.http.api.stopping import turned_away, written
from settings_ui.models import Call
from settings_ui.models.call import PLATFORM_ID_LENGTH
from settings_ui.services.calls.log import Filter, SeenCall
from settings_ui.services.calls.reported import RESERVED_IDS, NewCall

router = APIRouter(route_class=Guarded, tags=["Calls"])


@endpoint(router, "POST", "/calls/screen", ScreenAnswer, 409, needs=Capability.RECORD_CALLS, ok={200: "The decision."})
async def screen_call(body: ScreenIn, caller: Calling, services: With, does: Does) -> Any:
    """Ask whether to connect a ringing call. A blocked call is recorded as stopped.

    If you get no answer within your timeout, connect the call.
    """
    recording, call_id = services.calls.recording, body.id or does.new_id("scr")

    def screen() -> Done:
        decision = recording.screen(caller.actor, body.from_, body.to, call_id, own_id=not body.id)
        return Done(decision_view(decision, caller))

    if answer := await written(does(screen), services):
        return answer
    decision = await quick(services, recording.decide, caller.actor, body.from_, body.to)
    return {"data": decision_view(turned_away(caller, body, call_id, decision, services), caller)}


@endpoint(
    router,
    "POST",
    "/calls",
    CallAnswer,
    409,
    needs=Capability.RECORD_CALLS,
    ok={201: "The call, newly recorded.", 200: "The call, already recorded with the same content."},
)
async def record_call(body: CallIn, caller: Calling, services: With, does: Does) -> Any:
    """Record a finished call. The same `id` with different content is a conflict."""
    new = NewCall(
        id=body.id,
        caller=body.from_,
        dialled=body.to,
        started_at=body.started_at,
        duration_s=body.duration_s,
        status=qualification.CallStatus(body.status),
        source=body.source or "",
    )

    def record() -> Done:
        done = services.calls.recording.record(caller.actor, new)
        return Done(_shown(done.call, caller.threshold_s), status=201 if done.new else 200)

    return await does(record)


@endpoint(router, "GET", "/calls", CallPage, needs=Capability.SEE_CALLS, ok={200: "A page of calls, newest first."})
async def list_calls(query: Annotated[CallQuery, Query()], caller: Calling, services: With) -> Any:
    """Calls that match all filters, newest first."""
    start, end = _stretch(query, caller.time_zone)
    wanted = Filter(
        start=start,
        end=end,
        qualified=query.qualified,
        source=query.source or "",
        least_duration_s=query.min_duration or 0,
    )
    page = await anyio.to_thread.run_sync(
        lambda: services.calls.log.page(caller.actor, wanted, cursor=query.cursor or "", limit=query.limit)
    )
    return {"data": [_seen(call) for call in page.calls], "next_cursor": page.older}


@endpoint(router, "GET", "/calls/{id:path}", CallAnswer, 404, needs=Capability.SEE_CALLS, ok={200: "The call."})
async def get_call(id: str, caller: Calling, services: With) -> Any:
    """One call, by your id."""
    if id in RESERVED_IDS:
        raise MethodNotAllowed({"POST"})
    if not 1 <= len(id) <= PLATFORM_ID_LENGTH or has_invisible(id):
        raise NotFound
    return {"data": _seen(await anyio.to_thread.run_sync(services.calls.log.get, caller.actor, id))}


def _stretch(query: CallQuery, time_zone: str) -> tuple[datetime | None, datetime | None]:
    """Return the start (inclusive) and end (exclusive); days count completely, in the zone."""
    start, end = query.from_, query.to
    first = start if start and not isinstance(start, datetime) else None
    last = end if end and not isinstance(end, datetime) else None
    from_day, to_day = moments(first, last, time_zone)
    since, before = _moment(start, from_day), _moment(end, to_day)
    if (first and last and first > last) or (since and before and since > before):
        raise Invalid("This must not be after `to`.", field="from")
    return since, before


def _moment(given: date | datetime | None, of_day: datetime | None) -> datetime | None:
    return given if isinstance(given, datetime) else of_day


def _seen(seen: SeenCall) -> CallOut:
    return _call(seen.call, qualified=seen.verdict.qualified, then=seen.qualified_then, reason=seen.verdict.reason)


def _shown(call: Call, threshold_s: int) -> CallOut:
    status = qualification.CallStatus(call.status)
    now, then = (judge(status, call.duration_s, at) for at in (threshold_s, call.threshold_s))
    return _call(call, qualified=now.qualified, then=then.qualified, reason=now.reason)


def _call(call: Call, *, qualified: bool, then: bool, reason: str) -> CallOut:
    return CallOut.model_validate(
        {
            "id": call.id,
            "from": call.from_number,
            "to": call.to_number,
            "source": call.source,
            "started_at": call.started_at,
            "duration_s": call.duration_s,
            "status": call.status,
            "qualified": qualified,
            "qualified_then": then,
            "reason": reason,
            "blocked_caller_id": call.blocked_caller_id,
        }
    )
