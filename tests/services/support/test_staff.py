"""Support staff: appointed by the operator, and members of no business."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role, StaffActor
from settings_ui.domain.errors import Conflict, Invalid, NotFound, Unauthenticated
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.sign_in import Visitor
from tests.support import PASSWORD, FakeClock, add_business, add_user, join, mails, open_session

WHO = Visitor("192.0.2.0/24", "Chrome on Linux")


def test_a_new_person_signs_in_as_staff_and_not_once_they_were_removed(services: Services) -> None:
    services.support.staff.add("ada@support.example", name="Ada Quist", password=PASSWORD)
    token = services.account.sign_in.sign_in("ada@support.example", PASSWORD, WHO, None).value
    access = services.account.access
    staff = access.staff(token_digest(token))
    assert staff is not None
    assert access.actor(token_digest(token)) is None
    assert access.person(token_digest(token)) == staff
    assert services.support.desk.who(staff) == ("Ada Quist", "ada@support.example")
    services.support.staff.remove("ada@support.example")
    assert access.person(token_digest(token)) is None
    with pytest.raises(Unauthenticated):
        services.account.sign_in.sign_in("ada@support.example", PASSWORD, WHO, None)


def test_staff_can_set_a_forgotten_password(services: Services, staff: StaffActor) -> None:
    services.account.password.ask_for_reset("ada@support.example", "192.0.2.0/24")
    assert [mail.subject for mail in mails(services, "ada@support.example")] == ["Set a new password"]


def test_a_member_cannot_become_staff_nor_staff_a_member(services: Services, owner: Actor, staff: StaffActor) -> None:
    with pytest.raises(Conflict):
        services.support.staff.add("dana@example.com")
    with pytest.raises(Conflict):
        services.business.members.add_member(
            owner.business_id, "ada@support.example", name="", role=Role.VIEWER, password=None
        )


def test_whoever_is_both_all_the_same_is_only_a_member(
    services: Services, staff: StaffActor, business: str, clock: FakeClock
) -> None:
    cookie = token_digest(open_session(services, staff.user_id, clock))
    join(services, staff.user_id, business, Role.VIEWER)
    assert services.account.access.staff(cookie) is None
    person = services.account.access.person(cookie)
    assert isinstance(person, Actor)
    assert person.role is Role.VIEWER


def test_an_ended_session_and_a_members_session_are_not_staffs(
    services: Services, manager: Actor, staff: StaffActor, clock: FakeClock
) -> None:
    token = open_session(services, staff.user_id, clock)
    services.account.sign_in.sign_out(token)
    assert services.account.access.staff(token_digest(token)) is None
    theirs = open_session(services, manager.user_id, clock)
    assert services.account.access.staff(token_digest(theirs)) is None
    idle = open_session(services, staff.user_id, clock)
    clock.tick(days=7)
    assert services.account.access.staff(token_digest(idle)) is None


def test_what_the_operator_cannot_do_is_said(services: Services, clock: FakeClock) -> None:
    with pytest.raises(Invalid):
        services.support.staff.add("new@support.example")
    with pytest.raises(NotFound):
        services.support.staff.remove("nobody@support.example")
    add_user(services, "plain@support.example")
    with pytest.raises(NotFound):
        services.support.staff.remove("plain@support.example")
    services.support.staff.add("plain@support.example")
    services.support.staff.add("plain@support.example")


def test_an_invitation_does_not_make_staff_a_member(services: Services, owner: Actor, staff: StaffActor) -> None:
    from tests.support import link_token

    services.business.invitations.invite(owner, "ada@support.example", "viewer")
    token = link_token(mails(services, "ada@support.example")[0].body, "/join")
    with pytest.raises(Conflict):
        services.business.invitations.join_known(token, user_id=staff.user_id)


def test_staff_with_no_business_sees_all(services: Services, staff: StaffActor) -> None:
    add_business(services)
    assert services.support.desk.page(staff).page == ()
