"""The activity of a business as a file."""

from collections.abc import Mapping
from decimal import Decimal

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Capability, require
from settings_ui.domain.errors import DomainError
from settings_ui.http.actor import actor_of, still
from settings_ui.http.errors import refusal
from settings_ui.http.sheet import sheet
from settings_ui.services.activity.filter import ActivityFilterText, filter_of
from settings_ui.services.activity.log import Change

COLUMNS = (
    "id",
    "at",
    "who",
    "what",
    "section",
    "before",
    "after",
    "calls_stopped",
    "last_request",
    "cost",
    "currency",
    "source",
)


async def export(request: Request, services: Services) -> Response:
    """GET the changes that match the URL's filter as CSV, newest first, streamed; 401, 403 or 422.

    `business` is the one shown in the window, since a person may have several open.
    """
    query = request.query_params
    try:
        actor = await actor_of(request, services, query.get("business"))
        require(actor, Capability.SEE_ACTIVITY)
        home = (await anyio.to_thread.run_sync(services.business.shell.see, actor)).current
        wanted = filter_of(ActivityFilterText.of(query), home.time_zone, services.clock.now())
    except DomainError as error:
        return refusal(request, error, title="Could not download the file")
    rows = (_cells(change) for change in services.activity.export(actor, wanted))
    return sheet(
        "activity", services.clock.now(), COLUMNS, rows, still(request, services, actor, Capability.SEE_ACTIVITY)
    )


def _cells(change: Change) -> tuple[object, ...]:
    seen, effect = change.seen, change.effect
    return (
        seen.id,
        seen.at,
        seen.who,
        seen.what,
        change.topic,
        _words(seen.before),
        _words(seen.after),
        "" if effect.stopped is None else effect.stopped,
        effect.last_request or "",
        Decimal(effect.cost.exact) if effect.cost else "",
        effect.cost.currency if effect.cost else "",
        seen.source,
    )


def _words(side: Mapping[str, str]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in side.items())
