"""The frame of every page, and switching businesses."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import DomainError, NotFound
from settings_ui.services.account.access import token_digest
from tests.support import FakeClock, add_business, add_user, join, open_session


@pytest.fixture
def token(services: Services, owner: Actor, clock: FakeClock) -> str:
    return open_session(services, owner.user_id, clock)


@pytest.fixture
def me(services: Services, token: str) -> Actor:
    actor = services.account.access.actor(token_digest(token))
    assert actor is not None
    return actor


def opens_in(services: Services, token: str) -> str | None:
    actor = services.account.access.actor(token_digest(token))
    return actor.business_id if actor else None


def test_it_shows_the_person_the_business_and_all_homes_in_the_order_of_joining(
    services: Services, me: Actor, business: str
) -> None:
    second = add_business(services, "Another", time_zone="Europe/Berlin")
    join(services, me.user_id, second, Role.VIEWER)
    add_business(services, "Foreign")
    seen = services.business.shell.see(me)
    assert (seen.email, seen.current.name, seen.current.role) == ("dana@example.com", "Harbor Leads", Role.OWNER)
    assert [(home.id, home.role, home.time_zone) for home in seen.homes] == [
        (business, Role.OWNER, "UTC"),
        (second, Role.VIEWER, "Europe/Berlin"),
    ]


def test_a_removed_member_sees_nothing(services: Services, me: Actor, business: str) -> None:
    second = add_business(services)
    join(services, me.user_id, second, Role.VIEWER)
    services.business.members.add_member(
        business, "other@example.com", name="Other", role=Role.OWNER, password="battery staple horse correct"
    )
    services.business.members.remove_member(business, "dana@example.com")
    with pytest.raises(NotFound):
        services.business.shell.see(me)


def test_switching_holds_for_this_session_only(
    services: Services, me: Actor, token: str, business: str, clock: FakeClock
) -> None:
    second = add_business(services)
    join(services, me.user_id, second, Role.VIEWER)
    elsewhere = open_session(services, me.user_id, clock)
    services.business.shell.switch(me, second)
    assert opens_in(services, token) == second
    assert opens_in(services, elsewhere) == business


def test_a_foreign_business_is_like_none_and_nothing_is_switched(
    services: Services, me: Actor, token: str, business: str
) -> None:
    """Trying ids does not reveal which businesses exist."""
    foreign = add_business(services)
    join(services, add_user(services), foreign, Role.OWNER)
    answers = set()
    for asked in (foreign, "biz_nobodyhasthisidatall2222", "", "%", "x" * 1000):
        with pytest.raises(NotFound) as refused:
            services.business.shell.switch(me, asked)
        answers.add(refused.value.message)
    assert len(answers) == 1
    assert opens_in(services, token) == business


@pytest.mark.parametrize("asked", ["\0", "\ud800"], ids=ascii)
def test_an_id_that_no_database_could_hold_is_refused_too(
    services: Services, me: Actor, token: str, business: str, asked: str
) -> None:
    with pytest.raises(DomainError):
        services.business.shell.switch(me, asked)
    assert opens_in(services, token) == business


def test_after_a_removal_the_session_falls_back_to_what_is_left(
    services: Services, me: Actor, token: str, business: str
) -> None:
    second = add_business(services, "Second")
    join(services, me.user_id, second, Role.VIEWER)
    services.business.shell.switch(me, second)
    services.business.members.remove_member("Second", "dana@example.com")
    assert opens_in(services, token) == business
