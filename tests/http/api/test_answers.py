"""What every answer has in common, including unknown paths and failures."""

import logging
from pathlib import Path

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.api_key import new_secret
from settings_ui.domain.errors import Unavailable
from tests.fakes import Broken
from tests.http.api.platform import CALL, RINGING, Platform, on_sqlite, problem
from tests.http.site import Site
from tests.support import FakeClock, make_services, replaced


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "/business", "GET, HEAD"),
        ("OPTIONS", "/business", "GET, HEAD"),
        ("GET", "/numbers/x/y", None),
        ("PUT", "/calls", "GET, HEAD, POST"),
        ("DELETE", "/calls/call-1", "GET, HEAD"),
        ("PATCH", "/calls/screen", "POST"),
        ("GET", "/calls/screen", "POST"),
        ("HEAD", "/calls/screen", "POST"),
        ("PUT", "/calls/screen", "POST"),
        ("POST", "/calls/screens", "GET, HEAD"),
        ("PUT", "/numbers/num_x", "DELETE, GET, HEAD"),
        ("POST", "/reports/qualified", "GET, HEAD"),
        ("POST", "/openapi.json", "GET, HEAD"),
        ("BREW", "/calls", "GET, HEAD, POST"),
    ],
)
@on_sqlite
async def test_another_method_is_405_with_those_that_there_are(
    platform: Platform, method: str, path: str, allowed: str | None
) -> None:
    answer = await platform.ask(method, path, headers={"content-type": "application/json"})
    if allowed is None:
        assert problem(answer) == (404, "not_found", None)
        return
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    if method != "HEAD":
        assert problem(answer) == (405, "method_not_allowed", None)


@on_sqlite
@pytest.mark.parametrize("path", ["/business", "/calls?limit=1", "/numbers/num_x", "/nothing", "/calls?limit=0"])
async def test_head_has_the_status_and_headers_of_get(platform: Platform, path: str) -> None:
    """So that `curl -I` and monitors can look at an endpoint, on the hot path and off it."""
    got, head = await platform.get(path), await platform.ask("HEAD", path)
    assert head.status_code == got.status_code != 405
    for name in ("content-type", "content-length"):
        assert head.headers[name] == got.headers[name]


@on_sqlite
@pytest.mark.parametrize(
    "path", ["/nothing", "/", "", "/business/", "//business", "/Business", "/calls/screen/", "/v2"]
)
async def test_an_address_that_is_none_is_404_in_json(platform: Platform, path: str) -> None:
    answer = await platform.get(path)
    assert problem(answer)[:2] == (404, "not_found")


@on_sqlite
async def test_an_address_beside_the_api_is_not_the_api_s(services: Services) -> None:
    """The site answers it, as before."""
    async with Site(services).browser() as browser:
        answer = await browser.get("/api/v1x/business")
    assert answer.status_code == 404
    assert "request_id" not in answer.text


@on_sqlite
async def test_each_request_has_a_name_of_its_own_that_no_caller_can_choose(platform: Platform) -> None:
    mine = [await platform.ask("GET", path, headers={"x-request-id": "mine"}) for path in ("/business", "/calls") * 3]
    names = [answer.headers["x-request-id"] for answer in mine]
    assert len(set(names)) == 6
    assert "mine" not in names
    assert all(len(answer.headers.get_list("x-request-id")) == 1 for answer in mine)


@on_sqlite
async def test_every_answer_has_the_headers_of_the_site(platform: Platform) -> None:
    """Successes and errors, the fast path and ordinary routes, and the pages."""
    for path in ("/business", "/numbers", "/nothing", "/calls?limit=0", "/openapi.json", "/docs", "/docs.css"):
        headers = (await platform.get(path)).headers
        for name in ("content-security-policy", "x-frame-options", "referrer-policy", "permissions-policy"):
            assert len(headers.get_list(name)) == 1, (path, name)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert "set-cookie" not in headers
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", ["/business", "/numbers", "/calls", "/reports/qualified"])
@on_sqlite
async def test_what_fails_says_nothing_of_why_and_the_log_does(
    platform: Platform, services: Services, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    """The request id links the answer to its log entry."""
    failing = Broken(RuntimeError("the inside of our house"))
    parts = {"numbers": failing, "calls.log": failing, "calls.reports": failing}
    if path == "/business":
        parts["api_keys.admission"] = failing
    broken = replaced(services, parts)
    with caplog.at_level(logging.ERROR):
        answer = await Platform(broken, platform.key).get(path)
    assert problem(answer) == (500, "internal_error", None)
    assert "inside of our house" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-request-id"] in caplog.text
    assert "the inside of our house" in caplog.text


@on_sqlite
async def test_a_page_that_fails_says_nothing_of_why_either(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    broken = replaced(services, {"api_keys.admission": Broken(RuntimeError("inside"))})
    answer = await Platform(broken).get("/docs?key=x")
    assert problem(answer) == (500, "internal_error", None)
    assert "inside" in caplog.text


@on_sqlite
async def test_while_the_database_is_away_it_is_503_and_nothing_was_done(
    platform: Platform, services: Services
) -> None:
    away = Broken(Unavailable())
    broken = replaced(services, {"calls.recording": away, "numbers": away})
    for path, body in (("/calls/screen", RINGING), ("/calls", CALL)):
        answer = await Platform(broken, platform.key).post(path, body)
        assert problem(answer) == (503, "unavailable", None)
        assert answer.headers["retry-after"] == "1"
        assert answer.json()["error"]["message"].startswith("We could not reach our database.")
    assert (await platform.get("/calls")).json()["data"] == []


async def test_without_a_database_no_key_is_good_and_none_is_bad(tmp_path: Path, clock: FakeClock) -> None:
    """503 rather than 401: the holder of a valid key must not discard it."""
    services = make_services(f"sqlite:///{tmp_path / 'no' / 'such.db'}", clock)
    for path in ("/business", "/numbers"):
        answer = await Platform(services, new_secret().secret).get(path)
        assert problem(answer) == (503, "unavailable", None)
    services.database.close()


@on_sqlite
@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("gzip;q=0, br", False), ("identity", False), ("", False)],
)
async def test_a_large_answer_is_compressed_for_who_takes_that_and_a_small_one_never(
    platform: Platform, accepted: str, packed: bool
) -> None:
    """And caches are told that it depends on the request."""
    for n in range(20):
        await platform.post("/calls", CALL | {"id": f"call-{n}"})
    sent = {"accept-encoding": accepted}
    large = await platform.ask("GET", "/calls", headers=sent)
    assert (large.headers.get("content-encoding"), len(large.json()["data"])) == ("gzip" if packed else None, 20)
    assert large.headers["vary"] == "Accept-Encoding"
    if packed:
        assert int(large.headers["content-length"]) < len(large.content) / 5
        head = await platform.ask("HEAD", "/calls", headers=sent)
        assert head.headers["content-length"] == large.headers["content-length"]
    for path in ("/business", "/calls?limit=1", "/nothing", "/calls?limit=0"):
        small = await platform.ask("GET", path, headers=sent)
        assert "content-encoding" not in small.headers
        assert int(small.headers["content-length"]) == len(small.content)
