"""A handler's arguments, checked against its signature: annotations coerce but do not validate."""

import functools
import inspect
import json
import typing
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError, create_model

from settings_ui.domain.text import has_invisible

PAYLOAD_LIMIT = 64 * 1024
"""Maximum bytes of JSON in an event; anything longer is sent by HTTP."""
TEXT_LIMIT = 1000
STORED = "vars"
"""What a browser stored, for Reflex's own handlers. No state of ours stores anything there, and other states' names
fail."""


@functools.cache
def arguments(handler: Callable[..., Any]) -> type[BaseModel]:
    """Return a strict model of a handler's parameters: a wrong type, a missing or an extra one is an error.

    Text must be one visible line: an id or a choice. What people type comes in a form, as a dictionary. Only parameters
    with a default may be missing, which none of our handlers has.
    """
    hints = typing.get_type_hints(handler)
    fields: dict[str, Any] = {
        name: (
            Annotated[str, AfterValidator(_visible)] if hints.get(name) is str else hints.get(name, Any),
            ... if parameter.default is parameter.empty else parameter.default,
        )
        for name, parameter in list(inspect.signature(handler).parameters.items())[1:]
        if name != STORED
    }
    return create_model(handler.__qualname__, __config__=ConfigDict(strict=True, extra="forbid"), **fields)


def _visible(text: str) -> str:
    if len(text) > TEXT_LIMIT or has_invisible(text):
        raise ValueError("too long, or with a character that cannot be seen")
    return text


def wrong_with(payload: dict[str, Any], handler: Callable[..., Any]) -> str:
    """Return what is wrong with a handler's arguments, without their values; empty if they are valid."""
    try:
        if len(json.dumps(payload, ensure_ascii=False).encode()) > PAYLOAD_LIMIT:
            return "too long"
        arguments(handler).model_validate(payload)
    except ValidationError as error:
        return ", ".join(e["type"] for e in error.errors())
    except (UnicodeError, RecursionError) as error:
        return type(error).__name__
    return ""
