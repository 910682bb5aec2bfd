"""Race: an operation that has just verified the password comes to nothing if the password changes, or its session
ends, before it completes."""

from collections.abc import Callable, Iterator

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.errors import Conflict, Unauthenticated
from settings_ui.models import PayoutDestination, User, UserSession
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.sign_in import WRONG, Visitor
from tests.clocked_limiter import Meanwhile
from tests.state.people import everything
from tests.support import PASSWORD, FakeClock, make_services, open_session

HOME = Visitor("192.0.2.0/24", "Firefox on Linux")
NEW = "plum ladder seventeen fog"


@pytest.fixture
def limiter(clock: FakeClock) -> Meanwhile:
    return Meanwhile(clock)


@pytest.fixture
def services(database_url: str, clock: FakeClock, limiter: Meanwhile) -> Iterator[Services]:
    """All use cases, with a hook between verifying the password and acting on it."""
    built = make_services(database_url, clock, limiter=limiter)
    yield built
    built.database.close()


def change_password(services: Services, owner: Actor) -> None:
    services.account.password.change(owner, PASSWORD, NEW)


def change_email(services: Services, owner: Actor) -> None:
    services.account.login_email.change(owner, "dana@northwind.example", PASSWORD)


def disable(services: Services, owner: Actor) -> None:
    with services.database.write() as session:
        user = session.get_one(User, owner.user_id)
        user.disabled_at = user.created_at


@pytest.mark.parametrize("deed", [change_password, change_email, disable])
def test_a_sign_in_that_is_under_way_opens_nothing(
    services: Services, limiter: Meanwhile, owner: Actor, deed: Callable[[Services, Actor], None]
) -> None:
    """Otherwise a thief who knows the password could keep signing in, so that one attempt overlaps the change and
    leaves a session that the change should have ended."""
    limiter.deed = lambda: deed(services, owner)
    with pytest.raises(Unauthenticated, match=WRONG):
        services.account.sign_in.sign_in("dana@example.com", PASSWORD, HOME, None)
    with services.database.read() as session:
        assert [row.id for row in session.exec(select(UserSession))] == [owner.session_id]


def test_a_change_of_email_that_is_under_way_changes_nothing(
    services: Services, limiter: Meanwhile, owner: Actor
) -> None:
    limiter.deed = lambda: change_password(services, owner)
    with pytest.raises(Conflict):
        services.account.login_email.change(owner, "thief@example.com", PASSWORD)
    with services.database.read() as session:
        assert session.get_one(User, owner.user_id).email == "dana@example.com"


def test_a_payout_address_that_is_being_saved_is_not(services: Services, limiter: Meanwhile, publisher: Actor) -> None:
    """A first payout address would be in force immediately."""
    limiter.deed = lambda: change_password(services, publisher)
    with pytest.raises(Conflict):
        services.payouts.destinations.save(publisher, "thief@example.com", PASSWORD)
    with services.database.read() as session:
        assert session.exec(select(PayoutDestination)).all() == []


def save_payout_address(services: Services, owner: Actor) -> None:
    services.payouts.destinations.save(owner, "thief@example.com", PASSWORD)


@pytest.mark.parametrize("deed", [change_password, change_email, save_payout_address])
def test_whoever_is_signed_out_changes_nothing_with_what_was_under_way(
    services: Services, limiter: Meanwhile, publisher: Actor, clock: FakeClock, deed: Callable[[Services, Actor], None]
) -> None:
    """A thief could keep trying, so that one change overlaps the owner's signing out of every other session, or taking
    the login email back, and outlasts it."""
    token = open_session(services, publisher.user_id, clock, publisher.business_id)
    thief = services.account.access.actor(token_digest(token), publisher.business_id)
    assert thief is not None
    before = everything(services.database)
    limiter.deed = lambda: services.account.sessions.end_others(publisher)
    with pytest.raises(Unauthenticated, match="signed out"):
        deed(services, thief)
    after = everything(services.database)
    changed = {table for table, rows in after.items() if rows != before[table]}
    assert changed == {"sessions", "activity"}, "the end of the session, and that it was ended"
    assert len(after["activity"]) == len(before["activity"]) + 1
