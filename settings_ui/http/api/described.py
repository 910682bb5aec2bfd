"""What the OpenAPI document says of each endpoint's answers: every status that it can have."""

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
    message: str = Field(description="For people; it may change.")
    request_id: str = Field(description="The same as the header X-Request-Id. Tell us when you ask for help.")
    field: Annotated[str | None, WithJsonSchema({"type": "string"})] = Field(
        None, description="With `invalid_request` only: what cannot be used; `body` for the body itself."
    )


class ErrorAnswer(BaseModel):
    """An error in its envelope."""

    error: Problem


MEANING: Mapping[int, tuple[Code, str, str]] = {
    401: ("invalid_api_key", "No key, or none that is good.", "This API key is missing or not valid."),
    403: ("key_not_allowed", "The key's access does not allow it.", "This key may not do that."),
    404: ("not_found", "It is not there, or it is another business's.", "That is not here any more."),
    405: ("method_not_allowed", "The address takes other methods; see Allow.", "This address takes GET."),
    409: ("conflict", "Something stands in its way.", "Call call-8812 was recorded with another duration_s."),
    413: ("too_large", "More than 64 KiB.", "A request can have 64 KiB."),
    415: ("unsupported_media_type", "The body is not declared as JSON.", "Send the body as JSON."),
    422: ("invalid_request", "A value cannot be used; `field` says which.", "This has to be a whole number."),
    429: ("rate_limited", "Too many requests; Retry-After says for how long.", "Try again in 12 s."),
    500: ("internal_error", "Our fault.", "Something went wrong on our side."),
    503: ("unavailable", "Our database does not answer; nothing was changed.", "Nothing was changed; try again."),
}
ALWAYS = (401, 403, 422, 429, 500, 503)
WITH_BODY = (413, 415)
REQUEST_ID = {"description": "The name of this request.", "schema": {"type": "string"}}
RETRY_AFTER = {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 1}}
REPLAYED = {
    "description": "`true` when this is what the same Idempotency-Key was answered before.",
    "schema": {"type": "string"},
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same key with the same request is done once in 24 hours, and answered the same again.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "example": "8a4c1f0e-call-8812",
}


def answers(
    model: type[BaseModel], *own: int, ok: Mapping[int, str], post: bool = False
) -> dict[int | str, dict[str, Any]]:
    """Return the description of the good answers, of those errors that every endpoint can give, and of its own."""
    found: dict[int | str, dict[str, Any]] = {}
    for status, description in ok.items():
        headers = {"X-Request-Id": REQUEST_ID} | ({"Idempotent-Replayed": REPLAYED} if post else {})
        found[status] = {"model": model, "description": description, "headers": headers}
    for status in sorted({*own, *ALWAYS, *(WITH_BODY if post else ())}):
        found[status] = _error(status)
    return found


def extra(capability: Capability, *, post: bool = False) -> dict[str, Any]:
    """Return what FastAPI does not know of an endpoint: who may call it, and the Idempotency-Key of a POST."""
    access = [access.value for access, may in KEY_TABLE.items() if capability in may]
    return {"x-key-access": access} | ({"parameters": [IDEMPOTENCY_KEY]} if post else {})


def _error(status: int) -> dict[str, Any]:
    code, description, message = MEANING[status]
    example: dict[str, Any] = {"code": code, "message": message, "request_id": "req_5d0f3b1c8a7e4f2d9b6a1c3e"}
    if status == 422:
        example["field"] = "limit"
    headers = {"X-Request-Id": REQUEST_ID} | ({"Retry-After": RETRY_AFTER} if status in (429, 503) else {})
    return {
        "model": ErrorAnswer,
        "description": description,
        "headers": headers,
        "content": {"application/json": {"example": {"error": example}}},
    }
