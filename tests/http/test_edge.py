"""The outermost layer: CSRF, size limits, host names, and the headers of every answer."""

import asyncio
from typing import Any

import pytest

from settings_ui.bootstrap import Services
from settings_ui.http.app import routes
from settings_ui.http.edge import BODY_LIMIT, Edge
from tests.http.site import Site, assert_guarded
from tests.support import PASSWORD

OURS = "http://localhost:8000"
FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "null"},
    {"origin": "http://localhost:8001"},
    {"origin": "https://localhost:8000"},
    {"origin": "http://localhost:8000.evil.example"},
    {"origin": "http://localhost:8000/"},
    {"origin": "http://localhost"},
    {"origin": f"{OURS}, https://evil.example"},
    {"origin": f"{OURS} https://evil.example"},
    {"origin": "*"},
    {"origin": "file://"},
    {"origin": "https://evil.example", "sec-fetch-site": "same-origin"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site", "origin": ""},
    {"referer": "https://evil.example/", "origin": "null"},
]
POSTS = [
    (method, route.path.replace("{path:path}", "v1/calls"))
    for route in routes().routes
    for method in sorted((getattr(route, "methods", None) or set()) - {"GET", "HEAD", "OPTIONS"})
]


class TestWhereARequestComesFrom:
    @pytest.mark.parametrize("headers", FOREIGN, ids=repr)
    async def test_another_site_posts_to_no_route(
        self, services: Services, site: Site, cookie: str, headers: dict[str, str]
    ) -> None:
        """Each route that takes more than GET, from its own list, and one that does not exist."""
        assert len(POSTS) > 6
        for method, path in [*POSTS, ("POST", "/nowhere"), ("POST", "/settings"), ("POST", "/_event")]:
            answer = await site.raw(method, path, headers=[("cookie", f"session={cookie}"), *headers.items()])
            assert (answer.status, b"foreign_origin" in answer.body) == (403, True), path
            assert "set-cookie" not in answer.headers
        still = await site.raw("GET", "/settings", headers=[("cookie", f"session={cookie}")])
        assert still.status == 200

    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": OURS},
            {"origin": "HTTP://LOCALHOST:8000"},
            {"sec-fetch-site": "same-origin"},
            {"sec-fetch-site": "none"},
            {},
        ],
        ids=repr,
    )
    async def test_our_own_pages_and_programs_do(self, site: Site, headers: dict[str, str]) -> None:
        """Browsers send an Origin header with every POST; without one the client is a program and carries nobody's
        cookie."""
        answer = await site.raw("POST", "/auth/sign-out", headers=headers.items())
        assert answer.status == 303

    @pytest.mark.parametrize("headers", FOREIGN, ids=repr)
    async def test_another_site_opens_no_socket(self, site: Site, cookie: str, headers: dict[str, str]) -> None:
        messages, reached = await handshake(site, [("cookie", f"session={cookie}"), *headers.items()])
        assert messages == [{"type": "websocket.close", "code": 4403, "reason": "foreign origin"}]
        assert reached == []

    async def test_a_socket_carries_the_digest_and_never_the_cookie(self, site: Site, cookie: str) -> None:
        """Reflex keeps the headers it gets, possibly in Redis; a forged digest in a header is discarded."""
        digest = "0" * 64
        _, reached = await handshake(
            site, [("origin", OURS), ("cookie", f"session={cookie}"), ("authorization", f"session {digest}")]
        )
        text = repr(reached)
        assert cookie not in text
        assert digest not in text
        assert "b'authorization', b'session " in text

    async def test_a_socket_without_a_cookie_carries_nothing(self, site: Site) -> None:
        _, reached = await handshake(site, [("origin", OURS), ("authorization", f"session {'0' * 64}")])
        assert "authorization" not in repr(reached)

    async def test_what_a_socket_leaves_behind_is_small_whatever_is_sent_with_it(self, site: Site, cookie: str) -> None:
        """Reflex keeps a socket's headers for an hour: half a megabyte per window would soon fill the memory."""
        long = "x" * 300_000
        named = [("x-a", long), ("user-agent", long), ("host", long), ("sec-websocket-protocol", long)]
        many = [(f"x-{n}", "y") for n in range(1000)] + [("sec-websocket-protocol", "z" * 200)] * 1000
        _, reached = await handshake(site, [("origin", OURS), ("cookie", f"session={cookie}"), *named, *many])
        assert (b"origin", OURS.encode()) in reached
        assert sum(len(name) + len(value) for name, value in reached) < 1000

    async def test_a_socket_with_a_long_address_is_refused(self, site: Site, cookie: str) -> None:
        """The URL is kept too."""
        token = f"EIO=4&transport=websocket&token={'t' * 300}".encode()
        messages, reached = await handshake(site, [("origin", OURS), ("cookie", f"session={cookie}")], query=token)
        assert messages == [{"type": "websocket.close", "code": 4414, "reason": "too long an address"}]
        assert reached == []

    async def test_reading_from_another_site_is_not_shared(self, site: Site, cookie: str) -> None:
        """A foreign page may send a GET, as any link does, but no CORS header lets it read the answer."""
        answer = await site.raw(
            "GET", "/settings", headers=[("cookie", f"session={cookie}"), ("origin", "https://evil.example")]
        )
        assert not [name for name in answer.headers if name.startswith("access-control-")]

    @pytest.mark.parametrize(
        ("site_of_opener", "cut_off"),
        [("cross-site", True), ("same-site", True), ("", True), ("none", False), ("same-origin", False)],
    )
    async def test_whoever_opened_a_page_from_elsewhere_has_no_hold_of_it(
        self, site: Site, site_of_opener: str, cut_off: bool
    ) -> None:
        answer = await site.raw("GET", "/sign-in", headers=[("sec-fetch-site", site_of_opener)])
        assert answer.headers.get("cross-origin-opener-policy") == ("same-origin" if cut_off else None)


