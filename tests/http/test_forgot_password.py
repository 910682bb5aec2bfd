"""Forgotten passwords over HTTP: the same answer for everyone, and the way from the form through the mail to signing
in."""

import re
import statistics
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from settings_ui.bootstrap import Services, build, using
from settings_ui.gateways.limiter import MovingWindowLimiter
from settings_ui.gateways.ports import Limit
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.password import PER_NETWORK, RESET_PATH
from tests.http.conftest import EMAIL
from tests.http.site import Answer, Site, telling
from tests.http.test_edge import FOREIGN, assert_guarded
from tests.support import PASSWORD, FakeClock, KeptMail, add_user, link_token, mails

ASK, SET = "/auth/forgot-password", "/auth/reset-password"
JSON = {"accept": "application/json"}
NEW = "plum ladder seventeen fog"
STRANGERS = ["nobody@example.com", "gone@example.com", "d\u0131na@harborleads.example", "", "dana", "\0", "x" * 30_000]


async def ask(site: Site, email: str = EMAIL, *, address: str = "192.0.2.7", json: bool = False) -> httpx.Response:
    return await site.browser(address=address).post(ASK, data={"email": email}, headers=JSON if json else {})


async def reset(site: Site, token: str, new: str = NEW, cookie: str = "", **headers: str) -> httpx.Response:
    return await site.browser(cookie, **headers).post(SET, data={"token": token, "new_password": new})


async def sign_in(site: Site, password: str) -> int:
    answer = await site.browser().post("/auth/sign-in", data={"email": EMAIL, "password": password})
    return answer.status_code


def asked(services: Services) -> list[str]:
    """Return the tokens of the links waiting in the outbox."""
    waiting = [mail for mail in mails(services) if mail.subject == "Set a new password"]
    return [link_token(mail.body, RESET_PATH) for mail in waiting]


async def test_from_the_form_through_the_mail_to_a_sign_in_with_the_new_password(
    services: Services, site: Site, dana: str, cookie: str
) -> None:
    """The link leads to our page, whose form posts the token back."""
    answer = await ask(site, "DANA@harborleads.example ")
    assert answer.status_code == 200
    assert "we sent a link to it" in answer.text
    await services.outbox.deliver_due()
    mailer = services.outbox._mailer
    assert isinstance(mailer, KeptMail)
    [mail] = mailer.sent
    assert mail.recipient == EMAIL
    [link] = re.findall(r"http://localhost:8000\S+", mail.body)
    browser = site.browser()
    page = await browser.get(link, follow_redirects=True)
    assert page.status_code == 200
    done = await browser.post(SET, data={"token": "", "new_password": NEW})
    assert done.status_code == 200
    assert "Password changed" in done.text
    assert (await sign_in(site, PASSWORD), await sign_in(site, NEW)) == (401, 303)
    assert services.account.access.actor(token_digest(cookie)) is None


@pytest.mark.usefixtures("dana")
@pytest.mark.parametrize("json", [True, False])
async def test_the_answer_is_the_same_for_every_address(services: Services, site: Site, json: bool) -> None:
    """Status, headers and body: nobody learns who has an account."""
    add_user(services, "gone@example.com")
    answers = {
        (answer.status_code, str(sorted(telling(answer.headers))), answer.text)
        for answer in [await ask(site, email, json=json) for email in [EMAIL, *STRANGERS]]
    }
    assert len(answers) == 1
    [(status, _, text)] = answers
    assert status == 200
    assert "If an account has this email" in text
    assert len(asked(services)) == 2, "also for who belongs to no business: an invitation may bring them back"


@pytest.mark.usefixtures("dana")
async def test_the_answer_stays_the_same_when_limits_are_reached(services: Services, site: Site) -> None:
    first = await ask(site)
    for number in range(PER_NETWORK.times + 5):
        answer = await ask(site, EMAIL if number < 4 else f"nobody{number}@example.com")
        assert (answer.status_code, answer.text) == (first.status_code, first.text)
    assert len(asked(services)) == 3


