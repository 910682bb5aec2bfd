"""The password reset link: its token never stays in a page's address, which windows report to the server."""

import re

import pytest

from settings_ui.bootstrap import Services
from settings_ui.services.account.password import RESET_PATH
from tests.http.conftest import EMAIL, add_dana
from tests.http.site import Site, assert_guarded
from tests.http.test_sign_in import sign_in
from tests.state.people import everything
from tests.support import link_token, mails

NEW = "plum ladder seventeen fog"


async def token_of(services: Services, site: Site) -> str:
    """Return the token from the mail."""
    await site.browser().post("/auth/forgot-password", data={"email": EMAIL})
    return link_token(mails(services, EMAIL)[-1].body, RESET_PATH)


@pytest.mark.usefixtures("dana")
async def test_opening_it_leads_to_the_page_without_the_token(services: Services, site: Site) -> None:
    """A page's window reports its address to the server, which stores it in the window's state."""
    token = await token_of(services, site)
    answer = await site.raw("GET", RESET_PATH, query=f"token={token}".encode())
    assert (answer.status, answer.headers["location"]) == (303, "/reset-password")
    assert answer.headers["cache-control"] == "no-store"
    assert_guarded(answer)


@pytest.mark.usefixtures("dana")
async def test_the_token_is_kept_for_its_hour_and_for_its_address_only(services: Services, site: Site) -> None:
    answer = await site.browser().get(RESET_PATH, params={"token": await token_of(services, site)})
    assert re.fullmatch(
        rf"reset=[\w.-]+; HttpOnly; Max-Age=3600; Path={RESET_PATH}; SameSite=strict", answer.headers["set-cookie"]
    )


async def test_over_https_it_never_travels_in_the_clear(secure_services: Services, secure_site: Site) -> None:
    add_dana(secure_services)
    answer = await secure_site.browser().get(RESET_PATH, params={"token": await token_of(secure_services, secure_site)})
    assert answer.headers["set-cookie"].startswith("__Secure-reset=")
    assert answer.headers["set-cookie"].endswith("; Secure")


@pytest.mark.usefixtures("dana")
async def test_the_form_needs_no_token_then_and_the_browser_forgets_it(services: Services, site: Site) -> None:
    """Also without JavaScript, since the browser sends the cookie."""
    browser = site.browser()
    await browser.get(RESET_PATH, params={"token": await token_of(services, site)})
    assert (await browser.post(RESET_PATH, data={"new_password": "short"})).status_code == 422
    done = await browser.post(RESET_PATH, data={"new_password": NEW})
    assert done.status_code == 200
    assert re.match(r'reset=""; .*Max-Age=0', done.headers["set-cookie"])
    assert (await browser.post(RESET_PATH, data={"new_password": NEW})).status_code == 404
    assert (await sign_in(site.browser(), password=NEW)).status_code == 303


@pytest.mark.parametrize(
    "token",
    ["", "x" * 1001, "a b", "a;b", 'a"b', "a\r\nSet-Cookie: session=evil", "é", "\0", "\u202e", "a,b", "a=b"],
    ids=repr,
)
async def test_what_is_no_token_is_not_kept(services: Services, site: Site, token: str) -> None:
    before = everything(services.database)
    answer = await site.browser().get(RESET_PATH, params={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/reset-password")
    assert "set-cookie" not in answer.headers
    assert everything(services.database) == before