class TestUnderWhichName:
    @pytest.mark.parametrize(
        "host",
        [
            "evil.example",
            "localhost",
            "localhost:8001",
            "127.0.0.1:8000",
            "localhost:8000.evil.example",
            "",
            "a@b",
            "[::1]",
        ],
    )
    async def test_another_host_is_led_to_our_own_address(self, site: Site, host: str) -> None:
        answer = await site.raw("GET", "/settings", query=b"tab=payouts", headers=[("host", host)])
        assert (answer.status, answer.headers["location"]) == (307, f"{OURS}/settings?tab=payouts")

    async def test_several_hosts_are_none(self, site: Site) -> None:
        answer = await site.raw("GET", "/settings", headers=[("host", "localhost:8000"), ("host", "evil.example")])
        assert answer.headers["location"] == f"{OURS}/settings"

    @pytest.mark.parametrize("name", ["x-forwarded-host", "forwarded", "x-host", "x-original-url", "x-rewrite-url"])
    async def test_other_headers_name_no_host(self, site: Site, cookie: str, name: str) -> None:
        headers = [("cookie", f"session={cookie}"), (name, "evil.example"), ("x-forwarded-proto", "https")]
        for path in ("/settings", "/sign-in", "/", "/assets", "/auth/sign-in/"):
            answer = await site.raw("GET", path, headers=headers)
            assert "evil.example" not in answer.headers.get("location", "")
            assert b"evil.example" not in answer.body

    @pytest.mark.parametrize("path", ["/auth/sign-out", "/auth/sign-in", "/auth/sign-in/", "/api", "/nowhere/"])
    async def test_a_post_under_another_host_leads_nowhere_else(self, site: Site, path: str) -> None:
        answer = await site.raw("POST", path, headers=[("host", "evil.example")])
        assert "evil.example" not in answer.headers.get("location", "")
        assert b"evil.example" not in answer.body

    async def test_programs_and_health_checks_may_use_any_name(self, site: Site) -> None:
        """A load balancer uses the IP address."""
        assert (await site.raw("GET", "/health", headers=[("host", "10.0.0.7")])).status == 200
        assert (await site.raw("GET", "/api/v1/nothing", headers=[("host", "10.0.0.7")])).status in (401, 404)


WEIRD = [
    "//evil.example",
    "//evil.example/settings",
    "///",
    "/\\evil.example",
    "/../../etc/passwd",
    "/assets/../settings",
    "/assets/..\\..\\x",
    "/./settings",
    "/%2e%2e/",
    "/\0",
    "/settings\0",
    "/settings\r\nX: y",
    "/\u202e/\U0001f4b8",
    "/" + "x" * 20_000,
    "/settings;jsessionid=1",
    "/SETTINGS",
    "*",
    "",
]