class Order(MovingWindowLimiter):
    """A limiter that notes its first call, which is where the work starts."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []

    def count(self, limit: Limit, *key: str) -> bool:
        self.events.append("worked")
        return super().count(limit, *key)


@pytest.fixture
def order() -> Order:
    return Order()


@pytest.fixture
def watched(services: Services, clock: FakeClock, order: Order) -> Iterator[Services]:
    """Services on the same database whose limiter notes the order of events."""
    built = build(services.config, clock=clock, mailer=KeptMail(), limiter=order)
    with using(built):
        yield built
    built.database.close()


@pytest.mark.usefixtures("dana")
@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
async def test_the_answer_leaves_before_anything_is_looked_up(watched: Services, order: Order, email: str) -> None:
    """So the response time cannot reveal an account."""
    await answered(Site(watched), order, email)
    assert order.events[:2] == ["answered", "worked"]


@pytest.mark.usefixtures("dana")
async def test_the_answer_takes_as_long_for_everyone(watched: Services, order: Order) -> None:
    """Medians of thirty interleaved measurements each; even a single database query would show."""
    site, took = Site(watched), {EMAIL: [], "nobody@example.com": []}  # type: ignore[var-annotated]
    for _ in range(30):
        for email, times in took.items():
            times.append(await answered(site, order, email))
    faster, slower = sorted(statistics.median(times) for times in took.values())
    assert slower < 2 * faster


async def answered(site: Site, order: Order, email: str) -> float:
    """Send the form and return the seconds until the answer was complete."""
    start, end = time.perf_counter(), 0.0
    body = f"email={email}".encode()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal end
        if message["type"] == "http.response.body" and not message.get("more_body"):
            end = time.perf_counter()
            order.events.append("answered")

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": ASK, "query_string": b"", "root_path": "", "client": ("192.0.2.7", 50000),
        "headers": [(b"host", b"localhost:8000"), (b"content-type", b"application/x-www-form-urlencoded")],
    }  # fmt: skip
    await site.app(scope, receive, send)
    assert end
    return end - start


@pytest.mark.usefixtures("dana")
async def test_a_link_is_good_once_and_for_an_hour(services: Services, site: Site, clock: FakeClock) -> None:
    await ask(site)
    await ask(site)
    first, second = asked(services)
    clock.tick(hours=1, seconds=1)
    assert (await reset(site, first)).status_code == 410
    clock.tick(seconds=-2)
    assert (await reset(site, first)).status_code == 200
    for used in (first, second):
        again = await reset(site, used, f"{NEW} again")
        assert again.status_code == 410
        assert "Request a new one" in again.text
    assert await sign_in(site, NEW) == 303


@pytest.mark.usefixtures("dana")
async def test_a_password_that_may_not_be_set_is_422_and_the_link_stays_good(services: Services, site: Site) -> None:
    await ask(site)
    [token] = asked(services)
    for weak in ("", "fourteen chars", "x" * 1001, "manchesterunited", EMAIL, f"{NEW}\0"):
        answer = await reset(site, token, weak, **JSON)
        assert (answer.status_code, answer.json()["error"]["field"]) == (422, "new_password")
        assert NEW not in answer.text
    assert (await reset(site, token)).status_code == 200


@pytest.mark.usefixtures("dana")
async def test_forged_and_absent_tokens_are_404(services: Services, site: Site) -> None:
    await ask(site)
    [token] = asked(services)
    for wrong in ("", "x", token[:-1], f"{token}x", token.swapcase(), "\0", "é" * 50, "x" * 60_000):
        assert (await reset(site, wrong)).status_code == 404
    assert (await site.browser().post(SET)).status_code == 404
    assert (await site.browser().post(SET, params={"token": token}, data={"new_password": NEW})).status_code == 404
    assert await sign_in(site, PASSWORD) == 303


@pytest.mark.usefixtures("dana")
async def test_opening_the_link_changes_nothing(services: Services, site: Site) -> None:
    """Mail scanners open links too."""
    await ask(site)
    [token] = asked(services)
    for method in ("GET", "HEAD", "OPTIONS"):
        await site.browser().request(method, RESET_PATH, params={"token": token})
        await site.browser().request(method, SET, params={"token": token, "new_password": NEW})
    assert (await reset(site, token)).status_code == 200


@pytest.mark.parametrize("path", [ASK, SET])
@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: str(headers)[:40])
async def test_no_other_site_may_post_there(site: Site, dana: str, path: str, headers: dict[str, str]) -> None:
    answer = await site.raw("POST", path, headers=headers.items(), body=[f"email={EMAIL}".encode()])
    assert answer.status == 403


@pytest.mark.usefixtures("dana")
async def test_whoever_resets_is_not_signed_in_by_it(services: Services, site: Site) -> None:
    """Reading the mail is not enough: the new password has to be typed, and the link alone opens no session."""
    await ask(site)
    answer = await reset(site, asked(services)[0])
    assert "set-cookie" not in answer.headers


@pytest.mark.usefixtures("dana")
async def test_answers_are_kept_by_nobody(services: Services, site: Site) -> None:
    await ask(site)
    for answer in (await ask(site), await reset(site, "forged"), await reset(site, asked(services)[0])):
        assert_guarded(Answer(answer.status_code, answer.headers, answer.content))
        assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("email", [b"\xff\xfe", b"%ff%fe", b"a" * 70_000, b"&&&=&email=", b"email[]=x"], ids=len)
async def test_bodies_that_are_no_form_crash_nothing(site: Site, email: bytes) -> None:
    headers = [("content-type", "application/x-www-form-urlencoded")]
    answer = await site.raw("POST", ASK, headers=headers, body=[b"email=" + email])
    assert answer.status in (200, 400, 413)


@pytest.mark.parametrize(
    "kind", ["multipart/form-data", "multipart/form-data; boundary=x", "application/json", "text/plain"]
)
async def test_other_kinds_of_bodies_crash_nothing(site: Site, kind: str) -> None:
    answer = await site.raw("POST", ASK, headers=[("content-type", kind)], body=[b'--x\r\n{"email": "x"'])
    assert answer.status in (200, 400)
