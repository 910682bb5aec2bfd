"""Invitations: valid once, for seven days, for whoever reads the address."""

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Conflict, DomainError, Forbidden, Gone, Invalid, NotFound
from settings_ui.models import Invitation, Membership, User
from settings_ui.services.account.sign_in import Visitor
from settings_ui.services.business.invitations import JOIN_PATH
from settings_ui.services.kit.changes import user_topic
from tests.at_once import at_once
from tests.support import PASSWORD, FakeClock, add_business, add_member, add_user, link_token, mails

GOOD = "battery staple horse correct"
PAT = "pat@example.com"


def invite(services: Services, actor: Actor, email: str = PAT, role: str = "viewer") -> str:
    services.business.invitations.invite(actor, email, role)
    return link_token(mails(services)[-1].body, JOIN_PATH)


def members(services: Services, business: str) -> dict[str, str]:
    with services.database.read() as session:
        query = select(User.email, Membership.role).where(
            Membership.user_id == User.id, Membership.business_id == business
        )
        return dict(session.exec(query).all())


def test_someone_new_joins_with_a_name_and_a_password(services: Services, business: str, owner: Actor) -> None:
    token = invite(services, owner)
    offer = services.business.invitations.look(token)
    assert (offer.business, offer.email, offer.role, offer.known) == ("Harbor Leads", PAT, Role.VIEWER, False)
    services.business.invitations.join_new(token, "Pat Moss", GOOD)
    assert members(services, business)[PAT] == "viewer"
    assert services.account.sign_in.sign_in(PAT, GOOD, Visitor("192.0.2.0/24", ""), None)


def test_a_link_is_good_once_also_for_many_at_once(services: Services, business: str, owner: Actor) -> None:
    token = invite(services, owner)
    answers = at_once(*[lambda: services.business.invitations.join_new(token, "Pat Moss", GOOD)] * 5)
    assert sum(isinstance(answer, DomainError) for answer in answers) == 4
    assert members(services, business) == {"dana@example.com": "owner", PAT: "viewer"}
    for again in (
        lambda: services.business.invitations.look(token),
        lambda: services.business.invitations.join_new(token, "Eve", "another password of mine"),
        lambda: services.business.invitations.join_known(token, password=GOOD),
    ):
        with pytest.raises(Gone, match="was already accepted"):
            again()


def test_a_link_ends_after_seven_days_and_by_withdrawal_and_by_a_newer_one(
    services: Services, owner: Actor, clock: FakeClock
) -> None:
    first = invite(services, owner)
    clock.tick(days=7)
    assert services.business.invitations.look(first)
    clock.tick(seconds=1)
    with pytest.raises(Gone, match="7 days"):
        services.business.invitations.join_new(first, "Pat", GOOD)
    (waiting,) = services.business.invitations.open(owner)
    assert waiting.expired
    services.business.invitations.send_again(owner, waiting.id)
    second = link_token(mails(services, PAT)[-1].body, JOIN_PATH)
    with pytest.raises(Gone, match="newer"):
        services.business.invitations.join_new(first, "Pat", GOOD)
    services.business.invitations.withdraw(owner, waiting.id)
    with pytest.raises(Gone, match="withdrawn"):
        services.business.invitations.join_new(second, "Pat", GOOD)
    with pytest.raises(NotFound):
        services.business.invitations.send_again(owner, waiting.id)


@pytest.mark.parametrize("token", ["", "x", "a.b", "\0", "é" * 50, "\ud800"])
def test_a_link_that_we_did_not_sign_is_nothing(services: Services, token: str) -> None:
    with pytest.raises(NotFound):
        services.business.invitations.look(token)


def test_no_secret_of_a_link_rests(services: Services, owner: Actor) -> None:
    token = invite(services, owner)
    with services.database.read() as session:
        row = session.exec(select(Invitation)).one()
    assert len(row.secret_digest) == 64
    assert row.secret_digest not in token


