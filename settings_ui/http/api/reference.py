"""The API reference page, made from the OpenAPI document, in our own style, with no script except the theme's."""

import json
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

from settings_ui.http.api.answers import PREFIX
from settings_ui.http.api.document import example, resolve
from settings_ui.http.edge import NOWHERE
from settings_ui.http.plain_page import THEME_SCRIPT
from settings_ui.http.script_hash import script_hash

EXAMPLE_IDS = {
    "calls": "call-8812",
    "numbers": "num_nfxgk3dmmfqw42loebxgc3lf",
    "blocked-callers": "blk_nvswk5djnzts4y3pnvzsa2lf",
}
TYPES = {"string": "text", "integer": "whole number", "boolean": "true or false", "array": "list of texts"}
STYLE = (Path(__file__).parent / "reference.css").read_bytes()


def policy() -> str:
    """Return the page's Content-Security-Policy."""
    return (
        f"default-src 'none'; script-src {script_hash(THEME_SCRIPT)}; style-src 'self'; img-src 'self' data:; "
        f"form-action 'none'; {NOWHERE}"
    )


def reference_page(document: dict[str, Any], origin: str) -> bytes:
    """Return the page; `origin` is used in its examples."""
    operations = list(_operations(document))
    links = "".join(
        f'<li><a class="link" href="#{_anchor(o)}"><b>{o["method"]}</b> {escape(o["path"])}</a></li>'
        for o in operations
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>API · Switchboard</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<link rel="icon" href="/favicon.ico"><link rel="stylesheet" href="/switchboard.css">'
        f'<link rel="stylesheet" href="{PREFIX}/docs.css"><script>{THEME_SCRIPT}</script></head>'
        '<body><main class="main reference"><div class="brand"><i></i>Switchboard</div>'
        f'<h1>API</h1><p class="sub">{_prose(document["info"]["description"])} '
        f'Machine-readable: <a class="link" href="{PREFIX}/openapi.json">openapi.json</a>.</p>'
        f'<nav aria-label="Endpoints"><ul class="endpoints">{links}</ul></nav>'
        f"{_start(origin)}{''.join(_card(operation, document, origin) for operation in operations)}{_errors(document)}"
        "</main></body></html>"
    ).encode()


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield {**operation, "path": path, "method": method.upper()}


def _anchor(operation: dict[str, Any]) -> str:
    return str(operation["operationId"])


def _start(origin: str) -> str:
    return _section(
        "start",
        "First request",
        "<p>Create a key in Settings → API Keys and send it with every request. Never put it in a URL.</p>"
        + _code(f"curl {origin}{PREFIX}/business \\\n  -H 'Authorization: Bearer cs_key_…'")
        + "<p>Each key has a rate limit. Beyond it, the answer is 429 with Retry-After in seconds. "
        "Every answer has an X-Request-Id. Give each POST an Idempotency-Key of your own: sent again with the same "
        "one, it is done once and answered the same, for 24 hours.</p>",
    )


def _card(operation: dict[str, Any], document: dict[str, Any], origin: str) -> str:
    parts = [
        f"<p>{_prose(operation.get('description', ''))}</p>",
        f'<p class="hint">For keys with access {_access(operation["x-key-access"])}.</p>',
        _parameters(operation, document),
        _code(_curl(operation, document, origin)),
    ]
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            schema = answer["content"]["application/json"]["schema"]
            body = json.dumps(example(schema, document), indent=2, ensure_ascii=False)
            parts.append(f'<p class="hint">{status}: {_prose(answer["description"])}</p>{_code(body)}')
    errors = ", ".join(status for status in operation["responses"] if not status.startswith("2"))
    parts.append(f'<p class="hint">Errors: <a class="link" href="#errors">{errors}</a>.</p>')
    title = f'<span class="pill">{operation["method"]}</span> <code>{escape(operation["path"])}</code>'
    return _section(_anchor(operation), title, "".join(parts), escaped=True)


