"""Login email links: bound to one change, valid once, and the older address wins."""

import random
from functools import partial

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Conflict, DomainError, Gone, NotFound
from settings_ui.models import Activity, EmailChange, User
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.login_email import REVERT, REVERT_PATH, VERIFY, VERIFY_PATH
from settings_ui.services.account.password import RESET_PATH
from settings_ui.services.kit.changes import Changed, user_topic
from settings_ui.services.kit.links import Links
from tests.at_once import at_once
from tests.support import PASSWORD, FakeClock, add_member, add_user, link_token, mails, open_session

A, B, C = "dana@example.com", "dana@northwind.example", "dana@harbor.example"


def change(services: Services, actor: Actor, clock: FakeClock, email: str) -> str:
    """Change the email and return the token of its revert link."""
    old = services.business.shell.see(actor).email
    clock.tick(minutes=1)
    services.account.login_email.change(actor, email, PASSWORD)
    [mail] = [
        m for m in mails(services, old) if m.subject == "Your login email was changed" and m.created_at == clock.now()
    ]
    return link_token(mail.body, REVERT_PATH)


def verification(services: Services, email: str) -> str:
    """Return the token of the latest verification link."""
    return link_token(
        [mail.body for mail in mails(services, email) if mail.subject == "Verify your login email"][-1], VERIFY_PATH
    )


def email_of(services: Services, actor: Actor) -> tuple[str, bool]:
    """Return the login email, and whether it is verified."""
    with services.database.read() as session:
        user = session.get_one(User, actor.user_id)
        return user.email, user.email_verified_at is not None


def refusal(look: object, act: object, token: str) -> DomainError:
    """Return the error, which must be the same for viewing and using the link."""
    errors = []
    for call in (look, act):
        with pytest.raises(DomainError) as refused:
            call(token)  # type: ignore[operator]
        errors.append((type(refused.value), refused.value.message))
    assert errors[0] == errors[1]
    return refused.value


def verify_refusal(services: Services, token: str) -> DomainError:
    return refusal(services.account.login_email.look_at_verify, services.account.login_email.verify, token)


def revert_refusal(services: Services, token: str) -> DomainError:
    return refusal(services.account.login_email.look_at_revert, services.account.login_email.revert, token)


def is_open(services: Services, token: str) -> bool:
    return services.account.access.actor(token_digest(token)) is not None


def signer(services: Services) -> Links:
    """A signer with our keys, to forge otherwise valid tokens."""
    return Links(services.config.secret_key, services.config.origin)


def test_whoever_reads_the_new_address_verifies_it_once(services: Services, owner: Actor, clock: FakeClock) -> None:
    change(services, owner, clock, B)
    token = verification(services, B)
    assert services.account.login_email.look_at_verify(token) == B
    assert email_of(services, owner) == (B, False)
    assert services.account.login_email.verify(token) == Changed(B, frozenset({user_topic(owner.user_id)}))
    assert email_of(services, owner) == (B, True)
    assert isinstance(verify_refusal(services, token), Gone)


