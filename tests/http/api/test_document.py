"""The OpenAPI document and the reference page: complete, self-contained, and true to the contract."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from settings_ui.bootstrap import Services
from tests.http.api.contract import CONTRACT, Operation
from tests.http.api.platform import Platform, on_sqlite

pytestmark = on_sqlite


@pytest.fixture
async def document(services: Services) -> dict[str, Any]:
    answer = await Platform(services).get("/openapi.json")  # no key needed to read it
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
async def page(services: Services) -> str:
    answer = await Platform(services).get("/docs")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return answer.text


def resolve(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found


def in_contract(operation: dict[str, Any], document: dict[str, Any]) -> Operation:
    """Return an operation of the document in the notation of tests/http/api/contract.py."""
    good = [status for status in operation["responses"] if status.startswith("2")]
    shapes = {shape(operation["responses"][status], document) for status in good}
    assert len(shapes) == 1
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    fields = resolve(body, document) if body else {}
    return Operation(
        query=" ".join(
            parameter["name"] + "?" * (not parameter["required"])
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "query"
        ),
        body=names(fields) if fields else "",
        gives=shapes.pop(),
        good=" ".join(sorted(good)),
        bad=" ".join(sorted(set(operation["responses"]) - set(good))),
        access=" ".join(operation["x-key-access"]),
    )


def shape(answer: dict[str, Any], document: dict[str, Any]) -> str:
    envelope = resolve(answer["content"]["application/json"]["schema"], document)
    data, *rest = envelope["required"]
    assert data == "data"
    schema = resolve(envelope["properties"]["data"], document)
    if schema.get("type") != "array":
        return names(schema)
    kinds = [names(resolve(kind, document)) for kind in schema["items"].get("anyOf", [schema["items"]])]
    return " ".join([f"[{' or '.join(kinds)}]", *rest])


def names(schema: dict[str, Any]) -> str:
    return " ".join(name + "?" * (name not in schema["required"]) for name in schema["properties"])


def test_the_document_is_the_contract(document: dict[str, Any]) -> None:
    """Changing names, statuses or access means changing the contract here as well, deliberately."""
    found = {
        f"{method.upper()} {path}": in_contract(operation, document)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert found == CONTRACT
    assert document["servers"] == [{"url": "/api/v1"}]
    assert document["security"] == [{"apiKey": []}]
    assert document["components"]["securitySchemes"]["apiKey"]["scheme"] == "bearer"


def test_an_id_is_null_only_where_nothing_was_created(document: dict[str, Any]) -> None:
    """So that clients can build an entry's address from its id; results without an entry have a schema of their own."""
    schemas = document["components"]["schemas"]
    assert schemas["OnTheList"]["properties"]["id"]["type"] == "string"
    assert schemas["NotANumber"]["properties"]["id"]["type"] == "null"
    assert not [
        name
        for name, schema in schemas.items()
        if "anyOf" in schema.get("properties", {}).get("id", {}) and "In" not in name
    ]


def test_a_request_is_closed_and_an_answer_open(document: dict[str, Any]) -> None:
    """An unknown name in a request is refused; in an answer it is a later version's, which no client may trip over."""
    taken = {
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for methods in document["paths"].values()
        for operation in methods.values()
        if "requestBody" in operation
    }
    schemas = document["components"]["schemas"]
    assert {name for name, schema in schemas.items() if schema.get("additionalProperties") is False} == taken


def test_every_post_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for methods in document["paths"].values():
        for method, operation in methods.items():
            headers = [p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"]
            assert headers == (["Idempotency-Key"] if method == "post" else [])


def test_every_error_is_described_by_an_example_of_its_own_code(document: dict[str, Any]) -> None:
    codes = document["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    for methods in document["paths"].values():
        for operation in methods.values():
            for status, answer in operation["responses"].items():
                assert "X-Request-Id" in answer["headers"]
                assert ("RateLimit" in answer["headers"]) == (status not in ("401", "500", "503"))
                assert "RateLimit-Policy" in answer["headers"]
                assert ("Retry-After" in answer["headers"]) == (status in ("429", "503"))
                if not status.startswith("2"):
                    said = answer["content"]["application/json"]["example"]["error"]
                    assert said["code"] in codes
                    assert ("field" in said) == (status == "422")


def test_everything_that_goes_in_or_out_is_described(document: dict[str, Any]) -> None:
    """Each field has at least a description or an example."""
    for name, schema in document["components"]["schemas"].items():
        for field, part in schema.get("properties", {}).items():
            assert {"description", "examples", "$ref", "items"} & set(part), f"{name}.{field}"
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(set(ids)) == len(ids)


class Seen(HTMLParser):
    """Parses a page into what it consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_names_every_endpoint(page: str) -> None:
    seen = Seen(page)
    assert seen.open == []
    ids = [attributes["id"] for _, attributes in seen.tags if "id" in attributes]
    assert len(set(ids)) == len(ids)
    links = {attributes["href"] for tag, attributes in seen.tags if tag == "a"}
    assert {link.removeprefix("#") for link in links if link and link.startswith("#")} <= set(ids)
    for label in CONTRACT:
        method, path = label.split()
        assert f'<span class="pill">{method}</span> <code>{path}</code>' in page
    for word in ("curl", "Idempotency-Key", "Retry-After", "invalid_api_key", "next_cursor", "qualified_then"):
        assert word in page


def test_the_page_asks_nobody_else_for_anything_and_runs_no_script_but_the_theme_s(page: str) -> None:
    seen = Seen(page)
    sources = [a.get("src") or a.get("href") for tag, a in seen.tags if tag in ("link", "img", "script", "iframe")]
    assert all(source is None or source.startswith("/") for source in sources)
    assert [tag for tag, _ in seen.tags].count("script") == 1
    assert not [name for _, attributes in seen.tags for name in attributes if name.startswith("on") or name == "style"]
    assert not re.search(r"https?://(?!localhost)", page)


async def test_the_page_s_policy_lets_its_own_parts_in_and_nothing_else(services: Services) -> None:
    answer = await Platform(services).get("/docs")
    policy = answer.headers["content-security-policy"]
    assert re.search(r"script-src 'sha256-[^ ]+'; style-src 'self';", policy)
    style = await Platform(services).get("/docs.css")
    assert (style.status_code, style.headers["content-type"]) == (200, "text/css; charset=utf-8")


def test_the_examples_on_the_page_are_requests_that_the_api_takes(page: str, services: Services) -> None:
    """They go to the very site that serves the page."""
    assert page.count(f"{services.config.origin}/api/v1/") >= len(CONTRACT)
