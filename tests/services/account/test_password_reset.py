"""Password reset: a link to the login email, valid once and for an hour; nobody learns who has an account."""

from functools import partial

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.errors import DomainError, Gone, Invalid, NotFound, TooMany, Unauthenticated
from settings_ui.models import Activity, PasswordReset, User
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.login_email import VERIFY_PATH
from settings_ui.services.account.password import RESET, RESET_PATH
from settings_ui.services.account.sign_in import Visitor
from settings_ui.services.kit.changes import user_topic
from settings_ui.services.kit.links import Links
from tests.at_once import at_once
from tests.support import PASSWORD, FakeClock, add_user, link_token, mails, open_session

HOME = Visitor("192.0.2.0/24", "Firefox on Linux")
NETWORK = "203.0.113.0/24"
NEW = "plum ladder seventeen fog"


def ask(services: Services, email: str = "dana@example.com") -> str:
    """Request a link and return the token of the latest one."""
    before = len(mails(services, "dana@example.com"))
    services.account.password.ask_for_reset(email, NETWORK)
    waiting = mails(services, "dana@example.com")
    assert len(waiting) == before + 1
    return link_token([mail.body for mail in waiting if mail.subject == "Set a new password"][-1], RESET_PATH)


def refusal(services: Services, token: str, new: str = NEW) -> DomainError:
    with pytest.raises(DomainError) as refused:
        services.account.password.reset(token, new)
    return refused.value


def can_sign_in(services: Services, password: str) -> bool:
    try:
        services.account.sign_in.sign_in("dana@example.com", password, HOME, None)
    except Unauthenticated:
        return False
    return True


@pytest.mark.parametrize("typed", ["dana@example.com", "DANA@EXAMPLE.COM", "  dana@example.com\n", "dana@EXAMPLE。com"])
def test_whoever_reads_the_login_email_sets_a_new_password(services: Services, owner: Actor, typed: str) -> None:
    done = services.account.password.reset(ask(services, typed), NEW)
    assert done.topics == {user_topic(owner.user_id)}
    assert can_sign_in(services, NEW)
    assert not can_sign_in(services, PASSWORD)


def test_every_session_ends_with_it(services: Services, owner: Actor, publisher: Actor, clock: FakeClock) -> None:
    """Whoever had to reset the password does not know who else is signed in."""
    mine = [open_session(services, owner.user_id, clock) for _ in range(2)]
    theirs = open_session(services, publisher.user_id, clock)
    services.account.password.reset(ask(services), NEW)
    assert [services.account.access.actor(token_digest(token)) for token in mine] == [None, None]
    assert services.account.access.actor(token_digest(theirs)) is not None


def test_a_link_works_once(services: Services, owner: Actor) -> None:
    token = ask(services)
    services.account.password.reset(token, NEW)
    assert isinstance(refusal(services, token, f"{NEW} again"), Gone)
    assert can_sign_in(services, NEW)


def test_of_many_who_use_a_link_at_once_one_succeeds(services: Services, owner: Actor) -> None:
    token = ask(services)
    outcomes = at_once(*[partial(services.account.password.reset, token, f"{NEW} {number}") for number in range(6)])
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Changed"] + ["Gone"] * 5
    assert sum(can_sign_in(services, f"{NEW} {number}") for number in range(6)) == 1


def test_a_link_works_for_an_hour(services: Services, owner: Actor, clock: FakeClock) -> None:
    token = ask(services)
    clock.tick(hours=1, seconds=1)
    assert refusal(services, token).message == "This link expired after an hour. Request a new one."
    clock.tick(seconds=-1)
    services.account.password.reset(token, NEW)


def test_all_links_die_with_any_change_of_the_password(services: Services, owner: Actor, clock: FakeClock) -> None:
    """A link that a thief requested earlier cannot undo the owner's change."""
    first = ask(services)
    clock.tick(minutes=1)
    second = ask(services)
    services.account.password.reset(second, NEW)
    assert isinstance(refusal(services, first), Gone)
    clock.tick(minutes=1)
    third = ask(services)
    actor = services.account.access.actor(token_digest(open_session(services, owner.user_id, clock)))
    assert actor is not None
    services.account.password.change(actor, NEW, f"{NEW} again")
    assert isinstance(refusal(services, third), Gone)


@pytest.mark.parametrize("weak", ["", "fourteen chars", "manchesterunited", "dana@example.com", f"{NEW}\0", "x" * 1001])
def test_a_password_that_may_not_be_set_leaves_the_link_good(services: Services, owner: Actor, weak: str) -> None:
    token = ask(services)
    refused = refusal(services, token, weak)
    assert (type(refused), refused.field) == (Invalid, "new_password")
    services.account.password.reset(token, NEW)


