"""The full name: saved immediately, in every business, and pushed to every window that shows it."""

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Invalid
from settings_ui.models import Activity, User
from settings_ui.services.kit.changes import business_topic, user_topic
from tests.support import FakeClock, add_business, add_member, join


def name_of(services: Services, actor: Actor) -> str:
    with services.database.read() as session:
        return session.get_one(User, actor.user_id).name


def changes(services: Services) -> list[Activity]:
    with services.database.read() as session:
        return list(session.exec(select(Activity).where(Activity.topic == "profile")))


@pytest.mark.parametrize("role", Role)
def test_every_role_may_change_their_own_name(services: Services, business: str, clock: FakeClock, role: Role) -> None:
    actor = add_member(services, business, role, clock)
    assert services.account.profile.rename(actor, "  Dana   Okafor ").value == "Dana Okafor"
    assert name_of(services, actor) == "Dana Okafor"


def test_a_name_holds_in_every_business_and_all_of_them_look_again(
    services: Services, owner: Actor, business: str
) -> None:
    other = add_business(services)
    join(services, owner.user_id, other, Role.VIEWER)
    done = services.account.profile.rename(owner, "Dana Okafor")
    assert done.topics == {user_topic(owner.user_id), business_topic(business), business_topic(other)}
    assert services.business.shell.see(owner).name == "Dana Okafor"


def test_nobody_elses_name_changes(services: Services, owner: Actor, publisher: Actor) -> None:
    before = name_of(services, publisher)
    services.account.profile.rename(owner, "Dana Okafor")
    assert name_of(services, publisher) == before


def test_the_change_is_recorded_with_before_and_after(services: Services, owner: Actor, clock: FakeClock) -> None:
    before = name_of(services, owner)
    services.account.profile.rename(owner, "Dana Okafor")
    [change] = changes(services)
    assert (change.user_id, change.business_id, change.at) == (owner.user_id, owner.business_id, clock.now())
    assert (change.before, change.after) == ({"name": before}, {"name": "Dana Okafor"})


def test_saving_the_same_name_changes_nothing(services: Services, owner: Actor) -> None:
    done = services.account.profile.rename(owner, f" {name_of(services, owner)} ")
    assert done.topics == frozenset()
    assert changes(services) == []


@pytest.mark.parametrize("name", ["", "   ", "\0", "Dana\u202eReyes", "x" * 101, "\u3164", "\ud800"], ids=ascii)
def test_a_name_that_cannot_be_kept_is_refused_at_its_field_and_the_old_one_stays(
    services: Services, owner: Actor, name: str
) -> None:
    before = name_of(services, owner)
    with pytest.raises(Invalid) as refused:
        services.account.profile.rename(owner, name)
    assert refused.value.field == "name"
    assert name_of(services, owner) == before
    assert changes(services) == []


@pytest.mark.parametrize("name", ["x" * 100, "🎈" * 100, "<b>Dana</b>", "=cmd|'x'!A0", "Robert'); DROP TABLE users;--"])
def test_any_other_text_is_kept_as_it_is(services: Services, owner: Actor, name: str) -> None:
    services.account.profile.rename(owner, name)
    assert name_of(services, owner) == name
