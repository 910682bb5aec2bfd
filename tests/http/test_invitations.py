"""The page behind an invitation link: it adds whoever reads the invited address as a member, and signs them in."""

import re

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.models import Membership, User, UserSession
from settings_ui.services.account.access import token_digest
from settings_ui.services.business.invitations import JOIN_PATH
from tests.http.site import Site, session_in
from tests.state.people import everything
from tests.support import PASSWORD, FakeClock, add_business, add_member, add_user, join, link_token, mails, open_session

GOOD = "battery staple horse correct"
PAT = "pat@example.com"


@pytest.fixture
def owner(services: Services, clock: FakeClock) -> Actor:
    """The owner who invites."""
    return add_member(services, add_business(services, "Harbor <Leads>"), Role.OWNER, clock)


@pytest.fixture
def token(services: Services, owner: Actor) -> str:
    """The token of Pat's invitation link."""
    return invite(services, owner)


def invite(services: Services, owner: Actor, role: str = "viewer") -> str:
    services.business.invitations.invite(owner, PAT, role)
    return link_token(mails(services)[-1].body, JOIN_PATH)


def members(services: Services, business: str) -> dict[str, str]:
    with services.database.read() as session:
        query = select(User.email, Membership.role).where(
            Membership.user_id == User.id, Membership.business_id == business
        )
        return dict(session.exec(query).all())


def whose(services: Services, session_token: str) -> tuple[str, str | None]:
    """Return the email address of a session's user, and the business that the session opens in."""
    with services.database.read() as session:
        return session.exec(
            select(User.email, UserSession.business_id).where(
                UserSession.user_id == User.id,
                UserSession.token_digest == token_digest(session_token),
                UserSession.ended_at.is_(None),  # type: ignore[union-attr]
            )
        ).one()