def test_forged_links_set_nothing(services: Services, owner: Actor) -> None:
    """Truncated, altered, signed by somebody else, for another purpose, or for a request that does not exist."""
    token = ask(services)
    ours = Links(services.config.secret_key, "")
    strangers = Links("another secret of thirty-two characters", "")
    with services.database.read() as session:
        reset_id = session.exec(select(PasswordReset.id)).one()
    forged = [
        link_token(strangers.url("/x", RESET, reset_id), "/x"),
        link_token(ours.url("/x", "email-verify", reset_id), "/x"),
        link_token(ours.url("/x", RESET, "rst_nothing"), "/x"),
        link_token(ours.url("/x", RESET, owner.user_id), "/x"),
    ]
    for wrong in ["", "x", "\0", "\ud800", "x" * 1_000_000, reset_id, token[:-1], f"{token}x", *forged]:
        assert isinstance(refusal(services, wrong), NotFound)
    assert can_sign_in(services, PASSWORD)


def test_asking_answers_the_same_for_everyone_and_writes_to_no_stranger(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """No mail for unknown, disabled, similar or malformed addresses."""
    gone = add_user(services, "gone@example.com")
    with services.database.write() as session:
        session.get_one(User, gone).disabled_at = clock.now()
    emails = ["nobody@example.com", "gone@example.com", "d\u0430na@example.com", "", "dana"]
    emails += ["dana@example.com\0", "\0", "x" * 1_000_000, "dana@example.com, eve@evil.example", "\ud800@x.example"]
    for email in [*emails, "dana@example.com"]:
        services.account.password.ask_for_reset(email, f"network {email[:9]!a}")
    assert [mail.recipient for mail in mails(services)] == ["dana@example.com"]


def test_who_was_removed_and_is_invited_again_can_set_a_forgotten_password(services: Services, owner: Actor) -> None:
    """The invitation asks for it, and there is no other way to a new one."""
    add_user(services, "kim@example.com")
    services.business.invitations.invite(owner, "kim@example.com", "viewer")
    invitation = link_token(mails(services, "kim@example.com")[0].body, "/join")
    services.account.password.ask_for_reset("kim@example.com", NETWORK)
    [reset] = [mail for mail in mails(services, "kim@example.com") if mail.subject == "Set a new password"]
    services.account.password.reset(link_token(reset.body, RESET_PATH), NEW)
    services.business.invitations.join_known(invitation, password=NEW)
    services.account.sign_in.sign_in("kim@example.com", NEW, Visitor(NETWORK, "Firefox"), None)


def test_three_links_an_hour_for_an_account_and_then_silence(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """Nobody can flood a mailbox, from however many networks, and the limit is not revealed."""
    for number in range(6):
        services.account.password.ask_for_reset("dana@example.com", f"network {number}")
    assert len(mails(services)) == 3
    clock.tick(hours=1)
    ask(services)


def test_twenty_requests_an_hour_from_a_network(services: Services, owner: Actor, clock: FakeClock) -> None:
    for number in range(20):
        services.account.password.ask_for_reset(f"nobody{number}@example.com", NETWORK)
    with pytest.raises(TooMany):
        services.account.password.ask_for_reset("dana@example.com", NETWORK)
    assert mails(services) == []
    services.account.password.ask_for_reset("dana@example.com", "198.51.100.0/24")
    assert len(mails(services)) == 1
    clock.tick(hours=1)
    services.account.password.ask_for_reset("dana@example.com", NETWORK)
    assert len(mails(services)) == 2


def test_many_requests_at_once_send_no_more_than_three(services: Services, owner: Actor) -> None:
    at_once(*[partial(services.account.password.ask_for_reset, "dana@example.com", f"network {n}") for n in range(10)])
    assert len(mails(services)) == 3


def test_an_address_that_nobody_has_verified_gets_no_link(services: Services, owner: Actor) -> None:
    """It may be a stranger's, because of a typo: a link would give them the account. Once verified, it gets one."""
    services.account.login_email.change(owner, "dana@northwind.example", PASSWORD)
    services.account.password.ask_for_reset("dana@northwind.example", NETWORK)
    [only] = mails(services, "dana@northwind.example")
    assert only.subject == "Verify your login email"
    services.account.login_email.verify(link_token(only.body, VERIFY_PATH))
    services.account.password.ask_for_reset("dana@northwind.example", NETWORK)
    [asked] = [mail for mail in mails(services, "dana@northwind.example") if mail.subject == "Set a new password"]
    services.account.password.reset(link_token(asked.body, RESET_PATH), NEW)


def test_the_activity_names_the_person_and_the_mail_link(services: Services, owner: Actor) -> None:
    services.account.password.reset(ask(services), NEW)
    with services.database.read() as session:
        noted = session.exec(select(Activity).where(Activity.topic == "profile")).one()
    assert (noted.user_id, noted.business_id, noted.what, noted.source) == (
        owner.user_id,
        None,
        "changed their password",
        "mail link",
    )
