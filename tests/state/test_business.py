"""The Business page: what it shows, how refusals look, and live updates in other windows."""

import asyncio
from typing import Any

from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.models import Membership, User
from settings_ui.services.account.access import token_digest
from settings_ui.services.business.invitations import JOIN_PATH
from settings_ui.state import live
from settings_ui.state.business import Business
from settings_ui.state.desk import Desk
from settings_ui.state.settings import Settings
from settings_ui.state.shell import Shell
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.support import FakeClock, add_user, join, link_token, mails


def member_id(services: Services, person: Person) -> str:
    with services.database.read() as session:
        return session.exec(
            select(Membership.id).where(
                Membership.user_id == person.user_id, Membership.business_id == person.business_id
            )
        ).one()


def roles(window: Window) -> list[tuple[str, bool, bool]]:
    return [(row["role"], row["mine"], row["self"]) for row in window.shows(Business)["members"]]


def toasts(window: Window) -> list[tuple[str, str]]:
    return [(toast["kind"], toast["text"]) for toast in window.shows(Shell)["toasts"]]


async def open_business(pipeline: Pipeline, person: Person) -> Window:
    return await pipeline.window(person.cookie, "/business")


async def test_an_admin_sees_everyone_and_may_change_those_below(people: People, pipeline: Pipeline) -> None:
    owner = people.member(Role.OWNER)
    admin = people.member(Role.ADMIN, owner.business_id)
    people.member(Role.VIEWER, owner.business_id)
    window = await open_business(pipeline, admin)
    assert roles(window) == [("owner", False, False), ("admin", False, True), ("viewer", True, False)]
    assert [role["value"] for role in window.shows(Business)["roles"]] == ["manager", "viewer", "publisher"]
    assert "Business" in [page["label"] for page in window.shows(Shell)["pages"]]


async def test_a_role_is_given_with_one_choice(services: Services, people: People, pipeline: Pipeline) -> None:
    owner = people.member(Role.OWNER)
    viewer = people.member(Role.VIEWER, owner.business_id)
    window = await open_business(pipeline, owner)
    await window.emit(Business.choose_role, member=member_id(services, viewer), role="manager")
    assert ("manager", True, False) in roles(window)
    assert toasts(window)[-1][1].endswith("is a manager now")
    assert window.shows(Business)["answered"] == 1


async def test_ones_own_role_chosen_again_asks_nothing(services: Services, people: People, pipeline: Pipeline) -> None:
    owner = people.member(Role.OWNER)
    window = await open_business(pipeline, owner)
    await window.emit(Business.choose_role, member=member_id(services, owner), role="owner")
    assert window.shows(Business)["dialog"] == ""
    assert toasts(window)[-1][1].endswith("is an owner now")


