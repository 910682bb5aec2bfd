"""Sign-in links over HTTP: the same answer for everyone, and a cookie that is sent only when signing in."""

import httpx
import pytest

from settings_ui.bootstrap import Services
from settings_ui.services.account.sign_in_link import LINK_PATH
from tests.http.conftest import EMAIL
from tests.http.site import Site
from tests.support import PASSWORD, link_token, mails


async def sign_in(site: Site, password: str, cookie: str = "") -> httpx.Response:
    browser = site.browser(address="198.51.100.7")
    headers = {"cookie": cookie} if cookie else {}
    return await browser.post("/auth/sign-in", data={"email": EMAIL, "password": password}, headers=headers)


async def test_from_the_form_through_the_mail_to_a_sign_in_while_others_guess(
    services: Services, site: Site, dana: str
) -> None:
    for _ in range(10):
        await sign_in(site, "wrong")
    assert (await sign_in(site, PASSWORD)).status_code == 429
    answers = [
        await site.browser().post(LINK_PATH, data={"email": email}, headers={"accept": "application/json"})
        for email in (EMAIL, "nobody@example.com")
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, answers[0].text)}
    [mail] = mails(services)
    opened = await site.browser().get(f"{LINK_PATH}?token={link_token(mail.body, LINK_PATH)}")
    assert (opened.status_code, opened.headers["location"]) == (303, "/sign-in")
    kept = opened.headers["set-cookie"]
    assert all(part in kept for part in ("HttpOnly", "Path=/auth/sign-in;", "SameSite=strict", "Max-Age=3600"))
    assert (await sign_in(site, "wrong", kept.partition(";")[0])).status_code == 401
    assert (await sign_in(site, PASSWORD, kept.partition(";")[0])).status_code == 303


@pytest.mark.parametrize("token", ["", "a b", "x" * 1001])
async def test_what_is_no_token_is_not_kept(site: Site, token: str) -> None:
    opened = await site.browser().get(LINK_PATH, params={"token": token})
    assert "set-cookie" not in opened.headers
