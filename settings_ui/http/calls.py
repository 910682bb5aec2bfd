"""The call log as a file."""

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Capability, require
from settings_ui.domain.errors import DomainError
from settings_ui.http.actor import actor_of, still
from settings_ui.http.errors import refusal
from settings_ui.http.sheet import sheet
from settings_ui.services.calls.log import SeenCall
from settings_ui.services.calls.log_filter import CallFilterText, filter_of

COLUMNS = (
    "id", "from", "to", "source", "started_at", "duration_s", "status", "qualified", "qualified_then", "reason",
)  # fmt: skip


async def export(request: Request, services: Services) -> Response:
    """GET the calls that match the URL's filter as CSV, newest first, streamed; 401, 403 or 422.

    `business` is the one shown in the window, since a person may have several open.
    """
    query = request.query_params
    try:
        actor = await actor_of(request, services, query.get("business"))
        require(actor, Capability.SEE_CALLS)
        home = (await anyio.to_thread.run_sync(services.business.shell.see, actor)).current
        wanted = filter_of(CallFilterText.of(query), home.time_zone, home.region, services.clock.now())
    except DomainError as error:
        return refusal(request, error, title="Could not download the file")
    rows = (_cells(seen) for seen in services.calls.log.export(actor, wanted))
    return sheet("calls", services.clock.now(), COLUMNS, rows, still(request, services, actor, Capability.SEE_CALLS))


def _cells(seen: SeenCall) -> tuple[object, ...]:
    call = seen.call
    return (
        call.id,
        call.from_number,
        call.to_number,
        call.source,
        call.started_at,
        call.duration_s,
        call.status,
        seen.verdict.qualified,
        seen.qualified_then,
        seen.verdict.reason,
    )
