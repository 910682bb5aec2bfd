"""Pages behind mail links: opening one only asks, its button acts, and tokens cannot be forged."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.http.plain_page import PlainField, PlainForm, plain_page
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.login_email import REVERT, REVERT_PATH, VERIFY, VERIFY_PATH
from settings_ui.services.payouts.mail import CANCEL, CANCEL_PATH, CONFIRM, CONFIRM_PATH
from tests.http.conftest import EMAIL
from tests.http.site import Site, assert_guarded
from tests.state.people import everything
from tests.support import PASSWORD, FakeClock, add_business, add_user, join, link_token, mails, open_session

PURPOSES = {CANCEL_PATH: CANCEL, CONFIRM_PATH: CONFIRM, VERIFY_PATH: VERIFY, REVERT_PATH: REVERT}
PATHS = list(PURPOSES)
MARKUP = "<script>alert(1)</script> & \"Sons' <img src=x>"
NEW = "o'hara&sons@harborleads.example"


@dataclass(frozen=True)
class Linked:
    """A user who was sent each kind of link, with the tokens by path."""

    user_id: str
    cookie: str
    tokens: dict[str, str]


@pytest.fixture
def linked(services: Services, clock: FakeClock) -> Linked:
    """A user in a business whose name contains markup, who saved a PayPal email and changed the login email."""
    user_id = add_user(services, EMAIL, MARKUP)
    join(services, user_id, add_business(services, MARKUP, pay_per_call=True), Role.OWNER)
    cookie = open_session(services, user_id, clock)
    actor = services.account.access.actor(token_digest(cookie))
    assert actor
    services.payouts.destinations.save(actor, NEW, PASSWORD)
    services.account.login_email.change(actor, NEW, PASSWORD)
    text = "\n".join(mail.body for mail in mails(services))
    return Linked(user_id, cookie, {path: link_token(text, path) for path in PATHS})


def test_every_link_that_a_mail_has_is_tested_here(services: Services, linked: Linked) -> None:
    text = "\n".join(mail.body for mail in mails(services))
    assert set(re.findall(r"http://localhost:8000(/[^?\s]+)\?token=", text)) == set(PATHS)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
@pytest.mark.parametrize("path", PATHS)
async def test_opening_a_link_changes_nothing(
    services: Services, site: Site, linked: Linked, path: str, method: str
) -> None:
    """Mail scanners and link previews open links too, sometimes repeatedly."""
    before = everything(services.database)
    for _ in range(3):
        await site.browser().request(method, path, params={"token": linked.tokens[path]})
    assert everything(services.database) == before


@pytest.mark.parametrize("path", PATHS)
async def test_the_page_asks_with_a_button_that_posts_the_token(site: Site, linked: Linked, path: str) -> None:
    """Without JavaScript and without signing in, since the mail may be read on another device."""
    page = await site.browser().get(path, params={"token": linked.tokens[path]})
    form = Form(page.text)
    assert page.status_code == 200
    assert (form.method, form.action, form.fields) == ("post", path, {"token": linked.tokens[path]})


@pytest.mark.parametrize("path", PATHS)
async def test_pressing_the_button_acts_once(services: Services, site: Site, linked: Linked, path: str) -> None:
    """A second press answers 410 and changes nothing. A browser sends our own Origin with the form."""
    before = everything(services.database)
    first = await site.browser().post(path, data={"token": linked.tokens[path]})
    after = everything(services.database)
    second = await site.browser().post(path, data={"token": linked.tokens[path]})
    opened = await site.browser().get(path, params={"token": linked.tokens[path]})
    assert first.status_code == 200
    assert after != before
    assert (second.status_code, opened.status_code) == (410, 410)
    assert everything(services.database) == after


@pytest.mark.parametrize("path", PATHS)
async def test_a_link_that_we_did_not_sign_is_404(services: Services, site: Site, linked: Linked, path: str) -> None:
    good = linked.tokens[path]
    subject = services.payouts.links._links.subject(PURPOSES[path], good)
    others = [token for other, token in linked.tokens.items() if other != path]
    forged = [
        "",
        "x",
        good[:-1],
        good + "x",
        good.swapcase(),
        good.replace(".", "..", 1),
        subject,
        "\0",
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
        "é" * 50,
        "x" * 60_000,
        *others,
    ]
    before = everything(services.database)
    for token in forged:
        asked = await site.browser().get(path, params={"token": token[:30_000]})
        acted = await site.browser().post(path, data={"token": token})
        assert (asked.status_code, acted.status_code) == (404, 404), token[:80]
    assert (await site.browser().get(path)).status_code == 404
    assert (await site.browser().post(path)).status_code == 404
    assert everything(services.database) == before


@pytest.mark.parametrize("path", PATHS)
async def test_a_token_in_the_address_of_a_post_does_not_count(
    services: Services, site: Site, linked: Linked, path: str
) -> None:
    """Only the form's POST body counts, so that a link alone can never act."""
    before = everything(services.database)
    answer = await site.browser().post(path, params={"token": linked.tokens[path]})
    assert answer.status_code == 404
    assert everything(services.database) == before


