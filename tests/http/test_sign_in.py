"""Signing in and out over HTTP: statuses, cookies, and redirects."""

import re

import httpx
import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.models import User, UserSession
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.sign_in import PER_ACCOUNT, WRONG
from tests.http.conftest import EMAIL, add_dana
from tests.http.site import Site, session_in
from tests.support import PASSWORD, add_user

JSON = {"accept": "application/json"}


async def sign_in(
    browser: httpx.AsyncClient, *, email: str = EMAIL, password: str = PASSWORD, next: str = "", json: bool = False
) -> httpx.Response:
    """Submit the form, as a page or a program does."""
    body = {"email": email, "password": password, "next": next}
    return await browser.post("/auth/sign-in", data=body, headers=JSON if json else {})


def is_open(services: Services, token: str) -> bool:
    """Whether the session of this cookie is still valid."""
    return services.account.access.actor(token_digest(token)) is not None


@pytest.mark.usefixtures("dana")
class TestSigningIn:
    async def test_the_form_leads_to_the_page_that_was_asked_for(self, services: Services, site: Site) -> None:
        answer = await sign_in(site.browser(), next="/settings?tab=payouts")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/settings?tab=payouts"
        assert is_open(services, session_in(answer))

    async def test_a_program_is_told_where_to_go(self, services: Services, site: Site) -> None:
        answer = await sign_in(site.browser(), next="/settings?tab=payouts", json=True)
        assert answer.status_code == 200
        assert answer.json() == {"data": {"next": "/settings?tab=payouts"}}
        assert is_open(services, session_in(answer))

    async def test_over_http_the_cookie_is_for_this_site_and_no_script(self, site: Site) -> None:
        answer = await sign_in(site.browser())
        assert re.fullmatch(
            r"session=[\w-]{43}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax", answer.headers["set-cookie"]
        )

    async def test_over_https_the_cookie_never_travels_in_the_clear(
        self, secure_services: Services, secure_site: Site
    ) -> None:
        """`__Host-`: neither a subdomain nor plain http can set a cookie of this name."""
        add_dana(secure_services)
        answer = await sign_in(secure_site.browser())
        assert re.fullmatch(
            r"__Host-session=[\w-]{43}; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax; Secure",
            answer.headers["set-cookie"],
        )

    async def test_only_the_digest_of_the_cookie_is_kept(self, services: Services, site: Site) -> None:
        token = session_in(await sign_in(site.browser()))
        with services.database.read() as session:
            kept = session.exec(select(UserSession)).one()
        assert kept.token_digest == token_digest(token)
        assert token not in repr(kept)

    async def test_every_refusal_is_the_same(self, services: Services, site: Site) -> None:
        """Unknown, wrong, disabled, without a business: nobody learns who has an account, without its password."""
        disabled, alone = "disabled@harborleads.example", "alone@harborleads.example"
        add_user(services, alone)
        with services.database.write() as session:
            session.get_one(User, add_user(services, disabled)).disabled_at = services.clock.now()
        said = set()
        for email, password in [
            (EMAIL, "not the password"),
            ("nobody@harborleads.example", PASSWORD),
            (disabled, PASSWORD),
            (alone, "not the password"),
            ("", ""),
            ("no address", PASSWORD),
        ]:
            answer = await sign_in(site.browser(), email=email, password=password, json=True)
            said.add((answer.status_code, answer.text, "set-cookie" in answer.headers))
        assert said == {
            (401, f'{{"error":{{"code":"unauthenticated","message":"{WRONG}","field":"password"}}}}', False)
        }

    async def test_a_person_without_script_reads_the_refusal_on_a_page(self, site: Site) -> None:
        answer = await sign_in(site.browser(), password="not the password")
        assert answer.status_code == 401
        assert answer.headers["content-type"].startswith("text/html")
        assert WRONG in answer.text
        assert "not the password" not in answer.text
        assert EMAIL not in answer.text

    @pytest.mark.parametrize("json", [True, False])
    async def test_too_many_tries_say_how_long_to_wait(self, site: Site, json: bool) -> None:
        browser = site.browser()
        for _ in range(PER_ACCOUNT.times):
            assert (await sign_in(browser, password="not the password", json=json)).status_code == 401
        answer = await sign_in(browser, json=json)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["retry-after"]) <= PER_ACCOUNT.within_s
        assert "Too many attempts. Try again in 15 minutes." in answer.text

    async def test_the_same_address_in_other_letters_shares_the_limit(self, site: Site) -> None:
        browser = site.browser()
        for spelling in [EMAIL, EMAIL.upper(), f"  {EMAIL}", EMAIL.title(), EMAIL.replace("a", "\uff41")] * 2:
            assert (await sign_in(browser, email=spelling, password="wrong")).status_code == 401
        assert (await sign_in(browser)).status_code == 429

    @pytest.mark.parametrize(
        ("email", "password"),
        [
            (EMAIL + "\0", PASSWORD),
            (EMAIL, PASSWORD + "\0"),
            (EMAIL, "x" * 60_000),
            ("x" * 60_000, PASSWORD),
            ("\ufdfa" * 300 + EMAIL, PASSWORD),
            (EMAIL, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1")),
            ("<script>alert(1)</script>", "' OR 1=1 --"),
        ],
        ids=["NUL in the email", "NUL in the password", "long", "long email", "expanding", "surrogate", "markup"],
    )
    async def test_whatever_is_typed_is_only_wrong(self, site: Site, email: str, password: str) -> None:
        assert (await sign_in(site.browser(), email=email, password=password, json=True)).status_code == 401

    @pytest.mark.parametrize(
        ("content", "kind", "status"),
        [
            (b"", "", 401),
            (b'{"email": "dana@harborleads.example"}', "application/json", 401),
            (b"email=a&email=b&password=c", "application/x-www-form-urlencoded", 401),
            (b"%ff%fe=%00&email=%ff", "application/x-www-form-urlencoded", 401),
            (b"email=a", "application/x-www-form-urlencoded; charset=no-such-thing", 401),
            (b"&".join(b"f%d=1" % n for n in range(50)), "application/x-www-form-urlencoded", 400),
            (b"--x\r\nnonsense", "multipart/form-data; boundary=x", 401),
            (b"--x\r\n", "multipart/form-data", 400),
            (
                b'--x\r\nContent-Disposition: form-data; name="password"; filename="a"\r\n\r\nhi\r\n--x--\r\n',
                "multipart/form-data; boundary=x",
                400,
            ),
        ],
        ids=["empty", "JSON", "twice", "bytes", "charset", "many fields", "broken", "no boundary", "a file"],
    )
    async def test_a_body_that_is_no_form_signs_nobody_in(
        self, site: Site, content: bytes, kind: str, status: int
    ) -> None:
        answer = await site.browser().post("/auth/sign-in", content=content, headers={"content-type": kind})
        assert answer.status_code == status
        assert "set-cookie" not in answer.headers

    @pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"])
    @pytest.mark.parametrize("path", ["/auth/sign-in", "/auth/sign-out"])
    async def test_only_a_post_signs_in_or_out(
        self, services: Services, site: Site, cookie: str, method: str, path: str
    ) -> None:
        answer = await site.browser(cookie).request(method, path)
        assert answer.status_code in (404, 405)
        assert "set-cookie" not in answer.headers
        assert is_open(services, cookie)


class TestSigningOut:
    async def test_it_ends_the_session_and_takes_the_cookie(self, services: Services, site: Site, cookie: str) -> None:
        browser = site.browser(cookie)
        answer = await browser.post("/auth/sign-out")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/sign-in"
        assert re.match(r'session=""; .*Max-Age=0', answer.headers["set-cookie"])
        assert not is_open(services, cookie)

    async def test_the_cookie_of_someone_who_signed_out_opens_nothing(self, site: Site, cookie: str) -> None:
        """Even if the cookie was copied before."""
        await site.browser(cookie).post("/auth/sign-out")
        thief = site.browser(cookie)
        assert (await thief.get("/settings")).headers["location"].startswith("/sign-in?next=")
        assert (await thief.get("/avatars/ava_aaaaaaaaaaaaaaaaaaaaaaaa-64.webp")).status_code in (401, 404)
        assert (await thief.get("/calls.csv")).status_code == 401

    @pytest.mark.parametrize("given", ["", "nobody-was-ever-given-this-cookie"])
    async def test_it_is_the_same_for_who_is_not_signed_in(self, site: Site, given: str) -> None:
        answer = await site.browser(given).post("/auth/sign-out")
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