async def test_the_link_leads_to_the_page_without_the_token_in_its_address(site: Site, token: str) -> None:
    browser = site.browser()
    answer = await browser.get(JOIN_PATH, params={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, JOIN_PATH)
    assert re.fullmatch(
        rf"invitation=[\w.-]+; HttpOnly; Max-Age=604800; Path={JOIN_PATH}; SameSite=lax", answer.headers["set-cookie"]
    )
    page = await browser.get(JOIN_PATH)
    assert page.status_code == 200
    assert "Join Harbor &lt;Leads&gt;" in page.text
    assert re.findall(r"<label [^>]*>([^<]*)<", page.text) == ["Full name", "New password"]
    assert ">Join</button>" in page.text
    assert page.headers["cache-control"] == "no-store"


async def test_the_invited_read_their_address_with_its_own_letters(
    services: Services, owner: Actor, site: Site
) -> None:
    services.business.invitations.invite(owner, "pat@bücher.example", "viewer")
    link = link_token(mails(services)[-1].body, JOIN_PATH)
    page = await site.browser().get(JOIN_PATH, params={"token": link}, follow_redirects=True)
    assert "You sign in with pat@bücher.example." in page.text
    assert "xn--" not in page.text


async def test_over_https_the_cookie_never_travels_in_the_clear(
    secure_services: Services, secure_site: Site, clock: FakeClock
) -> None:
    owner = add_member(secure_services, add_business(secure_services), Role.OWNER, clock)
    answer = await secure_site.browser().get(JOIN_PATH, params={"token": invite(secure_services, owner)})
    assert answer.headers["set-cookie"].startswith("__Secure-invitation=")
    assert answer.headers["set-cookie"].endswith("; Secure")


async def test_looking_at_it_changes_nothing(services: Services, site: Site, token: str) -> None:
    """Mail scanners open links too."""
    before = everything(services.database)
    browser = site.browser()
    await browser.get(JOIN_PATH, params={"token": token})
    await browser.get(JOIN_PATH)
    assert everything(services.database) == before


async def test_someone_new_joins_and_is_signed_in_where_they_joined(
    services: Services, site: Site, owner: Actor, token: str
) -> None:
    browser = site.browser()
    await browser.get(JOIN_PATH, params={"token": token})
    answer = await browser.post(JOIN_PATH, data={"name": "Pat Moss", "new_password": GOOD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert members(services, owner.business_id)[PAT] == "viewer"
    assert whose(services, session_in(answer)) == (PAT, owner.business_id)
    assert 'invitation=""' in "".join(answer.headers.get_list("set-cookie"))
    assert (
        await browser.post(JOIN_PATH, data={"token": token, "name": "Eve", "new_password": GOOD})
    ).status_code == 410


@pytest.mark.parametrize(
    ("form", "said", "kept"),
    [
        ({"name": "", "new_password": GOOD}, "Enter a full name.", ""),
        ({"name": "Pat <Moss>", "new_password": "short"}, "15 characters", 'value="Pat &lt;Moss&gt;"'),
        ({"name": "Pat Moss"}, "15 characters", 'value="Pat Moss"'),
    ],
)
async def test_a_refusal_shows_the_form_again_with_what_was_typed_but_no_password(
    services: Services, site: Site, owner: Actor, token: str, form: dict[str, str], said: str, kept: str
) -> None:
    answer = await site.browser().post(JOIN_PATH, data={"token": token} | form)
    assert answer.status_code == 422
    assert said in answer.text
    assert kept in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "short" not in answer.text
    assert PAT not in members(services, owner.business_id)


async def test_an_account_joins_with_its_password_and_keeps_its_name(
    services: Services, site: Site, owner: Actor, token: str
) -> None:
    join(services, add_user(services, PAT, "Pat"), add_business(services), Role.MANAGER)
    browser = site.browser()
    await browser.get(JOIN_PATH, params={"token": token})
    page = await browser.get(JOIN_PATH)
    assert re.findall(r"<label [^>]*>([^<]*)<", page.text) == ["Password"]
    wrong = await site.browser().post(JOIN_PATH, data={"token": token, "password": "wrong"})
    assert (wrong.status_code, session_in(wrong)) == (422, "")
    assert PAT not in members(services, owner.business_id)
    done = await site.browser().post(JOIN_PATH, data={"token": token, "password": PASSWORD})
    assert whose(services, session_in(done)) == (PAT, owner.business_id)
    assert members(services, owner.business_id)[PAT] == "viewer"


async def test_an_account_that_is_signed_in_joins_with_one_click(
    services: Services, site: Site, owner: Actor, token: str, clock: FakeClock
) -> None:
    user, elsewhere = add_user(services, PAT, "Pat"), add_business(services)
    join(services, user, elsewhere, Role.MANAGER)
    cookie = open_session(services, user, clock, elsewhere)
    browser = site.browser(cookie)
    await browser.get(JOIN_PATH, params={"token": token})
    page = await browser.get(JOIN_PATH)
    assert "<label" not in page.text
    done = await browser.post(JOIN_PATH, data={"token": token})
    assert (done.status_code, session_in(done)) == (303, cookie)
    assert whose(services, cookie) == (PAT, owner.business_id)


async def test_the_session_of_somebody_else_is_worth_nothing_and_ends_when_the_invited_joins(
    services: Services, site: Site, owner: Actor, token: str, clock: FakeClock
) -> None:
    """As when the inviting user opens the link in their own browser."""
    add_user(services, PAT, "Pat")
    cookie = open_session(services, owner.user_id, clock, owner.business_id)
    assert (await site.browser(cookie).post(JOIN_PATH, data={"token": token})).status_code == 422
    done = await site.browser(cookie).post(JOIN_PATH, data={"token": token, "password": PASSWORD})
    assert whose(services, session_in(done)) == (PAT, owner.business_id)
    with services.database.read() as session:
        assert session.exec(select(UserSession.ended_at).where(UserSession.token_digest == token_digest(cookie))).one()


async def test_two_invitations_in_one_browser_are_not_mixed_up(
    services: Services, site: Site, owner: Actor, token: str, clock: FakeClock
) -> None:
    """The form joins the business shown on its page, whichever link was opened last."""
    other = add_member(services, add_business(services, "Other"), Role.OWNER, clock)
    browser = site.browser()
    await browser.get(JOIN_PATH, params={"token": token})
    page = await browser.get(JOIN_PATH)
    await browser.get(JOIN_PATH, params={"token": invite(services, other)})
    shown = re.search(r'name="token" value="([^"]+)"', page.text)
    assert shown
    await browser.post(JOIN_PATH, data={"token": shown[1], "name": "Pat", "new_password": GOOD})
    assert PAT in members(services, owner.business_id)
    assert PAT not in members(services, other.business_id)


@pytest.mark.parametrize("token", ["", "x" * 1001, "a b", "a;b", "a\r\nSet-Cookie: session=evil", "é", "\0"], ids=repr)
async def test_what_is_no_token_opens_nothing(services: Services, site: Site, token: str) -> None:
    before = everything(services.database)
    answer = await site.browser().get(JOIN_PATH, params={"token": token})
    assert answer.status_code == 404
    assert "set-cookie" not in answer.headers
    posted = await site.browser().post(JOIN_PATH, data={"token": token, "name": "Eve", "new_password": GOOD})
    assert (posted.status_code, session_in(posted)) == (404, "")
    assert everything(services.database) == before


async def test_a_withdrawn_link_and_a_late_one_say_why(
    services: Services, site: Site, owner: Actor, token: str, clock: FakeClock
) -> None:
    browser = site.browser()
    await browser.get(JOIN_PATH, params={"token": token})
    clock.tick(days=8)
    answer = await browser.get(JOIN_PATH)
    assert (answer.status_code, "7 days" in answer.text) == (410, True)
    assert (await browser.post(JOIN_PATH, data={"name": "Pat", "new_password": GOOD})).status_code == 410
    (waiting,) = services.business.invitations.open(owner)
    services.business.invitations.withdraw(owner, waiting.id)
    answer = await browser.get(JOIN_PATH)
    assert (answer.status_code, "withdrawn" in answer.text) == (410, True)


async def test_another_site_cannot_make_anyone_join(
    services: Services, site: Site, owner: Actor, token: str, clock: FakeClock
) -> None:
    user = add_user(services, PAT, "Pat")
    join(services, user, add_business(services), Role.OWNER)
    browser = site.browser(open_session(services, user, clock), origin="https://evil.example")
    assert (await browser.post(JOIN_PATH, data={"token": token})).status_code == 403
    assert PAT not in members(services, owner.business_id)


async def test_programs_are_told_where_to_go_or_which_field_is_wrong(site: Site, token: str) -> None:
    browser = site.browser(accept="application/json")
    refused = await browser.post(JOIN_PATH, data={"token": token, "name": "Pat", "new_password": "short"})
    assert (refused.status_code, refused.json()["error"]["field"]) == (422, "new_password")
    done = await browser.post(JOIN_PATH, data={"token": token, "name": "Pat", "new_password": GOOD})
    assert (done.status_code, done.json()) == (200, {"data": {"next": "/"}})


async def test_whoever_cannot_be_signed_in_at_once_is_a_member_and_signs_in_later(
    services: Services, site: Site, owner: Actor, token: str
) -> None:
    """Failed sign-in attempts from elsewhere must not undo the joining."""
    add_user(services, PAT, "Pat")
    for _ in range(10):
        await site.browser(address="198.51.100.9").post("/auth/sign-in", data={"email": PAT, "password": "wrong"})
    done = await site.browser().post(JOIN_PATH, data={"token": token, "password": PASSWORD})
    assert (done.status_code, done.headers["location"], session_in(done)) == (303, "/sign-in", "")
    assert PAT in members(services, owner.business_id)