@pytest.mark.parametrize("path", PATHS)
async def test_names_and_addresses_are_text_on_the_page(site: Site, linked: Linked, path: str) -> None:
    """Even if a business is called `<script>`, the page shows it as text and runs nothing."""
    for answer in (
        await site.browser().get(path, params={"token": linked.tokens[path]}),
        await site.browser().post(path, data={"token": linked.tokens[path]}),
        await site.browser().post(path, data={"token": '"><script>alert(1)</script>'}),
    ):
        page = Form(answer.text)
        assert page.tags.count("script") == 1, "only our own script, which the policy allows by its hash"
        assert "img" not in page.tags
        assert [name for name in page.attributes if name.startswith("on")] == []
        assert "alert(1)" not in page.scripts


async def test_the_cancel_link_is_not_for_whoever_else_is_signed_in(
    services: Services, site: Site, linked: Linked, clock: FakeClock
) -> None:
    """Somebody else's session gets 403 and nothing happens, so the link cannot be used as a trap."""
    other = add_user(services)
    join(services, other, add_business(services), Role.OWNER)
    cookie = open_session(services, other, clock)
    before = everything(services.database)
    asked = await site.browser(cookie).get(CANCEL_PATH, params={"token": linked.tokens[CANCEL_PATH]})
    acted = await site.browser(cookie).post(CANCEL_PATH, data={"token": linked.tokens[CANCEL_PATH]})
    assert (asked.status_code, acted.status_code) == (403, 403)
    assert NEW not in asked.text + acted.text
    assert everything(services.database) == before


async def test_whoever_is_signed_in_as_themselves_may_cancel(site: Site, linked: Linked) -> None:
    answer = await site.browser(linked.cookie).post(CANCEL_PATH, data={"token": linked.tokens[CANCEL_PATH]})
    assert answer.status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("json", [True, False])
async def test_the_page_is_guarded_and_kept_by_nobody(site: Site, linked: Linked, path: str, json: bool) -> None:
    """Its URL contains a token, which neither caches nor other sites (by referrer) may learn."""
    accept = {"accept": "application/json"} if json else {}
    for token in (linked.tokens[path], "forged"):
        answer = await site.raw("GET", path, query=f"token={token}".encode(), headers=accept.items())
        assert_guarded(answer)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "same-origin"


class Form(HTMLParser):
    """Parses a page as a browser does: its one form, and all tags, attributes and scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.method = self.action = self.scripts = ""
        self.fields: dict[str, str] = {}
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        self.attributes.extend(given)
        if tag == "form":
            self.method, self.action = given["method"], given["action"]
        if tag == "input":
            self.fields[given["name"]] = given["value"]

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "script":
            self.scripts += data


def test_a_page_escapes_whatever_it_is_given() -> None:
    """Each value is escaped separately, so callers need not know which ones are untrusted."""
    hostile = "\"'><script>alert(1)</script>&amp;"
    field = PlainField(hostile, hostile, value=hostile, hint=hostile, wrong=hostile)
    form = PlainForm(hostile, hostile, hostile, (field,), account=hostile, wrong=hostile)
    page = Form(plain_page(hostile, hostile, form=form))
    assert (page.action, page.fields) == (hostile, {"token": hostile, "username": hostile, hostile: hostile})
    assert page.tags.count("script") == 1
    assert "alert(1)" not in page.scripts
