"""The parameters of one call, read with their types."""

import re
from typing import Any

from sandbox.errors import Object, invalid

_INTEGER = re.compile(r"-?[0-9]{1,18}\Z")
_URL = re.compile(r"https?://[\w.-]+(:[0-9]{1,5})?([/?#][!-~]*)?\Z", re.ASCII)
MAX_TEXT = 5000
MAX_METADATA = 50


class Params:
    """Parameters by name; a value of the wrong type is refused as by Stripe."""

    def __init__(self, values: Object, prefix: str = "") -> None:
        self.values = values
        self._prefix = prefix

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def only(self, accepted: str) -> None:
        """Refuse parameters that the call does not know."""
        for name in self.values:
            if name not in accepted.split():
                raise invalid(f"Received unknown parameter: {self.name(name)}", self.name(name), "parameter_unknown")

    def name(self, name: str) -> str:
        """Return the name as the client wrote it."""
        return f"{self._prefix}[{name}]" if self._prefix else name

    def text(self, name: str, default: str | None = None) -> str | None:
        """Return a string; an empty one, which unsets, is None."""
        value = self.values.get(name, default)
        if value is None:
            return None
        if not isinstance(value, str):
            raise invalid(f"Invalid string: {self.name(name)}", self.name(name))
        if len(value) > MAX_TEXT:
            raise invalid(f"Invalid string: {self.name(name)} is too long", self.name(name))
        return value or None

    def required(self, name: str) -> str:
        """Return a required string."""
        value = self.text(name)
        if value is None:
            raise invalid(f"Missing required param: {self.name(name)}.", self.name(name), "parameter_missing")
        return value

    def integer(self, name: str) -> int | None:
        """Return a whole number."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not _INTEGER.match(value):
            raise invalid(f"Invalid integer: {value}", self.name(name), "parameter_invalid_integer")
        return int(value)

    def whole(self, name: str, default: int) -> int:
        """Return an integer, or the default if absent."""
        value = self.integer(name)
        return default if value is None else value

    def flag(self, name: str) -> bool:
        """Return a boolean, false if absent."""
        value = self.values.get(name, "false")
        if value not in ("true", "false"):
            raise invalid(f"Invalid boolean: {value}", self.name(name))
        return bool(value == "true")

    def one_of(self, name: str, *choices: str) -> str | None:
        """Return one of the words, or None if absent."""
        value = self.text(name)
        if value is not None and value not in choices:
            words = ", ".join(choices)
            raise invalid(f"Invalid {self.name(name)}: must be one of {words}", self.name(name))
        return value

    def url(self, name: str) -> str | None:
        """Return a URL that a browser may be redirected to."""
        url = self.text(name)
        if url is None:
            return None
        if not _URL.match(url):
            raise invalid("Not a valid URL", self.name(name), "url_invalid")
        return url

    def inner(self, name: str) -> "Params":
        """Return the nested parameters of a parameter, empty if absent."""
        value = self.values.get(name) or {}
        if not isinstance(value, dict):
            raise invalid(f"Invalid object: {self.name(name)}", self.name(name))
        return Params(value, self.name(name))

    def rows(self, name: str) -> list["Params"]:
        """Return a list of objects."""
        value = self.values.get(name) or []
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise invalid(f"Invalid array: {self.name(name)}", self.name(name))
        return [Params(row, f"{self.name(name)}[{number}]") for number, row in enumerate(value)]

    def texts(self, name: str) -> list[str]:
        """Return a list of strings."""
        value = self.values.get(name) or []
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise invalid(f"Invalid array: {self.name(name)}", self.name(name))
        return list(value)

    def metadata(self, before: dict[str, str] | None = None) -> dict[str, str]:
        """Return the metadata after this call: keys are merged, an empty value removes its key."""
        given = self.values.get("metadata")
        if given == "":
            return {}
        merged = dict(before or {})
        for key, value in self.inner("metadata").values.items():
            if not isinstance(value, str) or len(key) > 40 or len(value) > 500:
                raise invalid("Metadata has keys of up to 40 and values of up to 500 characters.", "metadata")
            merged[key] = value
        merged = {key: value for key, value in merged.items() if value}
        if len(merged) > MAX_METADATA:
            raise invalid(f"Metadata can have up to {MAX_METADATA} keys.", "metadata")
        return merged

    def changes(self, *texts: str) -> dict[str, Any]:
        """Return the given values of the named strings."""
        return {name: self.text(name) for name in texts if name in self}
