"""Team management by owners and admins."""

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from settings_ui.models import Activity, Membership, User
from tests.at_once import at_once
from tests.support import FakeClock, add_business, add_member, link_token, mails


def membership(services: Services, actor: Actor) -> str:
    with services.database.read() as session:
        return session.exec(
            select(Membership.id).where(
                Membership.user_id == actor.user_id, Membership.business_id == actor.business_id
            )
        ).one()


def roles(services: Services, business: str) -> dict[str, str]:
    with services.database.read() as session:
        query = select(Membership.user_id, Membership.role).where(Membership.business_id == business)
        return dict(session.exec(query).all())


def test_nobody_but_an_owner_changes_anyone_at_or_above_their_own_role(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    """All pairs of roles with every new role: allowed only to an actor who may manage both the old and the new one."""
    order = list(Role)
    people = {role: add_member(services, business, role, clock) for role in Role}
    before = roles(services, business)
    for actor in people.values():
        for other in people.values():
            member = membership(services, other)
            for new in Role:
                allowed = actor.role is Role.OWNER or (
                    actor.role is Role.ADMIN and order.index(other.role) > 1 and order.index(new) > 1
                )
                if allowed:
                    assert services.business.team.change_role(actor, member, new).value is new
                    if other is not actor:
                        services.business.team.change_role(owner, member, other.role)
                    else:
                        services.business.team.change_role(owner, member, Role.OWNER)
                else:
                    with pytest.raises(Forbidden):
                        services.business.team.change_role(actor, member, new)
            if not (actor.role is Role.OWNER or (actor.role is Role.ADMIN and order.index(other.role) > 1)):
                with pytest.raises(Forbidden):
                    services.business.team.remove(actor, member)
                with pytest.raises(Forbidden):
                    services.business.team.set_access(actor, member, active=False)
    assert roles(services, business) == before


def test_of_two_owners_who_demote_each_other_at_once_one_stays(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    other = add_member(services, business, Role.OWNER, clock)
    targets = [(owner, membership(services, other)), (other, membership(services, owner))]
    answers = at_once(
        *[lambda a=actor, m=member: services.business.team.change_role(a, m, "viewer") for actor, member in targets]
    )
    assert sum(isinstance(answer, Forbidden) for answer in answers) == 1
    assert sorted(roles(services, business).values()) == ["owner", "viewer"]


def test_the_last_owner_who_can_sign_in_stays(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    """A disabled owner does not count, since they cannot act."""
    other = add_member(services, business, Role.OWNER, clock)
    with services.database.write() as session:
        session.get_one(User, other.user_id).disabled_at = clock.now()
    mine = membership(services, owner)
    with pytest.raises(Conflict, match="last owner"):
        services.business.team.change_role(owner, mine, "admin")
    with pytest.raises(Conflict, match="last owner"):
        services.business.team.remove(owner, mine)
    assert roles(services, business)[owner.user_id] == "owner"


def test_a_role_that_was_lowered_a_moment_ago_counts(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    """An actor loaded before the change still gets the rights after it."""
    admin = add_member(services, business, Role.ADMIN, clock)
    viewer = membership(services, add_member(services, business, Role.VIEWER, clock))
    services.business.team.change_role(owner, membership(services, admin), "manager")
    with pytest.raises(Forbidden):
        services.business.team.remove(admin, viewer)
    services.business.team.remove(owner, membership(services, admin))
    with pytest.raises(Forbidden):
        services.business.team.set_access(admin, viewer, active=False)


def test_members_of_another_business_are_not_there(services: Services, owner: Actor, clock: FakeClock) -> None:
    elsewhere = add_business(services)
    other = membership(services, add_member(services, elsewhere, Role.VIEWER, clock))
    for deed in (
        lambda: services.business.team.change_role(owner, other, "admin"),
        lambda: services.business.team.set_access(owner, other, active=False),
        lambda: services.business.team.remove(owner, other),
    ):
        with pytest.raises(NotFound):
            deed()
    with pytest.raises(Invalid) as refused:
        services.business.team.change_role(owner, other, "god")
    assert refused.value.field == "role"


def test_a_change_is_noted_and_told_to_the_member(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    viewer = add_member(services, business, Role.VIEWER, clock)
    member = membership(services, viewer)
    topics = {f"business-{business}", f"user-{viewer.user_id}"}
    assert services.business.team.change_role(owner, member, "manager").topics == topics
    assert services.business.team.set_access(owner, member, active=False).topics == topics
    assert services.business.team.remove(owner, member).topics == topics
    with services.database.read() as session:
        noted = [row.what for row in session.exec(select(Activity).order_by(Activity.at, Activity.id))]
    assert sorted(noted) == ["changed a role", "removed a member", "turned Pay Per Call off for a member"]


def test_members_are_listed_with_what_the_actor_may_do(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    admin = add_member(services, business, Role.ADMIN, clock)
    viewer = add_member(services, business, Role.VIEWER, clock)
    seen = services.business.team.see(admin)
    assert [(member.role, member.mine, member.self) for member in seen.members] == [
        (Role.OWNER, False, False), (Role.ADMIN, False, True), (Role.VIEWER, True, False),
    ]  # fmt: skip
    assert seen.roles == (Role.MANAGER, Role.VIEWER, Role.PUBLISHER)
    assert services.business.team.see(owner).roles == tuple(Role)
    with pytest.raises(Forbidden):
        services.business.team.see(viewer)


@pytest.mark.parametrize("by_operator", [False, True])
def test_an_invitation_from_before_does_not_bring_a_removed_member_back(
    services: Services, business: str, owner: Actor, clock: FakeClock, *, by_operator: bool
) -> None:
    """They were invited, and added otherwise meanwhile: the email is still in their mailbox."""
    services.business.invitations.invite(owner, "kim@example.com", "admin")
    token = link_token(mails(services, "kim@example.com")[0].body, "/join")
    kim = add_member(services, business, Role.VIEWER, clock, email="kim@example.com")
    services.business.invitations.invite(owner, "sam@example.com", "admin")
    if by_operator:
        services.business.members.remove_member(business, "kim@example.com")
    else:
        services.business.team.remove(owner, membership(services, kim))
    with pytest.raises(Gone):
        services.business.invitations.join_known(token, user_id=kim.user_id)
    assert [waiting.email for waiting in services.business.invitations.open(owner)] == ["sam@example.com"]
