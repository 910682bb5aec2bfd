"""Passwords: changed with the current one, or reset by whoever reads the login email."""

from functools import partial

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import DomainError, Invalid, TooMany, Unauthenticated
from settings_ui.models import Activity, User
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.password import SAME
from settings_ui.services.account.sign_in import Visitor
from settings_ui.services.kit.changes import user_topic
from tests.at_once import at_once
from tests.support import PASSWORD, FakeClock, add_business, join, mails, open_session

HOME = Visitor("192.0.2.0/24", "Firefox on Linux")
NEW = "plum ladder seventeen fog"


def can_sign_in(services: Services, password: str, email: str = "dana@example.com") -> bool:
    try:
        services.account.sign_in.sign_in(email, password, HOME, None)
    except Unauthenticated:
        return False
    return True


def hash_of(services: Services, user_id: str) -> str:
    with services.database.read() as session:
        return session.get_one(User, user_id).password_hash


def refusal(services: Services, actor: Actor, current: str, new: str) -> DomainError:
    """Return the error; the attempt must have changed nothing."""
    before = hash_of(services, actor.user_id), len(mails(services))
    with pytest.raises(DomainError) as refused:
        services.account.password.change(actor, current, new)
    assert (hash_of(services, actor.user_id), len(mails(services))) == before
    return refused.value


def test_from_now_on_only_the_new_password_signs_in(services: Services, owner: Actor) -> None:
    done = services.account.password.change(owner, PASSWORD, NEW)
    assert done.topics == {user_topic(owner.user_id)}
    assert not can_sign_in(services, PASSWORD)
    assert can_sign_in(services, NEW)
    assert NEW not in hash_of(services, owner.user_id)


def test_the_other_sessions_end_and_this_one_stays(
    services: Services, owner: Actor, publisher: Actor, clock: FakeClock
) -> None:
    """A stolen cookie stops working; other people are not affected."""
    stolen = open_session(services, owner.user_id, clock)
    theirs = open_session(services, publisher.user_id, clock)
    services.account.password.change(owner, PASSWORD, NEW)
    assert services.account.access.actor(token_digest(stolen)) is None
    assert services.account.access.actor(token_digest(theirs)) is not None
    assert [session.id for session in services.account.sessions.list(owner)] == [owner.session_id]


def test_the_login_email_is_told_without_the_password(services: Services, owner: Actor) -> None:
    services.account.password.change(owner, PASSWORD, NEW)
    [told] = mails(services)
    assert (told.recipient, told.subject) == ("dana@example.com", "Your password was changed")
    assert f"{services.config.origin}/forgot-password" in told.body
    assert NEW not in told.body
    assert "token=" not in told.body


def test_the_activity_says_that_it_changed_and_no_more(services: Services, owner: Actor) -> None:
    services.account.password.change(owner, PASSWORD, NEW)
    with services.database.read() as session:
        [noted] = session.exec(select(Activity).where(Activity.topic == "profile")).all()
    assert (noted.user_id, noted.what) == (owner.user_id, "changed their password")
    assert (noted.before, noted.after) == ({}, {})


@pytest.mark.parametrize("wrong", ["", "not the password", PASSWORD + " ", PASSWORD + "\0", "\ud800", "x" * 100_000])
def test_without_the_current_password_nothing_changes(services: Services, owner: Actor, wrong: str) -> None:
    refused = refusal(services, owner, wrong, NEW)
    assert (type(refused), refused.field) == (Invalid, "password")
    assert can_sign_in(services, PASSWORD)


def test_ten_wrong_tries_and_then_not_even_the_right_one(services: Services, owner: Actor, clock: FakeClock) -> None:
    """A stolen session cannot be used to guess the password."""
    for _ in range(10):
        assert isinstance(refusal(services, owner, "not the password", NEW), Invalid)
    refused = refusal(services, owner, PASSWORD, NEW)
    assert (type(refused), refused.field) == (TooMany, "password")
    clock.tick(minutes=15)
    services.account.password.change(owner, PASSWORD, NEW)


@pytest.mark.parametrize(
    "new", ["", "fourteen chars", "x" * 1001, f"{NEW}\0", f"{NEW}\ud800", "manchesterunited", "a" * 15,
            "dana@example.com", "Dana Okafor-Reyes", "harbor leads harbor leads", "Second Home 2026"],
    ids=lambda text: ascii(text)[:18],
)  # fmt: skip
def test_a_new_one_that_may_not_be_set_is_refused_at_its_field(services: Services, owner: Actor, new: str) -> None:
    """Too short, too long, common, or built from the person's own name, email or business names."""
    services.account.profile.rename(owner, "Dana Okafor-Reyes")
    join(services, owner.user_id, add_business(services, "Second Home"), Role.VIEWER)
    refused = refusal(services, owner, PASSWORD, new)
    assert (type(refused), refused.field) == (Invalid, "new_password")


def test_a_thousand_characters_sign_in(services: Services, owner: Actor) -> None:
    longest = (NEW * 50)[:1000]
    services.account.password.change(owner, PASSWORD, longest)
    assert can_sign_in(services, longest)
    assert not can_sign_in(services, longest[:-1])


def test_the_same_one_again_is_no_change(services: Services, owner: Actor) -> None:
    """However its accents are composed."""
    refused = refusal(services, owner, PASSWORD, PASSWORD)
    assert (refused.message, refused.field) == (SAME, "new_password")
    services.account.password.change(owner, PASSWORD, "café crème et brioche")
    assert refusal(services, owner, "café crème et brioche", "cafe\u0301 cre\u0300me et brioche").message == SAME


def test_whether_the_new_one_is_the_same_is_told_only_to_who_knows_it(services: Services, owner: Actor) -> None:
    assert refusal(services, owner, "not the password", PASSWORD).field == "password"


def test_of_many_changes_at_once_one_wins_and_the_others_are_told(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    """A losing request must not sign the winner out: its current password was no longer valid."""
    people = [owner]
    for _ in range(5):
        actor = services.account.access.actor(token_digest(open_session(services, owner.user_id, clock)))
        assert actor is not None
        people.append(actor)
    new = [f"{NEW} {number}" for number in range(6)]
    outcomes = at_once(
        *[partial(services.account.password.change, a, PASSWORD, n) for a, n in zip(people, new, strict=True)]
    )
    [winner] = [number for number, outcome in enumerate(outcomes) if not isinstance(outcome, DomainError)]
    assert [can_sign_in(services, password) for password in new] == [number == winner for number in range(6)]
    assert people[winner].session_id in {session.id for session in services.account.sessions.list(people[winner])}
    assert len(mails(services)) == 1