async def test_what_cannot_be_given_is_refused_in_a_toast(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """The only owner's own role, a role above the admin's, and a member who no longer exists."""
    owner = people.member(Role.OWNER)
    admin = people.member(Role.ADMIN, owner.business_id)
    window = await open_business(pipeline, admin)
    for member, role in ((member_id(services, owner), "viewer"), ("mem_nobody", "viewer")):
        await window.emit(Business.choose_role, member=member, role=role)
        assert toasts(window)[-1][0] == "bad"
    await window.emit(Business.set_access, member=member_id(services, owner), active=False)
    assert toasts(window)[-1] == ("bad", "An admin can only change members below their own role. Ask an owner.")
    assert roles(window) == [("owner", False, False), ("admin", False, True)]


async def test_the_last_owner_is_told_in_the_question_about_their_own_role(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    owner = people.member(Role.OWNER)
    window = await open_business(pipeline, owner)
    await window.emit(Business.choose_role, member=member_id(services, owner), role="viewer")
    assert window.shows(Business)["dialog"] == "role"
    assert roles(window) == [("owner", True, True)]
    await window.emit(Business.give_role)
    assert "last owner" in window.shows(Business)["errors"][""]
    assert roles(window) == [("owner", True, True)]


async def test_whoever_lowers_themselves_is_shown_nothing_more_of_the_page(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """Not even once: the rights from before the change are not used after it."""
    owner = people.member(Role.OWNER)
    people.member(Role.OWNER, owner.business_id)
    window = await open_business(pipeline, owner)
    await window.emit(Business.choose_role, member=member_id(services, owner), role="viewer")
    before = len(window.sent)
    await window.emit(Business.give_role)
    assert window.goes_to == "/settings?denied=business"
    assert not any("members" in sent for sent in window.sent[before:])


async def test_the_open_window_of_a_member_follows_a_change(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """It shows the tabs of the new role without a click."""
    owner = people.member(Role.OWNER)
    viewer = people.member(Role.VIEWER, owner.business_id)
    theirs = await pipeline.window(viewer.cookie, "/settings")
    window = await open_business(pipeline, owner)
    async with live.delivering(pipeline, Shell.look_again, Desk.open, quiet_s=0.01):  # type: ignore[arg-type]
        await window.emit(Business.choose_role, member=member_id(services, viewer), role="admin")
        await pipeline.settle()
        assert "API Keys" in [tab["label"] for tab in theirs.shows(Shell)["tabs"]]
        await asyncio.sleep(0.05)  # changes within the quiet time are batched
        await window.emit(Business.choose_role, member=member_id(services, viewer), role="publisher")
        await pipeline.settle()
    assert [tab["slug"] for tab in theirs.shows(Shell)["tabs"]] == ["profile", "payouts"]


async def test_an_invitation_is_sent_listed_sent_again_and_withdrawn(
    services: Services, people: People, pipeline: Pipeline, clock: FakeClock
) -> None:
    owner = people.member(Role.OWNER)
    window = await open_business(pipeline, owner)
    await window.emit(Business.ask, dialog="invite", about="")
    await window.emit(Business.invite, form={"email": "nobody", "role": "viewer"})
    assert window.shows(Business)["dialog"] == "invite"
    assert list(window.shows(Business)["errors"]) == ["email"]
    await window.emit(Business.invite, form={"email": "pat@example.com", "role": "viewer"})
    assert window.shows(Business)["dialog"] == ""
    clock.tick(seconds=1)
    await window.emit(Business.invite, form={"email": "kim@example.com", "role": "viewer"})
    _, waiting = window.shows(Business)["invitations"]
    assert (waiting["email"], waiting["role"], waiting["mine"]) == ("pat@example.com", "Viewer", True)
    await window.emit(Business.send_again, invitation=waiting["id"])
    tokens = {link_token(mail.body, JOIN_PATH) for mail in mails(services, "pat@example.com")}
    assert len(tokens) == 2
    assert not any(token in sent for token in tokens for sent in window.sent)
    await window.emit(Business.ask, dialog="withdraw", about=waiting["id"])
    await window.emit(Business.withdraw)
    assert [row["email"] for row in window.shows(Business)["invitations"]] == ["kim@example.com"]
    assert {change["what"] for change in window.shows(Business)["changes"]} == {
        "invited a member",
        "sent an invitation again",
        "withdrew an invitation",
    }


async def test_a_member_is_removed_once_that_is_confirmed(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    owner = people.member(Role.OWNER)
    viewer = people.member(Role.VIEWER, owner.business_id)
    window = await open_business(pipeline, owner)
    for dialog in ("remove", "withdraw", "role", ""):
        await window.emit(Business.ask, dialog=dialog, about="mem_of_another_business")
        assert window.shows(Business)["dialog"] == ""
    await window.emit(Business.ask, dialog="remove", about=member_id(services, viewer))
    assert window.shows(Business)["dialog"] == "remove"
    await window.emit(Business.remove)
    assert roles(window) == [("owner", True, True)]


async def test_pay_per_call_is_switched_for_one_member(services: Services, people: People, pipeline: Pipeline) -> None:
    owner = people.member(Role.OWNER)
    viewer = people.member(Role.VIEWER, owner.business_id)
    window = await open_business(pipeline, owner)
    assert window.shows(Business)["pay_per_call"]
    for active, word in ((False, "off"), (True, "on")):
        await window.emit(Business.set_access, member=member_id(services, viewer), active=active)
        assert [row["access"] for row in window.shows(Business)["members"]] == [True, active]
        assert toasts(window)[-1] == ("good", f"Pay Per Call turned {word}")


async def test_settings_are_saved_or_refused_at_their_fields(people: People, pipeline: Pipeline) -> None:
    window = await open_business(pipeline, people.member(Role.OWNER))
    good: dict[str, Any] = {"name": "Harbor & Sons", "time_zone": "Europe/Berlin", "region": "DE", "currency": "EUR"}
    await window.emit(Business.save, form=good | {"time_zone": "Mars/Olympus"})
    assert list(window.shows(Business)["wrong"]) == ["time_zone"]
    assert (window.shows(Business)["details"]["region"], window.shows(Business)["saved"]) == ("US", 1)
    await window.emit(Business.save, form=good)
    assert window.shows(Business)["wrong"] == {}
    assert window.shows(Business)["details"] == good | {"recounting": True, "currency_fixed": False}
    assert window.shows(Shell)["home"]["name"] == "Harbor & Sons"


async def test_a_window_that_was_not_told_in_time_undoes_nothing(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """What someone else saved after the form was filled stays, and is said at the field where it is in the way."""
    owner = people.member(Role.OWNER)
    window = await open_business(pipeline, owner)
    shown = window.shows(Business)["details"]
    form = {field: shown[field] for field in ("name", "time_zone", "region", "currency")}
    other = services.account.access.actor(token_digest(owner.cookie))
    assert other is not None
    services.business.details.save(other, "Theirs", *list(form.values())[1:])
    await window.emit(Business.save, form=form | {"region": "DE"})
    assert window.shows(Business)["wrong"] == {}
    assert (window.shows(Business)["details"]["name"], window.shows(Business)["details"]["region"]) == ("Theirs", "DE")
    services.business.details.save(other, "Theirs again", *list(form.values())[1:])
    mine = form | {"name": "Mine", "region": "DE"}
    await window.emit(Business.save, form=mine)
    assert "Someone changed it to Theirs again" in window.shows(Business)["wrong"]["name"]
    await window.emit(Business.save, form=mine)
    assert (window.shows(Business)["wrong"], window.shows(Business)["details"]["name"]) == ({}, "Mine")


async def test_one_page_of_many_members_is_sent_and_the_others_can_be_searched(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    owner = people.member(Role.OWNER)
    for number in range(60):
        name = "Zoë 100%" if number == 59 else f"Member {number}"
        join(services, add_user(services, name=name), owner.business_id, Role.VIEWER)
    window = await open_business(pipeline, owner)
    assert (len(roles(window)), window.shows(Business)["range"]) == (50, "1–50 of 61")
    await window.emit(Business.turn, pages=1)
    assert (len(roles(window)), window.shows(Business)["more"]) == (11, False)
    await window.emit(Business.find, search="0%")
    assert [row["name"] for row in window.shows(Business)["members"]] == ["Zoë 100%"]
    with services.database.read() as session:
        email = session.get_one(User, owner.user_id).email
    await window.emit(Business.find, search=email.upper())
    assert roles(window) == [("owner", True, True)]
    await window.emit(Business.open)
    assert roles(window) == [("owner", True, True)]
    await window.emit(Business.find, search="nobody")
    assert (roles(window), window.shows(Business)["range"], window.shows(Business)["more"]) == ([], "", False)
    await window.go(f"/business?member={member_id(services, owner)}")
    assert (roles(window), window.shows(Business)["search"]) == ([("owner", True, True)], "")


async def test_a_manager_and_a_publisher_are_sent_to_settings(people: People, pipeline: Pipeline) -> None:
    for role in (Role.MANAGER, Role.VIEWER, Role.PUBLISHER):
        window = await pipeline.window(people.member(role).cookie, "/business")
        assert window.goes_to == "/settings?denied=business"
        await window.go("/settings?denied=business")
        assert window.shows(Settings)["notice"]["strong"] == "Business is for owners and admins."
        assert "members" not in window.shows(Business) or not window.shows(Business)["members"]


async def test_a_link_shows_one_member_and_what_they_ask_for(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    owner = people.member(Role.OWNER)
    viewer = people.member(Role.VIEWER, owner.business_id)
    asking = await pipeline.window(viewer.cookie, "/settings?tab=api-keys")
    assert asking.shows(Settings)["wanted"] == "api-keys"
    await asking.emit(Settings.ask_for_access)
    assert toasts(asking)[-1] == ("good", "We asked the owners to give you access to API Keys")
    assert asking.shows(Settings)["wanted"] == ""
    await asking.emit(Settings.open)
    assert asking.shows(Settings)["wanted"] == ""
    await asking.emit(Settings.ask_for_access)
    assert len(mails(services)) == 1
    window = await pipeline.window(owner.cookie, f"/business?member={member_id(services, viewer)}")
    assert [row["asks_for"] for row in window.shows(Business)["members"]] == ["API Keys"]
    await window.go("/business?member=mem_%00")
    assert len(roles(window)) == 2


async def test_access_to_a_page_is_asked_for_like_access_to_a_tab(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    owner = people.member(Role.OWNER)
    window = await pipeline.window(people.member(Role.VIEWER, owner.business_id).cookie, "/settings?denied=numbers")
    await window.emit(Settings.ask_for_access)
    assert [mail.subject.endswith("asks for access to Numbers") for mail in mails(services)] == [True]


async def test_access_that_was_asked_for_in_another_window_is_not_asked_for_again(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """In the person's second window, which says that it has already been requested."""
    owner = people.member(Role.OWNER)
    viewer = people.member(Role.VIEWER, owner.business_id)
    first = await pipeline.window(viewer.cookie, "/settings?tab=api-keys")
    second = await pipeline.window(people.sign_in(viewer), "/settings?tab=api-keys")
    await first.emit(Settings.ask_for_access)
    await second.emit(Settings.ask_for_access)
    assert toasts(second)[-1][0] == "bad"
    assert len(mails(services)) == 1