class TestAddresses:
    @pytest.mark.parametrize("path", WEIRD, ids=lambda path: repr(path)[:32])
    @pytest.mark.parametrize("signed_in", [True, False])
    async def test_an_odd_path_is_answered_and_leads_nowhere_else(
        self, site: Site, cookie: str, path: str, signed_in: bool
    ) -> None:
        headers = [("cookie", f"session={cookie}")] if signed_in else []
        answer = await site.raw("GET", path, headers=headers)
        assert answer.status in (200, 303, 307, 404)
        location = answer.headers.get("location", "")
        assert not location.startswith("//")
        assert location == "" or location.startswith(("/", f"{OURS}/"))
        assert_guarded(answer)

    @pytest.mark.parametrize("path", WEIRD, ids=lambda path: repr(path)[:32])
    async def test_nor_under_another_host(self, site: Site, path: str) -> None:
        answer = await site.raw("GET", path, headers=[("host", "evil.example")])
        assert answer.status == 307
        assert answer.headers["location"].startswith(OURS)
        assert answer.headers["location"].removeprefix(OURS)[:1] in ("/", "", "*")
        assert not {"\r", "\n", "\0"} & set(answer.headers["location"])

    @pytest.mark.parametrize("path", ["/settings", "/settings/", "/dashboard", "/calls"])
    async def test_a_page_is_served_with_and_without_a_slash(self, site: Site, cookie: str, path: str) -> None:
        """Without a redirect, which would be built from the request's Host header."""
        assert (await site.browser(cookie).get(path)).status_code == 200

    async def test_who_is_not_signed_in_comes_back_to_where_they_wanted(self, site: Site) -> None:
        answer = await site.browser().get("/settings?tab=payouts&x=%2F%2Fevil")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in?next=%2Fsettings%3Ftab%3Dpayouts%26x%3D%252F%252Fevil"

    async def test_the_bare_address_leads_to_the_first_page_or_to_the_door(self, site: Site, cookie: str) -> None:
        assert (await site.browser().get("/")).headers["location"] == "/sign-in"
        assert (await site.browser(cookie).get("/")).headers["location"] == "/dashboard"

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def test_an_unknown_endpoint_is_404_in_json(self, site: Site, method: str) -> None:
        answer = await site.browser().request(method, "/api/v0/nothing")
        assert answer.status_code == 404
        assert answer.json()["error"]["code"] == "not_found"

    @pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
    @pytest.mark.parametrize("path", ["/settings", "/sign-in", "/health", "/assets/index-1a2b3c.js", "/payouts/cancel"])
    async def test_head_and_options_do_nothing_and_are_guarded(self, site: Site, method: str, path: str) -> None:
        answer = await site.browser().request(method, path)
        assert answer.status_code in (200, 303, 404, 405)
        assert answer.headers["x-content-type-options"] == "nosniff"


class TestBodies:
    @pytest.mark.parametrize(
        "length",
        [
            str(BODY_LIMIT + 1),
            "999999999999999999999",
            "9" * 5000,
            "-1",
            "+5",
            "1e3",
            "0x10",
            "1_000",
            "5, 5",
            "²",
            " ",
        ],
        ids=lambda length: repr(length)[:16],
    )
    async def test_a_length_that_is_too_large_or_no_number_is_refused_unread(self, site: Site, length: str) -> None:
        answer = await site.raw("POST", "/auth/sign-in", headers=[("content-length", length)], body=[b"email=a"])
        assert answer.status == 413
        assert_guarded(answer)

    @pytest.mark.parametrize("path", ["/auth/sign-in", "/auth/forgot-password", "/auth/reset-password", "/chunks"])
    @pytest.mark.parametrize("declared", [None, "5"])
    async def test_a_stream_is_cut_at_the_limit(self, site: Site, path: str, declared: str | None) -> None:
        """Also when the declared length is false; nothing beyond the limit is held in memory."""
        taken = 0

        def endless() -> Any:
            nonlocal taken
            for _ in range(1000):
                taken += 1
                yield b"email=" + b"a" * 4090

        headers = [("content-type", "application/x-www-form-urlencoded")]
        headers += [("content-length", declared)] if declared else []
        answer = await site.raw("POST", path, headers=headers, body=endless())
        assert answer.status == 413
        assert b"64" in answer.body or b"Too Large" in answer.body
        assert_guarded(answer)

    async def test_a_body_at_the_limit_is_read(self, site: Site) -> None:
        body = b"password=" + b"x" * (BODY_LIMIT - 9)
        headers = [("content-type", "application/x-www-form-urlencoded"), ("content-length", str(BODY_LIMIT))]
        assert (await site.raw("POST", "/auth/sign-in", headers=headers, body=[body])).status == 401

    async def test_a_sign_in_that_was_cut_signs_nobody_in(self, site: Site, dana: str) -> None:
        body = f"email=dana@harborleads.example&password={PASSWORD}&x=".encode() + b"x" * BODY_LIMIT
        headers = [("content-type", "application/x-www-form-urlencoded")]
        answer = await site.raw("POST", "/auth/sign-in", headers=headers, body=[body])
        assert answer.status == 413
        assert "set-cookie" not in answer.headers


async def handshake(
    site: Site, headers: list[tuple[str, str]], *, query: bytes = b"token=x"
) -> tuple[list[Any], list[Any]]:
    """Open a socket; return what came back, and what the app behind the edge received."""
    reached: list[Any] = []
    messages: list[Any] = []

    async def inside(scope: Any, _receive: Any, send: Any) -> None:
        reached.extend(scope["headers"])
        await send({"type": "websocket.accept"})

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        messages.append(message)

    sent = [(b"host", site.config.host.encode()), *((k.encode(), v.encode("latin-1")) for k, v in headers)]
    scope = {"type": "websocket", "path": "/_event", "headers": sent, "query_string": query}
    await asyncio.wait_for(Edge(inside, site.config, site.build)(scope, receive, send), 5)
    return messages, reached


async def test_whoever_leaves_in_the_middle_of_a_body_is_no_error_of_ours(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    messages = iter([{"type": "http.request", "body": b"email=", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"origin", OURS.encode()), (b"content-type", b"application/x-www-form-urlencoded")]
    scope = {"type": "http", "method": "POST", "path": "/auth/sign-in", "query_string": b"", "headers": headers}
    await Edge(routes(), site.config, site.build)(scope, receive, send)
    assert sent[0]["status"] == 499
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
