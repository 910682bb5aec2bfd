"""For the operator: liveness, readiness and metrics."""

import hmac

import anyio.to_thread
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import Unavailable
from settings_ui.http.errors import json_error
from settings_ui.services.kit import schema
from settings_ui.telemetry import metrics
from settings_ui.telemetry.metrics import Fact

THIS_MACHINE = {"127.0.0.1", "::1"}
OF_THIS_MACHINE = ("localhost", "127.0.0.1", "[::1]")
OF_PROXIES = ("x-forwarded-for", "forwarded", "x-real-ip", "via")
OUTSIDE = "Metrics can be read from this machine only, or with METRICS_TOKEN as Authorization: Bearer."


async def health(_request: Request, services: Services) -> Response:
    """200 while the database responds, else 503."""
    try:
        await anyio.to_thread.run_sync(_ask, services)
    except Unavailable as error:
        return json_error(503, error.code, error.message)
    return JSONResponse({"data": {"status": "ok"}})


async def live(_request: Request) -> Response:
    """200 while this process responds. Checks nothing else, since a restart would not fix other services."""
    return JSONResponse({"data": {"status": "ok"}})


async def ready(_request: Request, services: Services) -> Response:
    """200 while people can be served, else 503, with the state of each dependency."""
    found = {
        "database": await anyio.to_thread.run_sync(_database, services),
        "redis": "ok" if await services.bus.reachable() else "away",
    }
    is_ready = all(state == "ok" for state in found.values())
    return JSONResponse({"data": {"status": "ok" if is_ready else "not ready", **found}}, 200 if is_ready else 503)


async def measures(request: Request, services: Services) -> Response:
    """The metrics in Prometheus format; 401 or 403 without access."""
    if refused := _refusal(request, services.config.metrics_token):
        return refused
    facts = await anyio.to_thread.run_sync(_facts, services)
    return Response(await anyio.to_thread.run_sync(metrics.exposition, facts), media_type=metrics.CONTENT_TYPE)


def _refusal(request: Request, token: str) -> Response | None:
    """With a token set, only clients that send it; without one, only this machine, and no requests through a proxy on
    it."""
    if token:
        _, _, given = request.headers.get("authorization", "").partition(" ")
        if hmac.compare_digest(given.encode(), token.encode()):
            return None
        return json_error(401, "unauthenticated", OUTSIDE)
    host = request.headers.get("host", "").lower()
    here = request.client is not None and request.client.host in THIS_MACHINE
    named = host.rpartition(":")[0] in OF_THIS_MACHINE or host in OF_THIS_MACHINE
    if here and named and not any(name in request.headers for name in OF_PROXIES):
        return None
    return json_error(403, "forbidden", OUTSIDE)


def _ask(services: Services) -> None:
    with services.database.read() as session:
        session.execute(text("SELECT 1"))


def _database(services: Services) -> str:
    try:
        return "ok" if schema.is_current(services.database) else "needs migrating"
    except Unavailable:
        return "away"


def _facts(services: Services) -> list[Fact]:
    """Return the facts about jobs and emails in the database; only that it is down, if it is."""
    up = "switchboard_database_up", "Whether the database responds."
    try:
        runs, waiting = services.jobs.runs(), services.outbox.waiting()
    except Unavailable:
        return [Fact(*up, {"": 0})]
    succeeded = {run.name: run.last_success_at.timestamp() for run in runs if run.last_success_at}
    failed = {run.name: run.last_error_at.timestamp() for run in runs if run.last_error_at}
    return [
        Fact(*up, {"": 1}),
        Fact("switchboard_job_last_success_timestamp_seconds", "When a job last succeeded.", succeeded, "name"),
        Fact("switchboard_job_last_failure_timestamp_seconds", "When a job last failed.", failed, "name"),
        Fact("switchboard_mail_waiting", "Emails waiting to be sent.", {"": waiting.messages}),
        Fact("switchboard_mail_oldest_seconds", "How long the oldest email has been waiting.", {"": waiting.oldest_s}),
    ]
