"""The `next` parameter of a sign-in: only ever a path of ours, whatever a link says."""

from urllib.parse import urljoin, urlsplit

import pytest

from settings_ui.http.auth import safe_next
from tests.http.conftest import EMAIL
from tests.http.site import Site, session_in
from tests.http.test_sign_in import sign_in
from tests.support import PASSWORD

NEXT_ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "\\/evil.example",
    "https://evil.example",
    "https:evil.example",
    "HTTPS://evil.example/settings",
    "http://[",
    "http://[evil.example/",
    "http:///evil.example",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "/\t/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\n/evil.example",
    "/settings\r\nSet-Cookie: session=evil",
    "/settings\r\n\r\n<script>",
    "/\0/evil.example",
    "/\u2028/evil.example",
    "evil.example",
    "@evil.example",
    "/settings\\..\\..\\evil",
    "/sign-in?next=/sign-in",
    "/auth/sign-out",
    "",
    "\uff0f\uff0fevil.example",
    "http://\u2100.evil.example",
]


@pytest.mark.usefixtures("dana")
class TestWhereOneGoesNext:
    @pytest.mark.parametrize("target", NEXT_ELSEWHERE, ids=repr)
    async def test_never_to_another_site(self, site: Site, cookie: str, target: str) -> None:
        """Neither from the form nor from the sign-in page of somebody already signed in."""
        assert safe_next(target) == "/settings"
        answer = await site.browser(cookie).get("/sign-in", params={"next": target})
        assert (answer.status_code, answer.headers["location"]) == (303, "/settings")

    @pytest.mark.parametrize("json", [True, False])
    @pytest.mark.parametrize("target", NEXT_ELSEWHERE[::6], ids=repr)
    async def test_the_form_asks_the_same_rule(self, site: Site, target: str, json: bool) -> None:
        answer = await sign_in(site.browser(), next=target, json=json)
        assert session_in(answer)
        assert (answer.json()["data"]["next"] if json else answer.headers["location"]) == "/settings"

    @pytest.mark.parametrize(
        ("referer", "leads"),
        [
            ("http://localhost:8000/sign-in?next=%2Fcalls%3Fqualified%3Dyes", "/calls?qualified=yes"),
            ("http://localhost:8000/sign-in?next=%2F%2Fevil.example", "/settings"),
            ("http://localhost:8000/sign-in?next=&next=", "/settings"),
            ("http://[?next", "/settings"),
            ("", "/settings"),
        ],
    )
    async def test_a_form_sent_before_its_script_has_loaded(self, site: Site, referer: str, leads: str) -> None:
        """Without the field, what the URL of its page asks for, by the same rule."""
        form = {"email": EMAIL, "password": PASSWORD}
        answer = await site.browser().post("/auth/sign-in", data=form, headers={"referer": referer})
        assert answer.headers["location"] == leads

    @pytest.mark.parametrize(
        "target",
        [
            "/settings?tab=payouts",
            "/calls?source=Caf%C3%A9&qualified=yes",
            "/dashboard",
            "/a//b",
            "/@evil.example",
            "/;x",
        ],
    )
    async def test_to_any_path_of_ours(self, site: Site, target: str) -> None:
        """Resolved as a browser would."""
        went = urljoin(
            site.config.origin + "/auth/sign-in", (await sign_in(site.browser(), next=target)).headers["location"]
        )
        assert went == site.config.origin + target
        assert urlsplit(went).netloc == site.config.host
