"""From pydantic's findings to one field and words that say how to mend it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from settings_ui.domain.api_key import PREFIX as KEY_PREFIX
from settings_ui.domain.errors import Invalid

LONGEST_NAME = 64


def invalid(findings: Sequence[Any]) -> Invalid:
    """Return the first finding as a domain error at its field."""
    first = findings[0]
    say = _WORDS.get(first["type"])
    return Invalid(say(first.get("ctx", {})) if say else "This cannot be used here.", field=field_of(first["loc"]))


def field_of(place: Sequence[str | int]) -> str:
    """Return the innermost name of a place, `body` for the body itself; names that a stranger made up are cut."""
    names = [str(part) for part in place if isinstance(part, str) and part not in ("query", "body")]
    return shown_name(names[-1]) if names else "body"


def shown_name(name: str) -> str:
    """Return a name that may be echoed: short, printable, and not a key."""
    return name[:LONGEST_NAME] if name and name.isprintable() and KEY_PREFIX not in name else "body"


def _ours(context: Mapping[str, Any]) -> str:
    return str(context.get("error", "This cannot be used here."))


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "This is missing.",
    "extra_forbidden": lambda _: "There is nothing of this name here.",
    "int_type": lambda _: "This has to be a whole number.",
    "string_type": lambda _: "This has to be text.",
    "bool_type": lambda _: "This is true or false.",
    "model_type": lambda _: "The body has to be a JSON object.",
    "model_attributes_type": lambda _: "The body has to be a JSON object.",
    "dict_type": lambda _: "The body has to be a JSON object.",
    "list_type": lambda _: "This has to be a list.",
    "too_long": lambda c: f"This can have {c['max_length']:,} items.",
    "too_short": lambda c: f"This needs {c['min_length']:,} item{'s' * (c['min_length'] > 1)} or more.",
    "string_too_long": lambda c: f"This can have {c['max_length']:,} characters.",
    "string_too_short": lambda c: f"This needs {c['min_length']:,} character{'s' * (c['min_length'] > 1)} or more.",
    "greater_than_equal": lambda c: f"This is {c['ge']:,} or more.",
    "less_than_equal": lambda c: f"This is {c['le']:,} or less.",
    "literal_error": lambda c: f"This is one of {c['expected']}.",
    "value_error": _ours,
}
