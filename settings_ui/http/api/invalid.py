"""From pydantic's errors to one field and a message that says how to fix it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from settings_ui.domain.api_key import PREFIX as KEY_PREFIX
from settings_ui.domain.errors import Invalid

LONGEST_NAME = 64


def invalid(findings: Sequence[Any]) -> Invalid:
    """Return the first error as a domain error at its field."""
    first = findings[0]
    say = _WORDS.get(first["type"])
    return Invalid(say(first.get("ctx", {})) if say else "This value is not valid here.", field=field_of(first["loc"]))


def field_of(place: Sequence[str | int]) -> str:
    """Return the innermost field name of a location, `body` for the body itself; unknown names are shortened."""
    names = [str(part) for part in place if isinstance(part, str) and part not in ("query", "body")]
    return shown_name(names[-1]) if names else "body"


def shown_name(name: str) -> str:
    """Return a name that may be echoed: short, printable, and not a key."""
    return name[:LONGEST_NAME] if name and name.isprintable() and KEY_PREFIX not in name else "body"


def _ours(context: Mapping[str, Any]) -> str:
    return str(context.get("error", "This value is not valid here."))


def _many(least_or_most: str, context: Mapping[str, Any]) -> str:
    """Return a length in words. A text with rules beside its length is an ordinary value to pydantic."""
    count, part = context[least_or_most], "item" if context["field_type"] == "List" else "character"
    return f"{count:,} {part}{'s' * (count > 1)}"


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "This is missing.",
    "extra_forbidden": lambda _: "This name is not known here.",
    "int_type": lambda _: "This must be a whole number.",
    "string_type": lambda _: "This must be text.",
    "bool_type": lambda _: "This must be true or false.",
    "model_type": lambda _: "The body must be a JSON object.",
    "model_attributes_type": lambda _: "The body must be a JSON object.",
    "dict_type": lambda _: "The body must be a JSON object.",
    "list_type": lambda _: "This must be a list.",
    "too_long": lambda c: f"This can have up to {_many('max_length', c)}.",
    "too_short": lambda c: f"This needs at least {_many('min_length', c)}.",
    "string_too_long": lambda c: f"This can have up to {c['max_length']:,} characters.",
    "string_too_short": lambda c: f"This needs at least {c['min_length']:,} character{'s' * (c['min_length'] > 1)}.",
    "greater_than_equal": lambda c: f"This must be {c['ge']:,} or more.",
    "less_than_equal": lambda c: f"This must be {c['le']:,} or less.",
    "literal_error": lambda c: f"This must be {c['expected']}.",
    "value_error": _ours,
}
