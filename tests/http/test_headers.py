"""Headers that every answer carries, whichever layer it comes from."""

import pytest

from settings_ui.bootstrap import Services
from tests.http.site import Answer, Site, assert_guarded
from tests.support import FakeClock, open_session


class TestHeaders:
    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/settings", 200),
            ("GET", "/", 303),
            ("GET", "/nowhere", 404),
            ("GET", "/crash", 500),
            ("POST", "/crash", 500),
            ("GET", "/health", 200),
            ("GET", "/auth/sign-in", 404),
            ("POST", "/auth/sign-in", 401),
            ("POST", "/auth/sign-out", 303),
            ("GET", "/payouts/cancel", 404),
            ("GET", "/assets/index-1a2b3c.js", 200),
            ("GET", "/assets/gone.js", 404),
            ("GET", "/switchboard.css", 200),
            ("GET", "/chunks", 200),
            ("GET", "/avatars/x.png", 404),
            ("GET", "/calls.csv", 200),
            ("HEAD", "/settings", 405),
        ],
    )
    async def test_every_kind_of_answer_has_them(
        self, site: Site, cookie: str, method: str, path: str, status: int
    ) -> None:
        answer = await site.browser(cookie).request(method, path)
        if method != "HEAD":
            assert answer.status_code == status
        assert_guarded(Answer(answer.status_code, answer.headers, answer.content))

    async def test_an_error_of_ours_keeps_its_words_to_the_log(self, site: Site) -> None:
        answer = await site.browser().get("/crash")
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text

    async def test_an_error_of_ours_is_a_page_to_people_that_names_the_request(self, site: Site) -> None:
        answer = await site.browser().get("/crash", headers={"Accept": "text/html,application/xhtml+xml"})
        assert answer.status_code == 500
        assert "<h1" in answer.text
        assert f"It is {answer.headers['x-request-id']}." in answer.text

    async def test_over_https_browsers_are_told_to_stay_there(
        self, secure_site: Site, site: Site, secure_services: Services, clock: FakeClock
    ) -> None:
        value = (await secure_site.browser().get("/sign-in")).headers["strict-transport-security"]
        assert value == "max-age=31536000; includeSubDomains"

    async def test_over_http_nothing_is_promised(self, site: Site) -> None:
        assert "strict-transport-security" not in (await site.browser().get("/sign-in")).headers

    async def test_a_page_sets_no_header_that_the_edge_then_repeats(self, site: Site) -> None:
        answer = await site.raw("GET", "/sign-in")
        names = [name for name, _ in answer.headers.multi_items()]
        assert len(names) == len(set(names))

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            ("/assets/index-1a2b3c.js", "public, max-age=31536000, immutable"),
            ("/assets/gone.js", "no-cache"),
            ("/switchboard.css", "no-cache"),
            ("/settings", "no-store"),
            ("/sign-in", "no-store"),
            ("/health", "no-store"),
            ("/api/v0/nothing", "no-store"),
            ("/payouts/cancel", "no-store"),
            ("/calls.csv", "no-store"),
        ],
    )
    async def test_only_what_never_changes_is_kept(
        self, services: Services, site: Site, dana: str, clock: FakeClock, path: str, value: str
    ) -> None:
        """A page may contain a name or a balance, so it is not cached. Assets have a digest in their name."""
        signed_in = "" if path == "/sign-in" else open_session(services, dana, clock)
        assert (await site.browser(signed_in).get(path)).headers["cache-control"] == value
