"""Changing the login email: by its owner only, after the password, to an address nobody else has."""

from datetime import timedelta
from functools import partial

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Conflict, DomainError, Gone, Invalid, TooMany, Unauthenticated
from settings_ui.models import Activity, EmailChange, User
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.login_email import REVERT_PATH, VERIFY_PATH
from settings_ui.services.account.sign_in import Visitor
from settings_ui.services.kit.changes import Changed, user_topic
from tests.at_once import at_once
from tests.support import PASSWORD, FakeClock, add_business, add_member, add_user, join, link_token, mails, open_session

HOME = Visitor("192.0.2.0/24", "Firefox on Linux")


def email_of(services: Services, user_id: str) -> tuple[str, bool]:
    """Return the login email, and whether it is verified."""
    with services.database.read() as session:
        user = session.get_one(User, user_id)
        return user.email, user.email_verified_at is not None


def can_sign_in(services: Services, email: str) -> bool:
    try:
        services.account.sign_in.sign_in(email, PASSWORD, HOME, None)
    except Unauthenticated:
        return False
    return True


def verify(services: Services, email: str) -> None:
    """Open the link in the newest verification mail."""
    services.account.login_email.verify(link_token(mails(services, email)[-1].body, VERIFY_PATH))


def refusal(services: Services, actor: Actor, email: str, password: str = PASSWORD) -> DomainError:
    """Return the error; the attempt must have changed nothing."""
    before = email_of(services, actor.user_id), len(mails(services)), changes(services)
    with pytest.raises(DomainError) as refused:
        services.account.login_email.change(actor, email, password)
    assert (email_of(services, actor.user_id), len(mails(services)), changes(services)) == before
    return refused.value


def changes(services: Services) -> int:
    with services.database.read() as session:
        return len(session.exec(select(EmailChange.id)).all())


def test_from_now_on_only_the_new_address_signs_in(services: Services, owner: Actor) -> None:
    done = services.account.login_email.change(owner, " Dana@Northwind.Example ", PASSWORD)
    assert done == Changed("Dana@northwind.example", frozenset({user_topic(owner.user_id)}))
    assert not can_sign_in(services, "dana@example.com")
    assert can_sign_in(services, "dana@northwind.example")


def test_this_session_and_the_others_go_on(services: Services, owner: Actor, clock: FakeClock) -> None:
    tokens = [open_session(services, owner.user_id, clock) for _ in range(2)]
    services.account.login_email.change(owner, "dana@northwind.example", PASSWORD)
    assert all(services.account.access.actor(token_digest(token)) for token in tokens)
    services.account.profile.rename(owner, "Still here")


def test_the_new_address_starts_unverified_and_both_get_a_mail(services: Services, owner: Actor) -> None:
    """The old address can revert the change; the new one is asked to verify, and its mail contains no name."""
    services.account.profile.rename(owner, "Win at evil.example")
    services.account.login_email.change(owner, "dana@northwind.example", PASSWORD)
    assert email_of(services, owner.user_id) == ("dana@northwind.example", False)
    [told] = mails(services, "dana@example.com")
    [asked] = mails(services, "dana@northwind.example")
    assert f"{REVERT_PATH}?token=" in told.body
    assert VERIFY_PATH not in told.body
    assert f"{VERIFY_PATH}?token=" in asked.body
    assert REVERT_PATH not in asked.body
    assert "evil.example" not in asked.subject + asked.body


def test_the_activity_keeps_masked_addresses_only(services: Services, owner: Actor) -> None:
    services.account.login_email.change(owner, "dana@northwind.example", PASSWORD)
    with services.database.read() as session:
        [noted] = session.exec(select(Activity).where(Activity.topic == "profile")).all()
    assert (noted.user_id, noted.what) == (owner.user_id, "changed their login email")
    assert (noted.before, noted.after) == ({"Login email": "d••@e••.com"}, {"Login email": "d••@n••.example"})