def _parameters(operation: dict[str, Any], document: dict[str, Any]) -> str:
    rows = [
        _row(p["name"], p["in"], p["schema"], p.get("description", ""), required=p.get("required", False))
        for p in operation.get("parameters", ())
    ]
    if "requestBody" in operation:
        body = resolve(operation["requestBody"]["content"]["application/json"]["schema"], document)
        rows += [
            _row(name, "body", schema, schema.get("description", ""), required=name in body.get("required", ()))
            for name, schema in body["properties"].items()
        ]
    if not rows:
        return ""
    return _table(("Name", "In", "Type", "Meaning"), rows)


def _table(headings: Sequence[str], rows: Sequence[str]) -> str:
    head = "".join(f"<th>{heading}</th>" for heading in headings)
    return (
        f'<div class="wide-table"><table class="table"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(name: str, place: str, schema: dict[str, Any], description: str, *, required: bool) -> str:
    need = "" if required else ' <span class="pill">optional</span>'
    return (
        f"<tr><td><code>{escape(name)}</code>{need}</td><td>{place}</td><td>{escape(_type(schema))}</td>"
        f"<td>{_prose(description)}</td></tr>"
    )


def _type(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(part) for part in schema["anyOf"] if part.get("type") != "null"))
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    kind = {"date-time": "time", "date": "day"}.get(schema.get("format", ""), schema.get("type", "text"))
    least, most = schema.get("minimum"), schema.get("maximum")
    words = TYPES.get(kind, kind)
    return f"{words}, {int(least):,} to {int(most):,}" if least is not None and most is not None else words


def _curl(operation: dict[str, Any], document: dict[str, Any], origin: str) -> str:
    thing = operation["path"].split("/")[1]
    path = operation["path"].replace("{id}", EXAMPLE_IDS.get(thing, ""))
    asked = [f"{p['name']}={_given(p)}" for p in operation.get("parameters", ()) if p["in"] == "query" and _given(p)]
    query = "?" + "&".join(asked) if asked else ""
    verb = "" if operation["method"] == "GET" else f"-X {operation['method']} "
    lines = [f"curl {verb}'{origin}{PREFIX}{path}{query}'", "-H 'Authorization: Bearer cs_key_…'"]
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        lines += [
            "-H 'Content-Type: application/json'",
            "-H 'Idempotency-Key: 8a4c1f0e-call-8812'",
            f"-d '{json.dumps(example(schema, document), ensure_ascii=False)}'",
        ]
    return " \\\n  ".join(lines)


def _given(parameter: dict[str, Any]) -> str:
    """Return an example value, unless it is the default."""
    found = (parameter["schema"].get("examples") or [None])[0]
    return "" if found is None else json.dumps(found).strip('"').replace(" ", "%20")


def _errors(document: dict[str, Any]) -> str:
    seen: dict[str, dict[str, Any]] = {}
    for operation in _operations(document):
        for status, answer in operation["responses"].items():
            if not status.startswith("2"):
                seen.setdefault(status, answer)
    rows = [
        f"<tr><td>{status}</td><td><code>{_example(answer)['error']['code']}</code></td>"
        f"<td>{_prose(answer['description'])}</td></tr>"
        for status, answer in sorted(seen.items())
    ]
    shown = _code(json.dumps(_example(seen["422"]), indent=2))
    table = _table(("Status", "Code", "Meaning"), rows)
    return _section("errors", "Errors", f"<p>All errors look like this. `field` comes with 422 only.</p>{shown}{table}")


def _example(answer: dict[str, Any]) -> Any:
    return answer["content"]["application/json"]["example"]


def _access(allowed: list[str]) -> str:
    return " or ".join(access.replace("_", " ") for access in allowed)


def _section(anchor: str, title: str, body: str, *, escaped: bool = False) -> str:
    heading = title if escaped else escape(title)
    return (
        f'<section class="card" id="{anchor}" aria-labelledby="{anchor}-h"><div class="card-body">'
        f'<h2 id="{anchor}-h">{heading}</h2>{body}</div></section>'
    )


def _prose(text: str) -> str:
    """Return text with its `code` as code."""
    parts = escape(" ".join(text.split()), quote=False).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))


def _code(text: str) -> str:
    return f'<pre tabindex="0"><code>{escape(text, quote=False)}</code></pre>'
