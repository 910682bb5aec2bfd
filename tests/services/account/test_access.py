"""From a session to an actor: rights are checked now, not at sign-in."""

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Capability, Role
from settings_ui.domain.errors import Forbidden
from settings_ui.models import User, UserSession
from settings_ui.services.account.access import Holders, token_digest
from tests.support import PASSWORD, FakeClock, add_business, add_member, add_user, join, open_session


def look(services: Services, token: str, business_id: str | None = None) -> Actor | None:
    return services.account.access.actor(token_digest(token), business_id)


def last_seen(services: Services, token: str) -> object:
    with services.database.read() as session:
        return session.exec(
            select(UserSession.last_seen_at).where(UserSession.token_digest == token_digest(token))
        ).one()


@pytest.fixture
def viewer(services: Services, business: str) -> str:
    user_id = add_user(services, "noor@example.com")
    join(services, user_id, business, Role.VIEWER)
    return user_id


@pytest.fixture
def token(services: Services, viewer: str, clock: FakeClock) -> str:
    return open_session(services, viewer, clock)


def test_a_session_is_whoever_the_database_says(services: Services, viewer: str, business: str, token: str) -> None:
    actor = look(services, token)
    assert actor is not None
    assert (actor.user_id, actor.business_id, actor.role) == (viewer, business, Role.VIEWER)
    assert (actor.pay_per_call, actor.address) == (False, "192.0.2.0/24")


@pytest.mark.parametrize("cookie", ["", "nonsense", "\0", "x" * 100_000, "\ud800", "' or 1=1 --"], ids=ascii)
def test_any_other_cookie_is_nobody(services: Services, token: str, cookie: str) -> None:
    assert look(services, cookie) is None


def test_the_digest_of_a_session_does_not_sign_in(services: Services, token: str) -> None:
    """What the database stores is not a credential."""
    assert look(services, token_digest(token)) is None


def test_a_lowered_role_bites_at_the_next_look(services: Services, business: str, clock: FakeClock) -> None:
    admin = add_member(services, business, Role.ADMIN, clock, email="sam@example.com")
    mine = open_session(services, admin.user_id, clock)
    services.business.members.set_role(business, "sam@example.com", Role.VIEWER)
    actor = look(services, mine)
    assert actor is not None
    assert actor.role is Role.VIEWER
    with pytest.raises(Forbidden):
        services.activity.recent(actor, "members")


def test_a_removed_member_is_nobody_at_the_next_look(services: Services, business: str, token: str) -> None:
    services.business.members.remove_member(business, "noor@example.com")
    assert look(services, token) is None
    assert look(services, token, business) is None


def test_who_is_removed_from_one_business_goes_on_in_the_other(
    services: Services, viewer: str, business: str, token: str
) -> None:
    other = add_business(services)
    join(services, viewer, other, Role.OWNER)
    services.business.members.remove_member(business, "noor@example.com")
    assert look(services, token, business) is None
    actor = look(services, token)
    assert actor is not None
    assert (actor.business_id, actor.role) == (other, Role.OWNER)


@pytest.mark.parametrize("asked", ["another", "no such business", "", "\ufffd"])
def test_a_business_that_is_not_theirs_is_like_none(services: Services, token: str, asked: str) -> None:
    """So the answer does not reveal which businesses exist."""
    business_id = add_business(services, "Foreign") if asked == "another" else asked
    assert look(services, token, business_id) is None


def test_each_business_gives_its_own_role(services: Services, viewer: str, business: str, token: str) -> None:
    """Being an owner elsewhere gives no rights here."""
    other = add_business(services)
    join(services, viewer, other, Role.OWNER)
    here, there = look(services, token, business), look(services, token, other)
    assert here is not None
    assert there is not None
    assert (here.role, there.role) == (Role.VIEWER, Role.OWNER)


def test_the_add_on_needs_business_and_member_and_lapses_at_once(services: Services, business: str, token: str) -> None:
    def has_it() -> bool:
        actor = look(services, token)
        assert actor is not None
        assert actor.may(Capability.SET_OWN_PAYOUT) is actor.pay_per_call
        return actor.pay_per_call

    assert not has_it()
    services.business.members.set_add_on(business, active=True)
    assert has_it()
    services.business.members.set_add_on(business, active=False, email="noor@example.com")
    assert not has_it()
    services.business.members.set_add_on(business, active=True, email="noor@example.com")
    assert has_it()
    services.business.members.set_add_on(business, active=False)
    assert not has_it()


def test_the_add_on_of_one_business_gives_nothing_in_another(
    services: Services, viewer: str, business: str, token: str
) -> None:
    other = add_business(services, pay_per_call=True)
    join(services, viewer, other, Role.VIEWER)
    here, there = look(services, token, business), look(services, token, other)
    assert here is not None
    assert there is not None
    assert (here.pay_per_call, there.pay_per_call) == (False, True)