def test_of_many_who_open_a_verification_at_once_one_verifies(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    change(services, owner, clock, B)
    outcomes = at_once(*[partial(services.account.login_email.verify, verification(services, B))] * 8)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Changed"] + ["Gone"] * 7


def test_the_link_of_an_older_address_verifies_nothing(services: Services, owner: Actor, clock: FakeClock) -> None:
    change(services, owner, clock, B)
    old = verification(services, B)
    change(services, owner, clock, C)
    assert isinstance(verify_refusal(services, old), Gone)
    assert email_of(services, owner) == (C, False)


def test_a_sent_again_link_is_used_up_with_the_first(services: Services, owner: Actor, clock: FakeClock) -> None:
    change(services, owner, clock, B)
    first = verification(services, B)
    clock.tick(minutes=1)
    services.account.login_email.send_verification(owner)
    services.account.login_email.verify(verification(services, B))
    assert isinstance(verify_refusal(services, first), Gone)


def test_forged_links_do_nothing(services: Services, owner: Actor, publisher: Actor, clock: FakeClock) -> None:
    """Truncated, altered, signed by somebody else, or for another purpose: all are the same invalid link."""
    revert = change(services, owner, clock, B)
    verify = verification(services, B)
    stranger = Links("another secret of thirty-two characters", services.config.origin)
    strangers = [
        link_token(stranger.url(VERIFY_PATH, VERIFY, f"{owner.user_id} {B}"), VERIFY_PATH),
        link_token(stranger.url(REVERT_PATH, REVERT, "emc_x a b"), REVERT_PATH),
    ]
    for token in ["", "x", "\0", "ü", "\ud800", "x" * 1_000_000, verify[:-1], revert[:-1], f"{revert}x", *strangers]:
        assert isinstance(verify_refusal(services, token), NotFound)
        assert isinstance(revert_refusal(services, token), NotFound)
    assert isinstance(verify_refusal(services, revert), NotFound)
    assert isinstance(revert_refusal(services, verify), NotFound)
    assert email_of(services, owner) == (B, False)


@pytest.mark.parametrize("subject", ["", "nobody", "usr_nobody dana@example.com", ["a"], 7, None, {"a": "b"}], ids=repr)
def test_a_signed_link_about_nothing_is_not_found(services: Services, owner: Actor, subject: str) -> None:
    links = signer(services)
    for purpose, refused in ((VERIFY, verify_refusal), (REVERT, revert_refusal)):
        token = link_token(links.url("/x", purpose, subject), "/x")
        assert isinstance(refused(services, token), NotFound)


def test_a_revert_link_is_bound_to_both_addresses(services: Services, owner: Actor, clock: FakeClock) -> None:
    change(services, owner, clock, B)
    with services.database.read() as session:
        [row] = session.exec(select(EmailChange)).all()
    links = signer(services)
    for old, new in ((A, C), (C, B), (B, A), ("", "")):
        token = link_token(links.url("/x", REVERT, f"{row.id} {old} {new}"), "/x")
        assert isinstance(revert_refusal(services, token), NotFound)


def test_whoever_reads_the_old_address_takes_the_account_back_once(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    token = change(services, owner, clock, B)
    looked = services.account.login_email.look_at_revert(token)
    assert (looked.old_email, looked.new_email, email_of(services, owner)) == (A, B, (B, False))
    assert services.account.login_email.revert(token).topics == {user_topic(owner.user_id)}
    assert email_of(services, owner) == (A, True)
    assert isinstance(revert_refusal(services, token), Gone)
    assert isinstance(verify_refusal(services, verification(services, B)), Gone)


def test_the_address_that_goes_is_told_and_the_activity_keeps_it_masked(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    token = change(services, owner, clock, B)
    clock.tick(minutes=1)
    services.account.login_email.revert(token)
    told = mails(services, B)[-1]
    assert told.subject == "Your login email was restored"
    assert "token=" not in told.body
    with services.database.read() as session:
        noted = session.exec(select(Activity).where(Activity.what == "reverted a change of email")).one()
    assert (noted.before, noted.after) == ({"Login email": "d••@n••.example"}, {"Login email": "d••@e••.com"})


def test_of_many_who_open_a_revert_at_once_one_reverts(services: Services, owner: Actor, clock: FakeClock) -> None:
    token = change(services, owner, clock, B)
    outcomes = at_once(*[partial(services.account.login_email.revert, token)] * 8)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Changed"] + ["Gone"] * 7


def test_a_revert_link_is_good_for_seven_days(services: Services, owner: Actor, clock: FakeClock) -> None:
    token = change(services, owner, clock, B)
    clock.tick(days=7, seconds=1)
    assert "7 days" in revert_refusal(services, token).message
    clock.tick(seconds=-1)
    services.account.login_email.revert(token)
    assert email_of(services, owner) == (A, True)


def test_reverting_the_first_of_two_changes_restores_the_first_address_and_kills_the_second_link(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """A thief cannot shake off the owner by changing the address twice, nor get back in with a link."""
    first = change(services, owner, clock, B)
    second = change(services, owner, clock, C)
    services.account.login_email.revert(first)
    assert email_of(services, owner) == (A, True)
    assert isinstance(revert_refusal(services, second), Gone)
    assert isinstance(revert_refusal(services, first), Gone)


def test_after_the_second_change_is_reverted_the_first_can_still_be(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """The older address has the last word."""
    first = change(services, owner, clock, B)
    second = change(services, owner, clock, C)
    services.account.login_email.revert(second)
    assert email_of(services, owner) == (B, True)
    services.account.login_email.revert(first)
    assert email_of(services, owner) == (A, True)


def test_there_is_nothing_to_revert_once_the_address_is_back(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    token = change(services, owner, clock, B)
    change(services, owner, clock, A)
    assert "already the login email again" in revert_refusal(services, token).message


def test_reverting_ends_the_thiefs_sessions_and_not_those_from_before(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    mine = open_session(services, owner.user_id, clock)
    thief = open_session(services, owner.user_id, clock)
    accomplice = open_session(services, owner.user_id, clock)
    clock.tick(minutes=1)
    actor, other = (services.account.access.actor(token_digest(token)) for token in (thief, accomplice))
    assert actor is not None
    assert other is not None
    first = change(services, actor, clock, B)
    at_the_same_moment = open_session(services, owner.user_id, clock)
    change(services, other, clock, C)
    clock.tick(minutes=1)
    since = open_session(services, owner.user_id, clock)
    services.account.login_email.revert(first)
    assert is_open(services, mine)
    for token in (thief, at_the_same_moment, since):
        assert not is_open(services, token)
    assert not is_open(services, accomplice), "it reverted a later change as well"


def test_reverting_leaves_others_alone(services: Services, owner: Actor, publisher: Actor, clock: FakeClock) -> None:
    token = change(services, owner, clock, B)
    change(services, publisher, clock, C)
    session = open_session(services, publisher.user_id, clock)
    services.account.login_email.revert(token)
    assert is_open(services, session)
    assert email_of(services, publisher) == (C, False)


def test_links_to_set_a_password_die_with_the_address_that_they_were_mailed_to(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """Otherwise a thief who requested one just before the revert would be back within the hour."""
    for email in (A, B):
        if email == B:
            services.account.login_email.verify(verification(services, B))
        services.account.password.ask_for_reset(email, "192.0.2.0/24")
        if email == A:
            revert = change(services, owner, clock, B)
        else:
            services.account.login_email.revert(revert)
        [asked] = [mail for mail in mails(services, email) if mail.subject == "Set a new password"]
        with pytest.raises(Gone):
            services.account.password.reset(link_token(asked.body, RESET_PATH), "four words nobody expects")


def test_an_address_that_got_another_account_all_the_same_is_not_taken_from_it(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """Possible only by a manual database edit: a clean refusal, nothing half done."""
    token = change(services, owner, clock, B)
    other = add_user(services, A)
    with pytest.raises(Conflict, match="Another account"):
        services.account.login_email.revert(token)
    assert email_of(services, owner) == (B, False)
    with services.database.read() as session:
        assert session.get_one(User, other).email == A
        assert session.exec(select(EmailChange)).one().reverted_at is None


@pytest.mark.parametrize("letters", ["abcdefghijklmnopqrstuvwxyz", "àáâãäåæçèéêëìíîï", "𐐨𐐩𐐪𐐫𐐬𐐭𐐮𐐯𐐰𐐱𐐲𐐳"], ids=ascii)
def test_links_about_the_longest_addresses_work(
    services: Services, business: str, clock: FakeClock, letters: str
) -> None:
    """With letters that JSON escapes to six and twelve times their length, and that do not compress."""
    dice = random.Random(7)
    bytes_each = len(letters[0].encode())

    def long_address() -> str:
        local = "".join(dice.choices(letters, k=64 // bytes_each))
        labels = ["".join(dice.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=60)) for _ in range(3)]
        return f"{local}@{'.'.join(labels)}.com"

    old, new = long_address(), long_address()
    actor = add_member(services, business, Role.VIEWER, clock, email=old)
    token = change(services, actor, clock, new)
    assert len(token) > 500
    services.account.login_email.verify(verification(services, new))
    services.account.login_email.revert(token)
    assert email_of(services, actor) == (old, True)
