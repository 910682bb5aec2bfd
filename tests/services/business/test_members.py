"""Businesses and members, as the operator creates them."""

import pytest
from sqlmodel import select, update

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Conflict, DomainError, Gone, Invalid, NotFound
from settings_ui.models import Activity, Business, Membership, User
from settings_ui.services.account.password import RESET_PATH
from settings_ui.services.account.sign_in import Visitor
from tests.at_once import at_once
from tests.support import PASSWORD, START, FakeClock, add_business, link_token, mails

HERE = Visitor("192.0.2.0/24", "")
GOOD = "battery staple horse correct"


def create(services: Services, name: str = "Harbor Leads", email: str = "dana@example.com") -> str:
    return services.business.members.create_business(name, owner_email=email, owner_name="Dana Okafor", password=GOOD)


def members(services: Services, business: str) -> dict[str, str]:
    with services.database.read() as session:
        query = select(User.email, Membership.role).where(
            Membership.user_id == User.id, Membership.business_id == business
        )
        return dict(session.exec(query).all())


def counts(services: Services) -> tuple[int, int, int, int]:
    with services.database.read() as session:
        found = [len(session.exec(select(table)).all()) for table in (Business, User, Membership, Activity)]
    return (found[0], found[1], found[2], found[3])


def test_a_business_starts_with_its_owner_who_can_sign_in(services: Services) -> None:
    business = create(services)
    assert members(services, business) == {"dana@example.com": "owner"}
    assert services.account.sign_in.sign_in("dana@example.com", GOOD, HERE, None)


def test_someone_with_an_account_keeps_their_name_and_password(services: Services) -> None:
    """Nobody can take over an account by adding it to their own business."""
    create(services)
    second = services.business.members.create_business(
        "Second", owner_email="DANA@example.com", owner_name="Eve", password="another password of mine"
    )
    assert members(services, second) == {"dana@example.com": "owner"}
    assert services.account.sign_in.sign_in("dana@example.com", GOOD, HERE, None)
    with services.database.read() as session:
        assert [user.name for user in session.exec(select(User))] == ["Dana Okafor"]


def test_an_owner_without_a_password_gets_one_mail_whose_link_is_good_once_for_a_week(
    services: Services, clock: FakeClock
) -> None:
    """Until the link is used, nobody can sign in with the account."""
    services.business.members.create_business(
        "Harbor Leads", owner_email="dana@example.com", owner_name="Dana Okafor", password=None
    )
    (mail,) = mails(services)
    assert (mail.recipient, mail.subject) == ("dana@example.com", "Harbor Leads is ready")
    token = link_token(mail.body, RESET_PATH)
    clock.tick(days=7)
    services.account.password.reset(token, GOOD)
    assert services.account.sign_in.sign_in("dana@example.com", GOOD, HERE, None)
    with pytest.raises(Gone):
        services.account.password.reset(token, "another password of mine")


def test_the_link_of_an_owner_ends_after_a_week_and_a_forgotten_one_after_an_hour(
    services: Services, clock: FakeClock
) -> None:
    services.business.members.create_business(
        "Harbor Leads", owner_email="dana@example.com", owner_name="Dana Okafor", password=None
    )
    first = link_token(mails(services)[-1].body, RESET_PATH)
    clock.tick(days=7, seconds=1)
    with pytest.raises(Gone, match="7 days"):
        services.account.password.reset(first, GOOD)
    services.account.password.ask_for_reset("dana@example.com", "192.0.2.0/24")
    again = link_token(mails(services)[-1].body, RESET_PATH)
    clock.tick(hours=1, seconds=1)
    with pytest.raises(Gone, match="an hour"):
        services.account.password.reset(again, GOOD)


def test_an_owner_with_an_account_is_told_and_keeps_the_password(services: Services) -> None:
    create(services)
    services.business.members.create_business("Second", owner_email="DANA@example.com", owner_name="Eve", password=None)
    (mail,) = mails(services)
    assert "Sign in as usual" in mail.body
    assert RESET_PATH not in mail.body
    assert services.account.sign_in.sign_in("dana@example.com", GOOD, HERE, None)


@pytest.mark.parametrize("password", ["", "too short", "password password", "\0" * 20])
def test_someone_new_needs_a_password_that_may_be_set(services: Services, password: str) -> None:
    """And nothing is half-written: there is no business without an owner."""
    with pytest.raises(Invalid) as refused:
        services.business.members.create_business(
            "Harbor Leads", owner_email="dana@example.com", owner_name="Dana", password=password
        )
    assert refused.value.field == "password"
    assert counts(services) == (0, 0, 0, 0)


