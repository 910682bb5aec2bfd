"""The API's routes as a FastAPI application, its OpenAPI document, and the answers for unknown paths."""

import functools
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from settings_ui.domain.errors import DomainError, NotFound
from settings_ui.http.api.answers import PREFIX, Failed, MethodNotAllowed, dumps, error
from settings_ui.http.api.document import DESCRIPTION, completed
from settings_ui.http.api.reference import STYLE, policy, reference_page
from settings_ui.http.api.routes import blocked_callers, business, calls, numbers, reports

QUIET: Any = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False, "auto_configure": False}


@functools.cache
def application(origin: str) -> FastAPI:
    """Return the application; `Api` wraps it. `origin` is our public origin."""
    app = FastAPI(
        title="Switchboard API",
        version="1",
        description=DESCRIPTION,
        servers=[{"url": PREFIX}],
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=QUIET,
        exception_handlers={HTTPException: _not_answered, Exception: _not_answered},
    )
    for part in (business, calls, reports, numbers, blocked_callers):
        app.router.routes.extend(part.router.routes)
    document = functools.cache(lambda: completed(app.openapi()))
    described = functools.cache(lambda: dumps(document()))
    page = functools.cache(lambda: reference_page(document(), origin))

    async def openapi(_request: Request) -> Response:
        return Response(described(), media_type="application/json", headers=FRESH)

    async def docs(_request: Request) -> Response:
        return Response(page(), media_type="text/html", headers=FRESH | {"Content-Security-Policy": policy()})

    async def style(_request: Request) -> Response:
        return Response(STYLE, media_type="text/css", headers=FRESH)

    for path, endpoint in (("/openapi.json", openapi), ("/docs", docs), ("/docs.css", style)):
        app.add_route(path, endpoint, methods=["GET"], include_in_schema=False)
    return app


FRESH = {"Cache-Control": "no-cache"}


async def _not_answered(request: Request, exception: Exception) -> Response:
    """Answer requests that match no route."""
    status = getattr(exception, "status_code", 500)
    problem: DomainError = Failed()
    if status == 404:
        problem = NotFound(f"This endpoint does not exist. See {PREFIX}/docs for all of them.")
    elif status == 405:
        problem = MethodNotAllowed(_methods(request))
    return error(request.scope, problem)


def _methods(request: Request) -> set[str]:
    """Return the methods of all routes at this path, since each route knows only its own; HEAD wherever GET is.

    A name in a route's path is not an id: /calls/screen is not a call.
    """
    path = request.scope["path"].removeprefix(PREFIX)
    at = [route for route in request.app.routes if route.matches(request.scope)[0].value]
    exact = [route for route in at if getattr(route, "path", None) == path]
    methods = {method for route in exact or at for method in getattr(route, "methods", None) or ()}
    return methods | {"HEAD"} if "GET" in methods else methods
