"""The format of every answer: envelope, headers, and the one table from errors to statuses."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import to_json
from starlette.responses import Response
from starlette.types import Scope

from settings_ui.domain.errors import DomainError, Forbidden, TooMany, Unavailable
from settings_ui.services.api_keys.admission import KeyLimited

PREFIX = "/api/v1"
NOT_ALLOWED = (
    "This key does not allow that. Read-only keys can only read; screening keys can only screen and record calls."
)

ERRORS: Mapping[str, tuple[int, str]] = {
    "unauthenticated": (401, "invalid_api_key"),
    "foreign_origin": (403, "foreign_origin"),
    "forbidden": (403, "key_not_allowed"),
    "not_found": (404, "not_found"),
    "gone": (404, "not_found"),
    "method_not_allowed": (405, "method_not_allowed"),
    "conflict": (409, "conflict"),
    "too_large": (413, "too_large"),
    "unsupported_media_type": (415, "unsupported_media_type"),
    "invalid_request": (422, "invalid_request"),
    "rate_limited": (429, "rate_limited"),
    "internal_error": (500, "internal_error"),
    "unavailable": (503, "unavailable"),
}
"""Domain error code -> status, and the code in the API."""


class ForeignOrigin(DomainError):
    """A browser sent this from another site."""

    code = "foreign_origin"


class MethodNotAllowed(DomainError):
    """The path exists, but takes other methods."""

    code = "method_not_allowed"

    def __init__(self, allowed: Iterable[str]) -> None:
        self.allowed = ", ".join(sorted(allowed))
        super().__init__(f"This endpoint takes {self.allowed}.")


class UnsupportedMedia(DomainError):
    """The body is not plain JSON."""

    code = "unsupported_media_type"


class Failed(DomainError):
    """An error on our side; the log has the reason under the request's id."""

    code = "internal_error"

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side. Try again. If it persists, tell us the request id.")


def request_id(scope: Scope) -> str:
    """Return the id that the front gave the request."""
    return str(scope["api_request_id"])


def error(scope: Scope, problem: DomainError) -> Response:
    """Return the answer for an error."""
    status, code = ERRORS[problem.code]
    message = NOT_ALLOWED if isinstance(problem, Forbidden) else problem.message
    said: dict[str, Any] = {"code": code, "message": message, "request_id": request_id(scope)}
    if status == 422:
        said["field"] = problem.field or "body"
    return Response(dumps({"error": said}), status, _headers(problem), "application/json")


def dumps(value: Any) -> bytes:
    """Return compact JSON in UTF-8."""
    return to_json(value)


def rate_limit(left: tuple[int, int]) -> bytes:
    """Return the RateLimit header: how many more requests, and in how many seconds it is one more."""
    return b'"key";r=%d;t=%d' % left


def _headers(problem: DomainError) -> dict[str, str]:
    if isinstance(problem, KeyLimited):
        left = rate_limit((0, problem.retry_after_s)).decode()
        return {"RateLimit": left, "Retry-After": str(problem.retry_after_s)}
    if isinstance(problem, TooMany):
        return {"Retry-After": str(problem.retry_after_s)}
    if isinstance(problem, Unavailable):
        return {"Retry-After": "1"}
    if isinstance(problem, MethodNotAllowed):
        return {"Allow": problem.allowed}
    return {"WWW-Authenticate": "Bearer"} if problem.code == "unauthenticated" else {}
