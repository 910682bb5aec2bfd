"""For whoever runs this: whether it lives, whether it can serve people, and how it does."""

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
OUTSIDE = "Metrics are read on this machine, or with the METRICS_TOKEN as Authorization: Bearer."


async def health(_request: Request, services: Services) -> Response:
    """200 while the database answers, 503 while it does not."""
    try:
        await anyio.to_thread.run_sync(_ask, services)
    except Unavailable as error:
        return json_error(503, error.code, error.message)
    return JSONResponse({"data": {"status": "ok"}})


async def live(_request: Request) -> Response:
    """200 while this process answers at all: asks nothing of others, since no restart could mend them."""
    return JSONResponse({"data": {"status": "ok"}})


async def ready(_request: Request, services: Services) -> Response:
    """200 while people can be served, else 503; says of each thing that this needs how it is."""
    found = {
        "database": await anyio.to_thread.run_sync(_database, services),
        "redis": "ok" if await services.bus.reachable() else "away",
    }
    is_ready = all(state == "ok" for state in found.values())
    return JSONResponse({"data": {"status": "ok" if is_ready else "not ready", **found}}, 200 if is_ready else 503)


async def measures(request: Request, services: Services) -> Response:
    """The metrics as Prometheus reads them; 401 and 403 to those whom they are not for."""
    if refused := _refusal(request, services.config.metrics_token):
        return refused
    facts = await anyio.to_thread.run_sync(_facts, services)
    return Response(await anyio.to_thread.run_sync(metrics.exposition, facts), media_type=metrics.CONTENT_TYPE)


def _refusal(request: Request, token: str) -> Response | None:
    """With a token set, only who has it; without one, only this machine, and not what a proxy on it passes on."""
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
        return "ok" if schema.is_current(services.database) else "lacks migrations"
    except Unavailable:
        return "away"


def _facts(services: Services) -> list[Fact]:
    """Return what the database knows of jobs and mail; only that it is away, if it is."""
    up = "switchboard_database_up", "Whether the database answers."
    try:
        runs, waiting = services.jobs.runs(), services.outbox.waiting()
    except Unavailable:
        return [Fact(*up, {"": 0})]
    succeeded = {run.name: run.last_success_at.timestamp() for run in runs if run.last_success_at}
    failed = {run.name: run.last_error_at.timestamp() for run in runs if run.last_error_at}
    return [
        Fact(*up, {"": 1}),
        Fact("switchboard_job_last_success_timestamp_seconds", "When a job last succeeded.", succeeded, "job"),
        Fact("switchboard_job_last_failure_timestamp_seconds", "When a job last failed.", failed, "job"),
        Fact("switchboard_mail_waiting", "Messages that have not left.", {"": waiting.messages}),
        Fact("switchboard_mail_oldest_seconds", "How long the oldest of them has waited.", {"": waiting.oldest_s}),
    ]
