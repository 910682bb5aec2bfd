"""The answers of each endpoint in the OpenAPI document: every status that it can have."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, WithJsonSchema

from settings_ui.domain.access import KEY_TABLE, Capability

Code = Literal[
    "invalid_api_key",
    "foreign_origin",
    "key_not_allowed",
    "not_found",
    "method_not_allowed",
    "conflict",
    "too_large",
    "unsupported_media_type",
    "invalid_request",
    "rate_limited",
    "internal_error",
    "unavailable",
]


class Problem(BaseModel):
    """What went wrong."""

    code: Code = Field(description="Stable, for programs.")
    message: str = Field(description="For people. It may change.")
    request_id: str = Field(description="The same as the X-Request-Id header. Include it when you ask for help.")
    field: Annotated[str | None, WithJsonSchema({"type": "string"})] = Field(
        None, description="With `invalid_request` only: the value that is not valid, or `body` for the body itself."
    )


class ErrorAnswer(BaseModel):
    """An error in its envelope."""

    error: Problem


MEANING: Mapping[int, tuple[Code, str, str]] = {
    401: (
        "invalid_api_key",
        "The key is missing, unknown, revoked or expired.",
        "This API key is missing or not valid.",
    ),
    403: ("key_not_allowed", "The access of the key does not allow this.", "This key does not allow that."),
    404: (
        "not_found",
        "It does not exist, or it belongs to another business.",
        "This was not found. It may have been removed.",
    ),
    405: ("method_not_allowed", "The endpoint takes other methods: see Allow.", "This endpoint takes GET."),
    409: (
        "conflict",
        "It conflicts with the current state.",
        "Call call-8812 was already recorded with another duration_s.",
    ),
    413: ("too_large", "The body is larger than 64 KiB.", "A request body can be up to 64 KiB."),
    415: ("unsupported_media_type", "The body is not sent as JSON.", "Send the body as JSON."),
    422: ("invalid_request", "A value is not valid: `field` says which.", "This must be a whole number."),
    429: ("rate_limited", "Too many requests: Retry-After says how long to wait.", "Try again in 12 s."),
    500: ("internal_error", "An error on our side.", "Something went wrong on our side."),
    503: ("unavailable", "Our database does not respond. Nothing was changed.", "Nothing was changed. Try again."),
}
ALWAYS = (401, 403, 422, 429, 500, 503)
WITH_BODY = (413, 415)
REQUEST_ID = {"description": "The id of this request.", "schema": {"type": "string"}}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
RATE_LIMIT_POLICY = {
    "description": "The limit of each key: `q` requests in `w` seconds.",
    "schema": {"type": "string"},
    "example": '"key";q=600;w=60',
}
RATE_LIMIT = {
    "description": "How many more requests this key can make now (`r`), and in how many seconds it is one more (`t`).",
    "schema": {"type": "string"},
    "example": '"key";r=597;t=48',
}
ALL_SAY = {"X-Request-Id": REQUEST_ID, "RateLimit-Policy": RATE_LIMIT_POLICY}
BEFORE_THE_LIMIT = (401, 500, 503)
"""Statuses of answers that may not say what is left of the limit."""
REPLAYED = {
    "description": "`true` if this repeats the answer that the same Idempotency-Key got before.",
    "schema": {"type": "string"},
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A repeated request with the same key is carried out once in 24 hours, and gets the same answer.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "example": "8a4c1f0e-call-8812",
}


def answers(
    model: type[BaseModel], *own: int, ok: Mapping[int, str], post: bool = False
) -> dict[int | str, dict[str, Any]]:
    """Return the descriptions of an endpoint's successful answers, the common errors, and its own errors."""
    found: dict[int | str, dict[str, Any]] = {}
    for status, description in ok.items():
        headers = ALL_SAY | {"RateLimit": RATE_LIMIT} | ({"Idempotent-Replayed": REPLAYED} if post else {})
        found[status] = {"model": model, "description": description, "headers": headers}
    for status in sorted({*own, *ALWAYS, *(WITH_BODY if post else ())}):
        found[status] = _error(status)
    return found


def extra(capability: Capability, *, post: bool = False) -> dict[str, Any]:
    """Return what FastAPI does not know about an endpoint: which keys may call it, and the Idempotency-Key of a
    POST."""
    access = [access.value for access, may in KEY_TABLE.items() if capability in may]
    return {"x-key-access": access} | ({"parameters": [IDEMPOTENCY_KEY]} if post else {})


def _error(status: int) -> dict[str, Any]:
    code, description, message = MEANING[status]
    example: dict[str, Any] = {"code": code, "message": message, "request_id": "req_5d0f3b1c8a7e4f2d9b6a1c3e"}
    if status == 422:
        example["field"] = "limit"
    headers = ALL_SAY | ({} if status in BEFORE_THE_LIMIT else {"RateLimit": RATE_LIMIT})
    headers |= {"Retry-After": RETRY_AFTER} if status in (429, 503) else {}
    return {
        "model": ErrorAnswer,
        "description": description,
        "headers": headers,
        "content": {"application/json": {"example": {"error": example}}},
    }