@pytest.mark.parametrize(
    "password", ["", "not the password", PASSWORD.upper(), PASSWORD + "\0", "x" * 100_000], ids=len
)
def test_a_wrong_password_changes_nothing_and_does_not_tell_who_has_an_account(
    services: Services, owner: Actor, publisher: Actor, password: str
) -> None:
    """A stolen session cannot be used to probe which addresses have accounts."""
    for email in ("pat@example.com", "nobody@example.com", "dana@example.com"):
        refused = refusal(services, owner, email, password)
        assert (type(refused), refused.field) == (Invalid, "password")


@pytest.mark.parametrize(
    "email", ["", "dana", "dana@", "dana@localhost", "d\0na@example.com", "dana@example.com\r\nBcc: e@example.com",
              "ｄana@example.com", "x" * 1_000_000, "\ud800@example.com", "Dana <dana@example.com>"],
    ids=lambda text: ascii(text)[:20],
)  # fmt: skip
def test_a_malformed_address_is_refused_at_its_field(services: Services, owner: Actor, email: str) -> None:
    refused = refusal(services, owner, email)
    assert (type(refused), refused.field) == (Invalid, "email")


@pytest.mark.parametrize("same", ["dana@example.com", "DANA@EXAMPLE.COM", " dana@example.com ", "dana@EXAMPLE。com"])
def test_ones_own_address_is_no_change(services: Services, owner: Actor, same: str) -> None:
    refused = refusal(services, owner, same)
    assert (type(refused), refused.field) == (Conflict, "email")
    assert "already" in refused.message


@pytest.mark.parametrize(
    "taken",
    ["kim@example.com", "KIM@Example.Com", "\tkim@example.com", "\u212aim@example.com", "kim@ｅxample.com"],
    ids=ascii,
)
def test_an_address_of_another_account_is_refused_however_it_is_spelled(
    services: Services, owner: Actor, taken: str
) -> None:
    """Not only colleagues' addresses: an address has at most one account on the whole platform."""
    other = add_user(services, "kim@example.com")
    refused = refusal(services, owner, taken)
    assert (type(refused), refused.field) == (Conflict, "email")
    assert refused.message == "Another account uses this address. Use a different one."
    assert email_of(services, other) == ("kim@example.com", True)


@pytest.mark.parametrize("alike", ["m\u0131ke@example.com", "mike+a@example.com", "m.ike@example.com"])
def test_an_address_that_only_resembles_another_opens_nothing_but_its_own_account(
    services: Services, owner: Actor, business: str, clock: FakeClock, alike: str
) -> None:
    mike = add_member(services, business, Role.ADMIN, clock, email="mike@example.com")
    services.account.login_email.change(owner, alike, PASSWORD)
    token = services.account.sign_in.sign_in(alike, PASSWORD, HOME, None).value
    actor = services.account.access.actor(token_digest(token))
    assert actor is not None
    assert actor.user_id == owner.user_id
    verify = next(mail for mail in mails(services, alike) if mail.subject == "Verify your login email")
    services.account.login_email.verify(link_token(verify.body, VERIFY_PATH))
    services.account.password.ask_for_reset(alike, "203.0.113.0/24")
    assert [mail.recipient for mail in mails(services) if mail.subject == "Set a new password"] == [alike]
    assert email_of(services, mike.user_id) == ("mike@example.com", True)


def test_five_tries_an_hour_and_no_sixth(services: Services, owner: Actor, publisher: Actor, clock: FakeClock) -> None:
    """Even with the password, nobody can go through a list of addresses."""
    for _ in range(5):
        assert "Another account" in refusal(services, owner, "pat@example.com").message
        clock.tick(minutes=1)
    for email in ("pat@example.com", "nobody@example.com"):
        refused = refusal(services, owner, email)
        assert (type(refused), refused.field) == (TooMany, "email")
        assert refused.message == "You can try five times an hour. Try again in 55 minutes."
    clock.tick(minutes=55)
    services.account.login_email.change(owner, "nobody@example.com", PASSWORD)


def test_others_have_their_own_tries(services: Services, owner: Actor, publisher: Actor) -> None:
    for _ in range(5):
        refusal(services, owner, "pat@example.com")
    services.account.login_email.change(publisher, "pat@northwind.example", PASSWORD)


