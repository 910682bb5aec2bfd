"""Malicious request bodies: refused the same way on the fast path and on ordinary routes."""

import json
from time import process_time

import pytest

from tests.http.api.platform import CALL, RINGING, Platform, on_sqlite, problem

pytestmark = on_sqlite
JSON = {"content-type": "application/json"}
GOOD = {"/calls/screen": RINGING, "/calls": CALL, "/numbers": {"number": "+12125550100", "source": "Ads"}}
both = pytest.mark.parametrize("path", ["/calls/screen", "/calls"])


async def send(platform: Platform, path: str, content: bytes, **headers: str | None) -> tuple[int, str, str | None]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await platform.ask("POST", path, content=content, headers=JSON | named)
    assert "Traceback" not in answer.text
    return problem(answer)


def body(path: str, **changes: str) -> bytes:
    """Return a valid body with some values replaced by raw JSON."""
    parts = {name: json.dumps(value) for name, value in GOOD[path].items()} | changes
    return ("{" + ",".join(f'"{name}":{value}' for name, value in parts.items()) + "}").encode()


@both
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" ",
        b"{",
        b"not json",
        b"{'from': 1}",
        b'{"from": "+14155550132",}',
        b'\xef\xbb\xbf{"from": "+14155550132"}',
        b'{"from": "\xff\xfe"}',
        b'{"from": "\xed\xa0\x80"}',
        "{}".encode("utf-16"),
        b"[]",
        b"null",
        b"true",
        b"7",
        b'"text"',
        b"NaN",
        b"-Infinity",
        b"[" * 30_000,
        b'{"a":' * 9 + b"1" + b"}" * 9,
        b'{"a": 1}' * 2,
        b'{"from": "a\tb"}',
    ],
)
async def test_what_is_no_json_object_is_refused_as_a_body(platform: Platform, path: str, content: bytes) -> None:
    assert await send(platform, path, content) == (422, "invalid_request", "body")


@both
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from": r'"\u0000"'}, "from"),
        ({"from": r'"\ud800"'}, "from"),
        ({"from": r'"\udc00\ud800"'}, "from"),
        ({r"\u0000": "1"}, "body"),
        ({r"\ud800": "1"}, "body"),
        ({"to": '{"a":{"b":[]}}'}, "to"),
        ({"to": "[" * 9 + "]" * 9}, "body"),
        ({"x" * 200: "1"}, "x" * 64),
        ({"cs_key_x": "1"}, "body"),
        ({"to": "NaN"}, "body"),
        ({"to": "1e309"}, "body"),
        ({"to": "-1e999"}, "body"),
        ({"to": "9" * 5000}, "body"),
        ({"to": "1e5"}, "to"),
    ],
)
async def test_a_value_that_no_value_can_be_is_refused(
    platform: Platform, path: str, changes: dict[str, str], field: str
) -> None:
    assert await send(platform, path, body(path, **changes)) == (422, "invalid_request", field)


@both
async def test_a_name_that_comes_twice_is_refused_whatever_it_says(platform: Platform, path: str) -> None:
    """Parsers disagree on whether the first or the last one counts; ambiguous input is refused."""
    twice = body(path)[:-1] + b',"to":"+12125550100"}'
    assert await send(platform, path, twice) == (422, "invalid_request", "to")
    escaped = body(path)[:-1] + rb',"\u0074o":"+12125550100"}'
    assert await send(platform, path, escaped) == (422, "invalid_request", "to")


@both
async def test_thousands_of_names_of_which_one_comes_twice_hold_nobody_up(platform: Platform, path: str) -> None:
    names = [f'"{number:x}":0' for number in range(7000)]
    began = process_time()
    answer = await send(platform, path, ("{" + ",".join([*names, names[-1]]) + "}").encode())
    assert answer == (422, "invalid_request", f"{6999:x}")
    assert process_time() - began < 0.3


@both
async def test_a_body_of_64_kib_is_read_and_one_byte_more_is_not(platform: Platform, path: str) -> None:
    """Also when the Content-Length is missing or wrong."""
    most = body(path).ljust(64 * 1024)
    good = await platform.ask("POST", path, content=most, headers=JSON)
    assert good.status_code in (200, 201)
    assert await send(platform, path, most + b" ") == (413, "too_large", None)

    async def streamed() -> object:
        for _ in range(65):
            yield b" " * 1024

    answer = await platform.ask("POST", path, content=streamed(), headers=JSON)
    assert problem(answer) == (413, "too_large", None)
    for length in ("999999999999999999999999", "-1", "x", "1.5"):
        assert await send(platform, path, b"{}", content_length=length) == (413, "too_large", None)


@both
@pytest.mark.parametrize(
    "headers",
    [
        {"content_type": None},
        {"content_type": ""},
        {"content_type": "text/plain"},
        {"content_type": "application/x-www-form-urlencoded"},
        {"content_type": "multipart/form-data; boundary=x"},
        {"content_type": "application/jsonp"},
        {"content_type": "application/json; charset=utf-16"},
        {"content_type": "application/json; charset=utf-8; v=1"},
        {"content_encoding": "gzip"},
    ],
)
async def test_what_is_not_declared_as_plain_json_is_415(
    platform: Platform, path: str, headers: dict[str, str | None]
) -> None:
    assert await send(platform, path, body(path), **headers) == (415, "unsupported_media_type", None)


@both
@pytest.mark.parametrize(
    "kind", ["Application/JSON", "application/json;charset=UTF-8", 'application/json; charset="utf-8"']
)
async def test_json_may_be_declared_in_any_usual_way(platform: Platform, path: str, kind: str) -> None:
    answer = await platform.ask("POST", path, content=body(path), headers={"content-type": kind})
    assert answer.status_code in (200, 201)


async def test_text_that_is_odd_and_harmless_is_kept_as_it_is(platform: Platform) -> None:
    """The API makes no cells and no pages, so what is inert in JSON is stored unchanged."""
    for n, source in enumerate(("=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\U0001f4de Zoë", "a\\u0000b")):
        answer = await platform.post("/calls", CALL | {"id": f"odd-{n}", "source": source})
        assert (answer.status_code, answer.json()["data"]["source"]) == (201, source)