@pytest.mark.parametrize("spelled", ["dana@example.com", "DANA@Example.COM", " Dana@EXAMPLE.com "])
def test_a_member_is_not_invited_however_spelled(services: Services, owner: Actor, spelled: str) -> None:
    with pytest.raises(Conflict, match="is already a member of Harbor Leads") as refused:
        services.business.invitations.invite(owner, spelled, "viewer")
    assert refused.value.field == "email"
    assert not mails(services)


def test_an_admin_does_not_invite_themselves(services: Services, business: str, owner: Actor, clock: FakeClock) -> None:
    """Neither with their current role nor with a lower one."""
    admin = add_member(services, business, Role.ADMIN, clock, email="sam@example.com")
    with pytest.raises(Conflict, match="is already a member of Harbor Leads"):
        services.business.invitations.invite(admin, "Sam@example.com", "viewer")
    with pytest.raises(Forbidden):
        services.business.invitations.invite(admin, "sam@example.com", "owner")
    assert services.business.invitations.open(owner) == []


def test_an_address_is_not_invited_twice_also_at_once(services: Services, owner: Actor) -> None:
    answers = at_once(
        *[lambda e=e: services.business.invitations.invite(owner, e, "viewer") for e in (PAT, "PAT@example.com") * 2]
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 3
    assert len(services.business.invitations.open(owner)) == 1


def test_an_admin_invites_and_undoes_below_themselves_only(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    admin = add_member(services, business, Role.ADMIN, clock)
    for role in ("owner", "admin"):
        with pytest.raises(Forbidden):
            services.business.invitations.invite(admin, PAT, role)
    with pytest.raises(Invalid):
        services.business.invitations.invite(admin, PAT, "god")
    invite(services, admin, PAT, "manager")
    services.business.invitations.invite(owner, "sam@example.com", "owner")
    above = next(one for one in services.business.invitations.open(admin) if one.email == "sam@example.com")
    assert not above.mine
    for deed in (services.business.invitations.withdraw, services.business.invitations.send_again):
        with pytest.raises(Forbidden):
            deed(admin, above.id)
    for role in (Role.MANAGER, Role.VIEWER, Role.PUBLISHER):
        below = add_member(services, business, role, clock)
        for refused in (
            lambda a=below: services.business.invitations.open(a),
            lambda a=below: services.business.invitations.invite(a, "x@example.com", "publisher"),
            lambda a=below: services.business.invitations.withdraw(a, above.id),
        ):
            with pytest.raises(Forbidden):
                refused()


@pytest.mark.parametrize(
    ("inviter", "becomes", "role"),
    [(Role.OWNER, "", "owner"), (Role.OWNER, "admin", "admin"), (Role.ADMIN, "viewer", "publisher")],
    ids=["removed", "lowered to below it", "lowered to who invites nobody"],
)
def test_no_invitation_is_a_way_back_for_whoever_may_no_longer_invite(
    services: Services, business: str, owner: Actor, clock: FakeClock, inviter: Role, becomes: str, role: str
) -> None:
    """Otherwise a member about to be removed could invite a second address of their own, even as an owner, and be
    back immediately."""
    sender = add_member(services, business, inviter, clock)
    token = invite(services, sender, PAT, role)
    assert services.business.invitations.look(token)
    (seen,) = [one for one in services.business.team.see(owner).members if one.role is inviter and not one.self]
    if becomes:
        services.business.team.change_role(owner, seen.id, becomes)
    else:
        services.business.team.remove(owner, seen.id)
    with pytest.raises(Gone, match="can no longer do so"):
        services.business.invitations.look(token)
    with pytest.raises(Gone, match="can no longer do so"):
        services.business.invitations.join_new(token, "Pat Moss", GOOD)
    assert PAT not in members(services, business)
    (waiting,) = services.business.invitations.open(owner)
    assert waiting.expired
    clock.tick(seconds=1)
    services.business.invitations.send_again(owner, waiting.id)
    assert not services.business.invitations.open(owner)[0].expired
    services.business.invitations.join_new(link_token(mails(services, PAT)[-1].body, JOIN_PATH), "Pat Moss", GOOD)
    assert members(services, business)[PAT] == role


def test_an_invitation_of_another_business_is_not_there(services: Services, owner: Actor, clock: FakeClock) -> None:
    stranger = add_member(services, add_business(services), Role.OWNER, clock)
    invite(services, owner)
    (waiting,) = services.business.invitations.open(owner)
    assert not services.business.invitations.open(stranger)
    for deed in (services.business.invitations.withdraw, services.business.invitations.send_again):
        with pytest.raises(NotFound):
            deed(stranger, waiting.id)


def test_an_account_joins_with_its_own_session_or_password_and_keeps_both(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    """The link alone gives nobody access to an existing account, and does not change its password."""
    add_user(services, PAT, "Pat")
    stranger = add_member(services, add_business(services), Role.OWNER, clock)
    token = invite(services, owner)
    assert services.business.invitations.look(token).known
    with pytest.raises(Conflict):
        services.business.invitations.join_new(token, "Eve", GOOD)
    for given in ({"password": "wrong"}, {"password": ""}, {"user_id": stranger.user_id}):
        with pytest.raises(Invalid) as refused:
            services.business.invitations.join_known(token, **given)  # type: ignore[arg-type]
        assert refused.value.field == "password"
    services.business.invitations.join_known(token, password=PASSWORD)
    assert members(services, business)[PAT] == "viewer"


def test_an_account_joins_by_its_session(services: Services, business: str, owner: Actor) -> None:
    user = add_user(services, PAT, "Pat")
    services.business.invitations.join_known(invite(services, owner, "PAT@EXAMPLE.com"), user_id=user)
    assert members(services, business)[PAT] == "viewer"


def test_whoever_opens_the_link_gets_the_address_from_an_account_that_only_typed_it_in(
    services: Services, business: str, owner: Actor, clock: FakeClock
) -> None:
    """An account that merely entered the address, unverified, is not the person invited, even if already a member."""
    squatter = add_member(services, business, Role.VIEWER, clock)
    before = services.business.shell.see(squatter).email
    services.account.login_email.change(squatter, PAT, PASSWORD)
    clock.tick(seconds=1)
    token = invite(services, owner)
    assert not services.business.invitations.look(token).known
    for given in ({"user_id": squatter.user_id}, {"password": PASSWORD}):
        with pytest.raises(Conflict):
            services.business.invitations.join_known(token, **given)  # type: ignore[arg-type]
    done = services.business.invitations.join_new(token, "Pat", GOOD)
    assert user_topic(squatter.user_id) in done.topics
    assert members(services, business) | {PAT: "viewer", before: "viewer"} == members(services, business)


def test_a_disabled_account_does_not_join(services: Services, business: str, owner: Actor, clock: FakeClock) -> None:
    user = add_user(services, PAT)
    with services.database.write() as session:
        session.get_one(User, user).disabled_at = clock.now()
    with pytest.raises(Forbidden):
        services.business.invitations.join_known(invite(services, owner), password=PASSWORD)


@pytest.mark.parametrize(
    ("name", "password", "field"),
    [("", GOOD, "name"), ("Pat", "short", "new_password"), ("Pat", "pat@example.com", "new_password")],
)
def test_what_cannot_be_kept_leaves_the_link_good(
    services: Services, business: str, owner: Actor, name: str, password: str, field: str
) -> None:
    token = invite(services, owner)
    with pytest.raises(Invalid) as refused:
        services.business.invitations.join_new(token, name, password)
    assert refused.value.field == field
    services.business.invitations.join_new(token, "Pat Moss", GOOD)
    assert members(services, business)[PAT] == "viewer"