def test_malformed_addresses_and_wrong_passwords_cost_no_try(services: Services, owner: Actor) -> None:
    for _ in range(6):
        refusal(services, owner, "dana")
        refusal(services, owner, "new@example.com", "not the password")
    services.account.login_email.change(owner, "new@example.com", PASSWORD)


def test_many_tries_at_once_are_no_more_than_five(services: Services, owner: Actor, publisher: Actor) -> None:
    tries = [partial(services.account.login_email.change, owner, "pat@example.com", PASSWORD)] * 8
    assert sorted(type(outcome).__name__ for outcome in at_once(*tries)) == ["Conflict"] * 5 + ["TooMany"] * 3


def test_of_many_who_take_an_address_at_once_one_has_it_in_the_end(
    services: Services, business: str, clock: FakeClock
) -> None:
    people = [add_member(services, business, Role.VIEWER, clock) for _ in range(24)]
    wanted = ["wanted@example.com", "WANTED@Example.com", "wanted@EXAMPLE。com"]
    tries = [
        partial(services.account.login_email.change, actor, wanted[number % 3], PASSWORD)
        for number, actor in enumerate(people)
    ]
    outcomes = at_once(*tries)
    assert {type(outcome) for outcome in outcomes} <= {Changed, Conflict}
    held = [email_of(services, actor.user_id) for actor in people]
    assert [verified for _, verified in held].count(False) == 1
    assert len({email.casefold() for email, _ in held}) == 24


def test_an_address_that_was_given_up_waits_seven_days_for_its_owner(
    services: Services, owner: Actor, publisher: Actor, clock: FakeClock
) -> None:
    """Until then the link in the mail can restore it, and nobody else may claim it."""
    services.account.login_email.change(owner, "dana@northwind.example", PASSWORD)
    verify(services, "dana@northwind.example")
    clock.tick(days=7)
    refused = refusal(services, publisher, "DANA@example.com")
    assert refused.message == "Another account uses this address. Use a different one."
    clock.tick(seconds=1)
    services.account.login_email.change(publisher, "dana@example.com", PASSWORD)


def test_an_address_that_was_given_up_is_kept_from_new_members_too(
    services: Services, owner: Actor, business: str, clock: FakeClock
) -> None:
    add = partial(services.business.members.add_member, business, "dana@example.com", name="D", role=Role.VIEWER)
    services.account.login_email.change(owner, "dana@northwind.example", PASSWORD)
    verify(services, "dana@northwind.example")
    with pytest.raises(Conflict, match="Another account"):
        add(password="four words nobody expects")
    clock.tick(days=7, seconds=1)
    add(password="four words nobody expects")


def test_ones_own_former_address_can_be_had_again_at_once(services: Services, owner: Actor) -> None:
    services.account.login_email.change(owner, "dana@northwind.example", PASSWORD)
    services.account.login_email.change(owner, "dana@example.com", PASSWORD)
    assert can_sign_in(services, "dana@example.com")


def test_the_last_verified_address_is_kept_until_the_new_one_is_verified(
    services: Services, owner: Actor, publisher: Actor, clock: FakeClock
) -> None:
    services.account.login_email.change(owner, "dana@northwind.example", PASSWORD)
    clock.tick(days=400)
    assert isinstance(refusal(services, publisher, "dana@example.com"), Conflict)


NEW = "newhire@harbor.example"


def hired(services: Services, business: str) -> None:
    services.business.members.add_member(
        business, NEW, name="New", role=Role.VIEWER, password="four words nobody expects"
    )


def test_whoever_is_made_a_member_with_an_address_gets_it_from_one_that_only_typed_it_in(
    services: Services, publisher: Actor, clock: FakeClock
) -> None:
    """The account that never verified it is notified, gets its verified address back, and gains no rights in the
    business."""
    before = email_of(services, publisher.user_id)
    services.account.login_email.change(publisher, "between@harbor.example", PASSWORD)
    clock.tick(minutes=1)
    services.account.login_email.change(publisher, NEW, PASSWORD)
    harbor = add_business(services, "Harbor Media")
    hired(services, harbor)
    assert email_of(services, publisher.user_id) == before
    assert before[1]
    told = mails(services, before[0])[-1]
    assert told.subject == "Your login email was restored"
    assert NEW in told.body
    assert can_sign_in(services, before[0])
    assert not can_sign_in(services, NEW)
    services.account.sign_in.sign_in(NEW, "four words nobody expects", HOME, None)
    with pytest.raises(Gone):
        services.account.login_email.verify(
            link_token(next(m.body for m in mails(services, NEW) if "Verify" in m.subject), VERIFY_PATH)
        )


