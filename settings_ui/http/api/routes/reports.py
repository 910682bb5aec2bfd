"""Reports on qualified calls."""

from typing import Annotated, Any

import anyio.to_thread
from fastapi import APIRouter, Query

from settings_ui.domain.access import Capability
from settings_ui.http.api.endpoint import endpoint
from settings_ui.http.api.guard import Calling, Guarded, With
from settings_ui.http.api.queries import ReportQuery
from settings_ui.http.api.schemas import ReportAnswer, ReportLine
from settings_ui.services.calls.reports import Basis, GroupBy

router = APIRouter(route_class=Guarded, tags=["Reports"])


@endpoint(
    router,
    "GET",
    "/reports/qualified",
    ReportAnswer,
    needs=Capability.SEE_CALLS,
    ok={200: "One line per day, in order, or per source, most calls first."},
)
async def qualified_calls(query: Annotated[ReportQuery, Query()], caller: Calling, services: With) -> Any:
    """How many calls qualified, by day or by source, in the business's time zone."""
    report = await anyio.to_thread.run_sync(
        lambda: services.calls.reports.qualified(
            caller.actor,
            first=query.from_,
            last=query.to,
            group_by=GroupBy(query.group_by),
            threshold_s=query.threshold,
            basis=Basis(query.basis),
        )
    )
    lines = [
        ReportLine(
            key=line.key,
            calls=line.calls,
            completed=line.completed,
            qualified=line.qualified,
            rate=line.rate,
            stopped=line.stopped,
        )
        for line in report.lines
    ]
    return {"data": lines, "next_cursor": None}
