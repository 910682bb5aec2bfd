"""Translating domain errors to statuses and bodies, in one place for every route."""

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from settings_ui.domain.errors import DomainError, TooMany
from settings_ui.http.plain_page import plain_page
from settings_ui.telemetry import trail

STATUS: Mapping[str, int] = {
    "invalid_request": 422,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "conflict": 409,
    "gone": 410,
    "rate_limited": 429,
    "too_large": 413,
    "unavailable": 503,
}


FAILED = "Something went wrong on our side. Try again. If it persists, tell us the request id."


class TooLarge(HTTPException):
    """The body exceeds the limit while being read."""

    def __init__(self, limit: int) -> None:
        super().__init__(413)
        self.limit = limit


def wants_json(request: Request) -> bool:
    """Whether the caller reads JSON rather than pages."""
    return "application/json" in request.headers.get("accept", "")


def refusal(request: Request, error: DomainError, *, title: str) -> Response:
    """Return the error as JSON for programs or as a page for people, with its HTTP status."""
    if wants_json(request):
        return json_refusal(error)
    return HTMLResponse(plain_page(title, error.message), STATUS[error.code], _headers(error))


def json_refusal(error: DomainError) -> Response:
    """Return the error as JSON with its status."""
    body = {"error": {"code": error.code, "message": error.message, "field": error.field}}
    return JSONResponse(body, STATUS[error.code], _headers(error))


def _headers(error: DomainError) -> dict[str, str]:
    return {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooMany) else {}


def failed(request: Request) -> Response:
    """Return the answer to an internal error, with the request id under which the log has it: a page for people,
    JSON for programs."""
    if "text/html" not in request.headers.get("accept", ""):
        return json_error(500, "internal_error", FAILED)
    here = trail.here()
    return HTMLResponse(plain_page("Something went wrong", f"{FAILED} It is {here.id}." if here else FAILED), 500)


def too_large(limit: int) -> Response:
    """Return the answer for a body of more than `limit` bytes."""
    return json_error(413, "too_large", f"Up to {limit // 1024:,} KiB can be sent here.")


def json_error(status: int, code: str, message: str) -> Response:
    """Return an error that was not raised by a service."""
    return JSONResponse({"error": {"code": code, "message": message, "field": None}}, status)