def test_a_disabled_user_is_nobody_at_the_next_look(
    services: Services, viewer: str, token: str, clock: FakeClock
) -> None:
    with services.database.write() as session:
        session.get_one(User, viewer).disabled_at = clock.now()
    assert look(services, token) is None


def test_an_ended_session_is_nobody(services: Services, token: str) -> None:
    services.account.sign_in.sign_out(token)
    assert look(services, token) is None


def test_a_session_unused_for_seven_days_is_over(services: Services, token: str, clock: FakeClock) -> None:
    clock.tick(days=6, hours=23, minutes=59)
    assert look(services, token) is not None
    clock.tick(days=7)
    assert look(services, token) is None


def test_a_session_in_daily_use_is_over_after_thirty_days(services: Services, token: str, clock: FakeClock) -> None:
    for _ in range(29):
        clock.tick(days=1)
        assert look(services, token) is not None
    clock.tick(hours=23, minutes=59)
    assert look(services, token) is not None
    clock.tick(minutes=1)
    assert look(services, token) is None


def test_last_seen_moves_once_a_minute_at_most(services: Services, token: str, clock: FakeClock) -> None:
    """Every event reads the session, but only a few write to it."""
    start = clock.now()
    clock.tick(seconds=60)
    look(services, token)
    assert last_seen(services, token) == start
    later = clock.tick(seconds=1)
    look(services, token)
    assert last_seen(services, token) == later


def test_looking_for_a_foreign_business_does_not_keep_a_session_alive(
    services: Services, token: str, clock: FakeClock
) -> None:
    start = clock.now()
    clock.tick(days=1)
    look(services, token, "biz_of_somebody_else")
    assert last_seen(services, token) == start


def test_without_a_business_it_is_the_one_looked_at_last_else_the_first_joined(
    services: Services, viewer: str, business: str, clock: FakeClock
) -> None:
    second = add_business(services)
    join(services, viewer, second, Role.ADMIN)
    first_time, again = open_session(services, viewer, clock), open_session(services, viewer, clock, second)
    seen = [look(services, first_time), look(services, again)]
    assert [actor and actor.business_id for actor in seen] == [business, second]


def test_holders_are_named_owners_first_three_at_most(services: Services, business: str, clock: FakeClock) -> None:
    def add(name: str, role: Role) -> None:
        join(services, add_user(services, name=name), business, role)

    viewer = add_member(services, business, Role.VIEWER, clock)
    assert services.account.access.holders(viewer, Capability.MANAGE_BILLING) == Holders([], 0)
    add("Ada Admin", Role.ADMIN)
    add("Mia Manager", Role.MANAGER)
    add("Olga Owner", Role.OWNER)
    assert services.account.access.holders(viewer, Capability.MANAGE_BILLING).names == ["Olga Owner", "Ada Admin"]
    add("Otto Owner", Role.OWNER)
    add("Abe Admin", Role.ADMIN)
    assert services.account.access.holders(viewer, Capability.MANAGE_BILLING) == Holders(
        ["Olga Owner", "Otto Owner", "Ada Admin"], more=1
    )


def test_holders_are_of_this_business_not_disabled_and_really_hold_it(
    services: Services, business: str, clock: FakeClock
) -> None:
    """No names from other businesses, and nobody is referred to a person who cannot help."""
    viewer = add_member(services, business, Role.VIEWER, clock)
    other = add_business(services, pay_per_call=True)
    join(services, add_user(services, name="Foreign Owner"), other, Role.OWNER)
    gone = add_user(services, name="Gone Owner")
    join(services, gone, business, Role.OWNER)
    with services.database.write() as session:
        session.get_one(User, gone).disabled_at = clock.now()
    join(services, add_user(services, "pat@example.com", "Pat Publisher"), business, Role.PUBLISHER)
    join(services, add_user(services, "mia@example.com", "Mia Manager"), business, Role.MANAGER)
    assert services.account.access.holders(viewer, Capability.MANAGE_BILLING) == Holders([], 0)
    assert services.account.access.holders(viewer, Capability.SET_OWN_PAYOUT).names == ["Pat Publisher"]
    services.business.members.set_add_on(business, active=True)
    assert services.account.access.holders(viewer, Capability.SET_OWN_PAYOUT).names[0] == "Mia Manager"
    services.business.members.set_add_on(business, active=False, email="mia@example.com")
    assert "Mia Manager" not in services.account.access.holders(viewer, Capability.SET_OWN_PAYOUT).names


def test_signing_in_again_does_not_revive_a_membership(services: Services, business: str, token: str) -> None:
    services.business.members.remove_member(business, "noor@example.com")
    services.business.members.add_member(business, "noor@example.com", name="", role=Role.PUBLISHER, password=PASSWORD)
    actor = look(services, token, business)
    assert actor is not None
    assert actor.role is Role.PUBLISHER
