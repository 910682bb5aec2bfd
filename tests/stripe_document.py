"""Validation of requests and responses against Stripe's own OpenAPI document.

`CheckedClient` is an HTTP client for `StripeClient(http_client=…)` that validates every call.
"""

import gzip
import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema_rs
import stripe

FILE = Path(__file__).parent / "data" / "stripe" / "openapi.json.gz"
VERSION = "2026-08-26.dahlia"
# Calls missing from the reduced document; their objects are still validated by type.
BEYOND = re.compile(r"/v1/disputes(/[^/]+)?\Z")
_SCALARS: dict[str, dict[str, Any]] = {
    "integer": {"type": "string", "pattern": "^-?[0-9]+$"},
    "number": {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
    "boolean": {"enum": ["true", "false"]},
}


def check_request(method: str, path: str, form: str) -> None:
    """Assert that Stripe accepts these parameters: the body of a POST, the query of any other call."""
    if BEYOND.match(path):
        return
    template, operation = _operation(method, path)
    _check(f"{method} {template} request", lambda: _as_form(_parameters(method, operation)), decoded(form))


def parameters_of(method: str, path: str) -> set[str]:
    """Return the parameter names of a call."""
    return set(_parameters(method, _operation(method, path)[1])["properties"])


def check_answer(method: str, path: str, status: int, body: Any) -> None:
    """Assert that this is a valid Stripe response."""
    if status >= 400:
        _check("error", lambda: {"$ref": "#/components/schemas/error"}, body)
        return
    if not BEYOND.match(path):
        template, operation = _operation(method, path)
        answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
        _check(f"{method} {template} answer", lambda: answer, body)
    for row in body["data"] if body["object"] == "list" else [body]:
        check_object(row)


def check_object(body: Mapping[str, Any]) -> None:
    """Assert that an object matches the schema named by its `object` field; for an event, its payload too."""
    name = f"deleted_{body['object']}" if body.get("deleted") else str(body["object"])
    _check(name, lambda: {"$ref": f"#/components/schemas/{name}"}, body)
    if name == "event":
        check_object(body["data"]["object"])


def decoded(form: str) -> dict[str, Any]:
    """Return the parameters of a form or query, nested as their names say."""
    tree: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True, strict_parsing=bool(form)):
        *parents, last = re.findall(r"[^\[\]]+|(?<=\[)(?=\])", name)
        inner = tree
        for part in parents:
            inner = inner.setdefault(part, {})
        inner[last or str(len(inner))] = value
    nested: dict[str, Any] = _with_lists(tree)
    return nested


class CheckedClient(stripe.RequestsClient):
    """Rejects requests and responses that Stripe's document does not allow. `calls` lists what was sent."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.calls: list[tuple[str, str]] = []

    def request(self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None) -> Any:
        """Send a call."""
        parts = urlsplit(url)
        form = post_data if method == "post" else parts.query
        check_request(method, parts.path, form or "")
        self.calls.append((method, parts.path))
        content, status, answered = super().request(method, url, headers, post_data)
        check_answer(method, parts.path, status, json.loads(content))
        return content, status, answered


def _check(name: str, schema: Callable[[], dict[str, Any]], value: Any) -> None:
    errors = [
        f"{'.'.join(map(str, error.instance_path))}: {error.message[:300]}"
        for error in _validator(name, schema).iter_errors(value)
    ]
    assert not errors, f"{name}: {errors}\n{json.dumps(value)[:3000]}"


_validators: dict[str, Any] = {}


def _validator(name: str, schema: Callable[[], dict[str, Any]]) -> Any:
    if name not in _validators:
        whole = _strict(schema()) | {"components": {"schemas": _schemas()}}
        _validators[name] = jsonschema_rs.Draft7Validator(whole)
    return _validators[name]


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(gzip.decompress(FILE.read_bytes()))
    return document


@cache
def _schemas() -> dict[str, Any]:
    return {name: _strict(schema) for name, schema in _document()["components"]["schemas"].items()}


def _operation(method: str, path: str) -> tuple[str, dict[str, Any]]:
    for template in sorted(_document()["paths"], key=lambda template: template.count("{")):
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path) and method in _document()["paths"][template]:
            return template, _document()["paths"][template][method]
    raise AssertionError(f"Stripe has no {method} {path}, or the document is not cut to it")


def _parameters(method: str, operation: dict[str, Any]) -> dict[str, Any]:
    if method != "get":
        body: dict[str, Any] = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        return body | {"properties": body.get("properties", {})}
    found = [part for part in operation.get("parameters", []) if part["in"] == "query"]
    return {
        "type": "object",
        "properties": {part["name"]: part["schema"] for part in found},
        "required": [part["name"] for part in found if part.get("required")],
    }


def _strict(schema: Any) -> Any:
    """Convert an OpenAPI 3.0 schema to JSON Schema, forbidding undocumented properties."""
    if isinstance(schema, list):
        return [_strict(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    made = {
        name: {key: _strict(part) for key, part in inner.items()} if name == "properties" else _strict(inner)
        for name, inner in schema.items()
        if name != "nullable"
    }
    if made.get("properties"):
        made.setdefault("additionalProperties", False)
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") is True else made


def _as_form(schema: dict[str, Any]) -> dict[str, Any]:
    """Convert a schema for form-encoded parameters, where every leaf is text."""
    if "anyOf" in schema:
        return {"anyOf": [_as_form(part) for part in schema["anyOf"]]}
    kind = schema.get("type")
    if kind in _SCALARS:
        return _SCALARS[kind]
    made = dict(schema)
    if kind == "array":
        made["items"] = _as_form(schema["items"])
    if "properties" in schema:
        made["properties"] = {name: _as_form(inner) for name, inner in schema["properties"].items()}
        made["additionalProperties"] = False
    elif isinstance(schema.get("additionalProperties"), dict):
        made["additionalProperties"] = _as_form(schema["additionalProperties"])
    return made


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdecimal() for name in value):
        return [_with_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _with_lists(inner) for name, inner in value.items()}
