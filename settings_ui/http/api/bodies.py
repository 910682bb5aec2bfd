"""Strict JSON parsing: nothing ambiguous is accepted."""

import json
import math
from collections.abc import Mapping
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope

from settings_ui.domain.errors import Invalid, TooLarge
from settings_ui.http.api.answers import UnsupportedMedia

MOST_BYTES = 64 * 1024
LONGEST_LENGTH = 9
DEEPEST = 8


async def read_json(scope: Scope, receive: Receive) -> Any:
    """Return the parsed body; raise UnsupportedMedia, TooLarge, Invalid at `body`, ClientDisconnect."""
    declared: dict[bytes, bytes] = dict(scope["headers"])
    _check_type(declared)
    return parse(await _read(declared.get(b"content-length"), receive))


def _check_type(declared: Mapping[bytes, bytes]) -> None:
    """Raise UnsupportedMedia unless the headers declare uncompressed JSON in UTF-8."""
    kind, _, parameters = declared.get(b"content-type", b"").lower().partition(b";")
    if kind.strip() != b"application/json":
        raise UnsupportedMedia("Send the body as JSON, with Content-Type: application/json.")
    if parameters.strip().replace(b'"', b"") not in (b"", b"charset=utf-8"):
        raise UnsupportedMedia("Send the body in UTF-8, with no other Content-Type parameters.")
    if declared.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMedia("Send the body uncompressed, without Content-Encoding.")


async def _read(declared: bytes | None, receive: Receive) -> bytes:
    """Return the body; raise TooLarge as soon as it exceeds the limit, whatever length was declared."""
    if declared is not None and not (declared.isdigit() and len(declared) <= LONGEST_LENGTH):
        raise _too_large()
    length = MOST_BYTES + 1 if declared is None else int(declared)
    if declared is not None and length > MOST_BYTES:
        raise _too_large()
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        body += chunk
        if len(body) > MOST_BYTES:
            raise _too_large()
        # The server passes on no more than was declared, and another receive just for the end would double the cost.
        if len(body) >= length or not message.get("more_body", False):
            return body


def parse(body: bytes) -> Any:
    """Return the parsed JSON.

    Raises Invalid at `body`, or at the field, for text that is not UTF-8 or not JSON, duplicate names, numbers that are
    not finite (NaN, 1e309) or too long, NUL and lone surrogates, and more than 8 levels.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise Invalid("The body is not valid UTF-8.", field="body") from None
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise Invalid("The body is not valid JSON.", field="body") from None
    # Only escapes can produce what UTF-8 cannot encode, and only brackets depth, so most bodies are done here.
    if b"\\u" in body or body.count(b"{") + body.count(b"[") > 1:
        _check(value, "body", DEEPEST)
    return value


def _check(value: Any, field: str, levels: int) -> None:
    if isinstance(value, str):
        _check_text(value, field)
    elif isinstance(value, dict | list):
        if levels == 0:
            raise _too_deep()
        for name, item in value.items() if isinstance(value, dict) else ((field, item) for item in value):
            _check_text(name, "body")
            _check(item, name, levels - 1)


def _check_text(text: str, field: str) -> None:
    if "\0" in text or (not text.isascii() and any("\ud800" <= c <= "\udfff" for c in text)):
        raise Invalid("This contains a character that is not allowed in text.", field=field)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise Invalid("This name is given twice.", field=twice[:64] if twice.isprintable() else "body")
    return found


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError
    return value


def _no_number(_name: str) -> None:
    raise ValueError


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_float=_float, parse_constant=_no_number)


def _too_large() -> TooLarge:
    return TooLarge(f"A request body can be up to {MOST_BYTES // 1024} KiB.")


def _too_deep() -> Invalid:
    return Invalid(f"The body is nested more than {DEEPEST} levels deep.", field="body")
