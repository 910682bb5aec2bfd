"""The pages behind the links of a login email change: what they ask and say, and which sessions they end."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.models import User
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.login_email import REVERT_PATH, VERIFY_PATH
from tests.http.conftest import EMAIL
from tests.http.site import Site
from tests.support import PASSWORD, FakeClock, add_user, link_token, mails, open_session

NEW = "dana@northwind.example"
NEWER = "dana@harbor.example"


def change(services: Services, cookie: str, email: str = NEW) -> tuple[str, str]:
    """Change the login email in this session; return the tokens of the verify and revert links."""
    actor = services.account.access.actor(token_digest(cookie))
    assert actor
    before = {mail.id for mail in mails(services)}
    services.account.login_email.change(actor, email, PASSWORD)
    text = "\n".join(mail.body for mail in mails(services) if mail.id not in before)
    return link_token(text, VERIFY_PATH), link_token(text, REVERT_PATH)


async def sign_in(site: Site, email: str) -> int:
    answer = await site.browser().post("/auth/sign-in", data={"email": email, "password": PASSWORD})
    return answer.status_code


async def is_signed_in(site: Site, cookie: str) -> bool:
    return (await site.browser(cookie).get("/settings")).status_code == 200


def login_email(services: Services, user_id: str) -> tuple[str, bool]:
    """Return the login email, and whether it is verified."""
    with services.database.read() as session:
        user = session.get_one(User, user_id)
        return user.email, user.email_verified_at is not None


async def test_after_a_change_the_new_address_signs_in_and_the_old_one_does_not(
    services: Services, site: Site, dana: str, cookie: str
) -> None:
    """Immediately, and the current session stays signed in."""
    change(services, cookie)
    assert (await sign_in(site, EMAIL), await sign_in(site, NEW)) == (401, 303)
    assert await is_signed_in(site, cookie)


async def test_verifying_names_the_address_and_asks_first(
    services: Services, site: Site, dana: str, cookie: str
) -> None:
    token, _ = change(services, cookie)
    page = await site.browser().get(VERIFY_PATH, params={"token": token})
    assert "Verify this address?" in page.text
    assert NEW in page.text
    assert login_email(services, dana) == (NEW, False)
    done = await site.browser().post(VERIFY_PATH, data={"token": token})
    assert f"{NEW} is verified." in done.text
    assert login_email(services, dana) == (NEW, True)


async def test_verifying_an_address_that_was_changed_since_is_gone(
    services: Services, site: Site, dana: str, cookie: str
) -> None:
    token, _ = change(services, cookie)
    change(services, cookie, NEWER)
    answer = await site.browser().post(VERIFY_PATH, data={"token": token})
    assert answer.status_code == 410
    assert "no longer the login email" in answer.text
    assert NEWER not in answer.text, "the reader of the previous mailbox must not learn the newest address"
    assert login_email(services, dana) == (NEWER, False)


async def test_reverting_puts_the_thief_out_and_the_owner_back_in(
    services: Services, site: Site, dana: str, cookie: str, clock: FakeClock
) -> None:
    """The owner's earlier session survives; every session opened since, by the thief, is ended."""
    clock.tick(minutes=1)
    thief = open_session(services, dana, clock)
    _, token = change(services, thief)
    clock.tick(minutes=1)
    another = open_session(services, dana, clock)
    page = await site.browser().get(REVERT_PATH, params={"token": token})
    assert f"Restore {EMAIL}?" in page.text
    assert login_email(services, dana) == (NEW, False)
    done = await site.browser().post(REVERT_PATH, data={"token": token})
    assert done.status_code == 200
    assert f"signs in with {EMAIL} again" in done.text
    assert 'href="/forgot-password">Set a new password</a>' in done.text, "as the email promised"
    assert "set-cookie" not in done.headers
    assert [await is_signed_in(site, one) for one in (cookie, thief, another)] == [True, False, False]
    assert (await sign_in(site, EMAIL), await sign_in(site, NEW)) == (303, 401)


async def test_of_two_changes_the_first_link_restores_the_first_address_and_the_second_is_dead(
    services: Services, site: Site, dana: str, cookie: str, clock: FakeClock
) -> None:
    _, first = change(services, cookie)
    clock.tick(minutes=1)
    _, second = change(services, cookie, NEWER)
    assert (await site.browser().post(REVERT_PATH, data={"token": first})).status_code == 200
    assert login_email(services, dana) == (EMAIL, True)
    for token in (second, first):
        assert (await site.browser().get(REVERT_PATH, params={"token": token})).status_code == 410
        assert (await site.browser().post(REVERT_PATH, data={"token": token})).status_code == 410
    assert login_email(services, dana) == (EMAIL, True)


async def test_after_seven_days_the_link_says_that_it_is_over(
    services: Services, site: Site, dana: str, cookie: str, clock: FakeClock
) -> None:
    _, token = change(services, cookie)
    clock.tick(days=7, seconds=1)
    for answer in (
        await site.browser().get(REVERT_PATH, params={"token": token}),
        await site.browser().post(REVERT_PATH, data={"token": token}),
    ):
        assert answer.status_code == 410
        assert "expired after 7 days" in answer.text
    assert login_email(services, dana) == (NEW, False)


async def test_an_address_that_somebody_else_has_by_now_is_a_conflict(
    services: Services, site: Site, dana: str, cookie: str
) -> None:
    """Possible only by a manual database edit; the page explains it instead of failing."""
    _, token = change(services, cookie)
    add_user(services, EMAIL)
    answer = await site.browser().post(REVERT_PATH, data={"token": token})
    assert answer.status_code == 409
    assert "Another account uses this address now" in answer.text


@pytest.mark.parametrize("path", [VERIFY_PATH, REVERT_PATH])
async def test_a_program_gets_the_refusal_as_json(site: Site, dana: str, path: str) -> None:
    answer = await site.browser(accept="application/json").post(path, data={"token": "forged"})
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"