@pytest.mark.parametrize(("name", "email"), [("", "dana@example.com"), ("x" * 101, "d@example.com"), ("Harbor", "no")])
def test_a_business_that_cannot_be_is_not_written(services: Services, name: str, email: str) -> None:
    with pytest.raises(Invalid):
        create(services, name, email)
    assert counts(services) == (0, 0, 0, 0)


@pytest.mark.parametrize("spelled", ["pat@example.com", "PAT@Example.com", " pat@example.com "])
def test_a_member_is_not_added_twice_however_spelled(services: Services, spelled: str) -> None:
    business = create(services)
    services.business.members.add_member(business, "pat@example.com", name="Pat", role=Role.VIEWER, password=GOOD)
    with pytest.raises(Conflict, match=r"pat@example\.com is already a member of Harbor Leads"):
        services.business.members.add_member(business, spelled, name="", role=Role.OWNER, password=None)
    assert members(services, business)["pat@example.com"] == "viewer"


def test_of_many_adds_at_once_one_counts_and_the_others_are_told(services: Services) -> None:
    business = create(services)
    answers = at_once(
        *[
            lambda: services.business.members.add_member(
                business, "pat@example.com", name="Pat", role=Role.VIEWER, password=GOOD
            )
        ]
        * 6
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 5
    assert members(services, business) == {"dana@example.com": "owner", "pat@example.com": "viewer"}


def test_one_new_person_in_many_businesses_at_once_becomes_one_account(services: Services) -> None:
    answers = at_once(*[lambda number=number: create(services, f"Business {number}") for number in range(6)])
    made = [answer for answer in answers if not isinstance(answer, DomainError)]
    assert made
    assert all(isinstance(answer, Conflict) for answer in answers if answer not in made)
    assert counts(services)[:3] == (len(made), 1, len(made))


def test_a_business_is_found_by_id_or_exact_name(services: Services) -> None:
    business = create(services)
    for known in (business, "Harbor Leads"):
        services.business.members.set_add_on(known, active=True)
    for unknown in ("harbor leads", "Harbor", "", "%", "' or 1=1 --", business.upper()):
        with pytest.raises(NotFound, match="No business has the id or name"):
            services.business.members.set_add_on(unknown, active=False)


def test_two_businesses_of_one_name_are_told_apart_by_id(services: Services) -> None:
    first, second = create(services), create(services)
    with pytest.raises(Conflict, match="2 businesses are called “Harbor Leads”; give the id"):
        services.business.members.set_add_on("Harbor Leads", active=True)
    services.business.members.set_add_on(second, active=True)
    with services.database.read() as session:
        assert [session.get_one(Business, one).pay_per_call for one in (first, second)] == [False, True]


def test_the_last_owner_stays_an_owner_and_a_member(services: Services) -> None:
    """A business always has somebody who can act for it."""
    business = create(services)
    services.business.members.add_member(business, "sam@example.com", name="Sam", role=Role.ADMIN, password=GOOD)
    for call in (
        lambda: services.business.members.set_role(business, "dana@example.com", Role.ADMIN),
        lambda: services.business.members.remove_member(business, "dana@example.com"),
    ):
        with pytest.raises(
            Conflict, match=r"This is the last owner who can sign in\. Make someone else an owner first"
        ):
            call()
    assert members(services, business)["dana@example.com"] == "owner"
    services.business.members.set_role(business, "sam@example.com", Role.OWNER)
    services.business.members.remove_member(business, "dana@example.com")
    assert members(services, business) == {"sam@example.com": "owner"}


def test_an_owner_who_cannot_sign_in_is_no_other_owner(services: Services) -> None:
    business = create(services)
    services.business.members.add_member(business, "sam@example.com", name="Sam", role=Role.OWNER, password=GOOD)
    with services.database.write() as session:
        session.exec(update(User).where(User.email == "sam@example.com").values(disabled_at=START))
    for call in (
        lambda: services.business.members.set_role(business, "dana@example.com", Role.ADMIN),
        lambda: services.business.members.remove_member(business, "dana@example.com"),
    ):
        with pytest.raises(Conflict, match="last owner who can sign in"):
            call()


def test_nobody_is_found_by_an_address_that_is_not_proven_to_be_theirs(services: Services) -> None:
    """A member who enters someone else's address gets no role intended for that person."""
    business = create(services)
    services.business.members.add_member(business, "eve@example.com", name="Eve", role=Role.VIEWER, password=GOOD)
    with services.database.write() as session:
        taken_over = {"email": "bob@corp.example", "email_folded": "bob@corp.example", "email_verified_at": None}
        session.exec(update(User).where(User.email == "eve@example.com").values(**taken_over))
    ours = services.business.members
    for call in (
        lambda: ours.set_role(business, "bob@corp.example", Role.OWNER),
        lambda: ours.remove_member(business, "bob@corp.example"),
        lambda: ours.set_add_on(business, active=False, email="bob@corp.example"),
        lambda: ours.add_member(business, "bob@corp.example", name="Bob", role=Role.OWNER, password=GOOD),
    ):
        with pytest.raises(Conflict, match="is not verified yet"):
            call()
    assert members(services, business)["bob@corp.example"] == "viewer"


def test_an_owner_elsewhere_is_no_other_owner(services: Services) -> None:
    business = create(services)
    services.business.members.add_member(
        create(services, "Second"), "sam@example.com", name="S", role=Role.OWNER, password=GOOD
    )
    with pytest.raises(Conflict):
        services.business.members.remove_member(business, "dana@example.com")


def test_two_owners_leaving_at_once_leave_one(services: Services) -> None:
    business = create(services)
    services.business.members.add_member(business, "sam@example.com", name="Sam", role=Role.OWNER, password=GOOD)
    answers = at_once(
        lambda: services.business.members.remove_member(business, "dana@example.com"),
        lambda: services.business.members.set_role(business, "sam@example.com", Role.VIEWER),
    )
    assert sum(isinstance(answer, Conflict) for answer in answers) == 1
    assert list(members(services, business).values()).count("owner") == 1


def test_a_removed_member_keeps_the_account(services: Services) -> None:
    business, second = create(services), create(services, "Second")
    services.business.members.add_member(business, "pat@example.com", name="Pat", role=Role.VIEWER, password=GOOD)
    services.business.members.add_member(second, "pat@example.com", name="", role=Role.VIEWER, password=None)
    services.business.members.remove_member(business, "pat@example.com")
    assert services.account.sign_in.sign_in("pat@example.com", GOOD, HERE, None)


@pytest.mark.parametrize("email", ["nobody@example.com", "other@example.com"])
def test_who_is_not_a_member_cannot_be_changed(services: Services, email: str) -> None:
    business = create(services)
    services.business.members.add_member(
        add_business(services), "other@example.com", name="O", role=Role.OWNER, password=GOOD
    )
    for call in (
        lambda: services.business.members.set_role(business, email, Role.OWNER),
        lambda: services.business.members.remove_member(business, email),
        lambda: services.business.members.set_add_on(business, active=True, email=email),
    ):
        with pytest.raises(NotFound, match=f"{email} is not a member of Harbor Leads"):
            call()


def test_every_change_is_recorded_as_the_operators(services: Services) -> None:
    business = create(services)
    services.business.members.add_member(business, "pat@example.com", name="Pat", role=Role.VIEWER, password=GOOD)
    services.business.members.set_role(business, "pat@example.com", Role.MANAGER)
    services.business.members.set_role(business, "pat@example.com", Role.MANAGER)
    services.business.members.set_add_on(business, active=True)
    services.business.members.set_add_on(business, active=False, email="pat@example.com")
    services.business.members.remove_member(business, "pat@example.com")
    with services.database.read() as session:
        rows = session.exec(select(Activity)).all()
    assert {(row.source, row.user_id, row.business_id) for row in rows} == {("operator", None, business)}
    assert sorted((row.what, str(row.before), str(row.after)) for row in rows) == [
        ("added a member", "{}", "{'Dana Okafor': 'owner'}"),
        ("added a member", "{}", "{'Pat': 'viewer'}"),
        ("changed a role", "{'Pat': 'viewer'}", "{'Pat': 'manager'}"),
        ("created the business", "{}", "{'name': 'Harbor Leads'}"),
        ("removed a member", "{'Pat': 'manager'}", "{}"),
        ("turned Pay Per Call off for a member", "{}", "{'Member': 'Pat'}"),
        ("turned Pay Per Call on", "{}", "{}"),
    ]


def test_a_new_member_without_a_name_goes_by_the_address(services: Services) -> None:
    business = create(services)
    services.business.members.add_member(business, "pat.moreau@example.com", name="", role=Role.VIEWER, password=GOOD)
    with services.database.read() as session:
        assert session.exec(select(User.name).where(User.email == "pat.moreau@example.com")).one() == "pat.moreau"
    assert PASSWORD != GOOD