def test_a_verified_address_makes_way_for_nobody(services: Services, publisher: Actor) -> None:
    services.account.login_email.change(publisher, NEW, PASSWORD)
    verify(services, NEW)
    harbor = add_business(services, "Harbor Media")
    hired(services, harbor)  # the account that owns the address becomes the member
    assert email_of(services, publisher.user_id) == (NEW, True)


def test_an_address_that_another_account_only_typed_in_can_be_ones_own(
    services: Services, owner: Actor, publisher: Actor, clock: FakeClock
) -> None:
    before = email_of(services, publisher.user_id)
    services.account.login_email.change(publisher, NEW, PASSWORD)
    clock.tick(minutes=1)
    done = services.account.login_email.change(owner, NEW, PASSWORD)
    assert done.topics == {user_topic(owner.user_id), user_topic(publisher.user_id)}
    assert email_of(services, publisher.user_id) == before
    verify(services, NEW)
    assert email_of(services, owner.user_id) == (NEW, True)


def test_an_address_can_be_taken_back_from_one_that_only_typed_it_in(
    services: Services, owner: Actor, publisher: Actor, clock: FakeClock
) -> None:
    """An unverified claim on the previous address does not block the revert link."""
    services.account.login_email.change(owner, NEW, PASSWORD)
    verify(services, NEW)
    clock.tick(days=7)
    link = link_token(mails(services, "dana@example.com")[-1].body, REVERT_PATH)
    with services.database.write() as session:
        change = session.exec(select(EmailChange)).one()
        change.created_at -= timedelta(seconds=1)
    services.account.login_email.change(publisher, "dana@example.com", PASSWORD)
    with services.database.write() as session:
        session.get_one(EmailChange, change.id).created_at += timedelta(seconds=1)
    services.account.login_email.revert(link)
    assert email_of(services, owner.user_id) == ("dana@example.com", True)
    assert email_of(services, publisher.user_id)[0] != "dana@example.com"


def test_the_verification_can_be_asked_for_again_five_times_an_hour(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    services.account.login_email.change(owner, "dana@northwind.example", PASSWORD)
    for _ in range(5):
        services.account.login_email.send_verification(owner)
    assert len(mails(services, "dana@northwind.example")) == 6
    with pytest.raises(TooMany, match="spam folder"):
        services.account.login_email.send_verification(owner)
    assert len(mails(services, "dana@northwind.example")) == 6
    clock.tick(hours=1)
    services.account.login_email.send_verification(owner)


def test_of_many_requests_for_a_verification_at_once_five_send_a_mail(services: Services, owner: Actor) -> None:
    services.account.login_email.change(owner, "dana@northwind.example", PASSWORD)
    at_once(*[partial(services.account.login_email.send_verification, owner)] * 12)
    assert len(mails(services, "dana@northwind.example")) == 1 + 5


def test_a_verified_address_gets_no_further_verification(services: Services, owner: Actor) -> None:
    with pytest.raises(Conflict, match="already verified"):
        services.account.login_email.send_verification(owner)
    assert mails(services) == []


def test_the_change_holds_in_every_business(services: Services, owner: Actor, clock: FakeClock) -> None:
    """The login email belongs to the person, not to a membership."""
    second = add_business(services)
    join(services, owner.user_id, second, Role.VIEWER)
    services.account.login_email.change(owner, "dana@northwind.example", PASSWORD)
    token = open_session(services, owner.user_id, clock, second)
    actor = services.account.access.actor(token_digest(token))
    assert actor is not None
    assert services.business.shell.see(actor).email == "dana@northwind.example"
