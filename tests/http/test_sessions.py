"""Session cookies: when they are valid, when they end, and what must not confuse them."""

import pytest

from settings_ui.bootstrap import Services
from tests.http.conftest import add_dana
from tests.http.site import Site, session_in
from tests.http.test_sign_in import is_open, sign_in
from tests.support import FakeClock, open_session


class TestSessions:
    async def test_signing_in_ends_the_session_that_the_browser_had(
        self, services: Services, site: Site, cookie: str
    ) -> None:
        """Prevents session fixation: the new session has a new token, so a planted cookie is worthless."""
        answer = await sign_in(site.browser(cookie))
        assert session_in(answer) not in ("", cookie)
        assert not is_open(services, cookie)

    @pytest.mark.usefixtures("dana")
    async def test_a_planted_cookie_does_not_become_the_session(self, services: Services, site: Site) -> None:
        planted = "planted-by-someone-before-the-sign-in"
        answer = await sign_in(site.browser(planted))
        assert session_in(answer) != planted
        assert not is_open(services, planted)

    async def test_a_refused_sign_in_leaves_the_session_as_it_is(
        self, services: Services, site: Site, cookie: str
    ) -> None:
        await sign_in(site.browser(cookie), password="not the password")
        assert is_open(services, cookie)

    async def test_an_idle_week_and_a_month_end_it(self, site: Site, cookie: str, clock: FakeClock) -> None:
        browser = site.browser(cookie)
        for _ in range(5):
            clock.tick(days=5)
            assert (await browser.get("/settings")).status_code == 200
        clock.tick(days=5)
        assert (await browser.get("/settings")).status_code == 303

    @pytest.mark.parametrize(
        "header",
        [
            "session=",
            "session=short",
            "session=" + "x" * 5000,
            "session=\xff\xfe" + "x" * 40,
            'session="' + "x" * 40,
            "session",
            "=session",
            ";;;",
            "session=a; session=b",
            "SESSION={cookie}",
            "__Host-session={cookie}",
            "$Version=1; session=x",
            "Session={cookie}",
        ],
        ids=repr,
    )
    async def test_a_cookie_that_is_none_of_ours_is_nobody(self, site: Site, cookie: str, header: str) -> None:
        given = header.replace("{cookie}", cookie)
        answer = await site.raw("GET", "/settings", headers=[("cookie", given)])
        assert answer.status == 303
        assert answer.headers["location"].startswith("/sign-in")

    @pytest.mark.parametrize(
        "header",
        [
            "session={cookie}",
            "theme=dark; session={cookie}; a=b",
            'settings={{"a": [1, 2]}}; session={cookie}',
            "list[]=1; session={cookie}",
            "кука=да; session={cookie}".encode().decode("latin-1"),
            "a=b=c; path=/; session={cookie}; domain=x; expires=never",
            "session={cookie}; broken",
        ],
        ids=repr,
    )
    async def test_cookies_of_others_do_not_sign_one_out(self, site: Site, cookie: str, header: str) -> None:
        """On a shared host name, other ports and other software set cookies of any format."""
        given = header.replace("{cookie}", cookie).replace("{{", "{").replace("}}", "}")
        assert (await site.raw("GET", "/settings", headers=[("cookie", given)])).status == 200

    async def test_a_cookie_split_over_two_headers_counts(self, site: Site, cookie: str) -> None:
        """HTTP/2 allows this."""
        headers = [("cookie", "theme=dark"), ("cookie", f"session={cookie}")]
        assert (await site.raw("GET", "/settings", headers=headers)).status == 200

    @pytest.mark.parametrize("others", [["theme=dark"], ["theme=dark", "session=" + "x" * 43]], ids=repr)
    async def test_however_it_is_split_files_and_signing_out_are_of_whom_the_page_shows(
        self, services: Services, site: Site, cookie: str, others: list[str]
    ) -> None:
        """A page of one person with the files of another, or a sign-out that ends nothing, would be worse than none."""
        headers = [("cookie", other) for other in [*others, f"session={cookie}"]]
        for path, status in (("/settings", 200), ("/support/attachments/no-such-file", 404)):
            assert (await site.raw("GET", path, headers=headers)).status == status
        assert (await site.raw("POST", "/auth/sign-out", headers=headers)).status == 303
        assert not is_open(services, cookie)

    async def test_over_https_only_the_guarded_name_counts(
        self, secure_services: Services, secure_site: Site, clock: FakeClock
    ) -> None:
        token = open_session(secure_services, add_dana(secure_services), clock)
        for name, status in (("session", 303), ("__Host-session", 200)):
            answer = await secure_site.raw("GET", "/settings", headers=[("cookie", f"{name}={token}")])
            assert answer.status == status
