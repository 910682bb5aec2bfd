"""The Profile tab: what each form and button shows and writes."""

from typing import Any

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.models import User, UserSession
from settings_ui.state.profile import SESSIONS, Profile
from settings_ui.state.shell import Shell
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.state.showing import toasts
from tests.support import PASSWORD, mails

NEW_PASSWORD = "another long enough password"


@pytest.fixture
def viewer(people: People) -> Person:
    return people.member(Role.VIEWER)


@pytest.fixture
async def window(pipeline: Pipeline, viewer: Person) -> Window:
    return await pipeline.window(viewer.cookie, "/settings?tab=profile")


def shown(window: Window) -> dict[str, Any]:
    return window.shows(Profile)


def user(services: Services, person: Person) -> User:
    with services.database.read() as session:
        return session.get_one(User, person.user_id)


def open_sessions(services: Services, person: Person) -> int:
    with services.database.read() as session:
        query = select(UserSession).where(UserSession.user_id == person.user_id)
        return sum(row.ended_at is None for row in session.exec(query))


async def test_a_name_is_saved_without_a_toast_or_refused_at_its_field(
    window: Window, services: Services, viewer: Person
) -> None:
    """The form itself shows that it is saved; the frame shows the new name too."""
    await window.emit(Profile.rename, form={"name": "  Kim   Lee "})
    assert (shown(window)["user"]["name"], window.shows(Shell)["user"]["name"]) == ("Kim Lee", "Kim Lee")
    assert (user(services, viewer).name, shown(window)["name_answered"], toasts(window)) == ("Kim Lee", 1, [])
    await window.emit(Profile.rename, form={"name": " "})
    assert (list(shown(window)["name_errors"]), user(services, viewer).name) == (["name"], "Kim Lee")
    await window.emit(Profile.rename, form={"name": "Kim"})
    assert (shown(window)["name_errors"], shown(window)["name_answered"]) == ({}, 3)


async def test_a_login_email_is_changed_with_the_password(window: Window, services: Services, viewer: Person) -> None:
    await window.emit(Profile.change_email, form={"email": "kim@example.com", "password": "wrong"})
    assert (list(shown(window)["email_errors"]), toasts(window)) == (["password"], [])
    await window.emit(Profile.change_email, form={"email": "kim@example.com", "password": PASSWORD})
    assert (shown(window)["email_errors"], shown(window)["email_answered"]) == ({}, 2)
    assert toasts(window) == [("good", "Login email changed")]
    assert (shown(window)["user"]["email"], shown(window)["user"]["verified"]) == ("kim@example.com", False)
    assert user(services, viewer).email == "kim@example.com"
    sent = len(mails(services, "kim@example.com"))
    await window.emit(Profile.send_verification)
    assert toasts(window)[-1] == ("good", "Verification email sent")
    assert len(mails(services, "kim@example.com")) == sent + 1


async def test_a_verification_that_is_not_needed_is_refused_in_a_toast(window: Window, services: Services) -> None:
    await window.emit(Profile.send_verification)
    assert [kind for kind, _ in toasts(window)] == ["bad"]
    assert mails(services) == []


async def test_a_password_is_changed_with_the_current_one(
    window: Window, services: Services, viewer: Person, people: People
) -> None:
    people.sign_in(viewer)
    before = user(services, viewer).password_hash
    await window.emit(Profile.change_password, form={"password": "wrong", "new_password": NEW_PASSWORD})
    assert (list(shown(window)["password_errors"]), toasts(window)) == (["password"], [])
    assert (user(services, viewer).password_hash, open_sessions(services, viewer)) == (before, 2)
    await window.emit(Profile.change_password, form={"password": PASSWORD, "new_password": NEW_PASSWORD})
    assert (shown(window)["password_errors"], shown(window)["password_answered"]) == ({}, 2)
    assert toasts(window) == [("good", "Password changed, other sessions signed out")]
    assert user(services, viewer).password_hash != before
    assert (open_sessions(services, viewer), len(shown(window)["sessions"])) == (1, 1)


async def test_a_photo_that_was_uploaded_shows_and_is_removed(
    window: Window, services: Services, viewer: Person
) -> None:
    with services.database.write() as session:
        session.get_one(User, viewer.user_id).avatar = "ava_x"
    await window.emit(Profile.photo_uploaded)
    assert toasts(window) == [("good", "Photo saved")]
    assert "ava_x" in shown(window)["user"]["photo"]
    await window.emit(Profile.remove_photo)
    assert toasts(window)[-1] == ("good", "Photo removed")
    assert (shown(window)["user"]["photo"], user(services, viewer).avatar) == ("", None)


async def test_the_latest_sessions_are_shown_and_all_on_request(
    pipeline: Pipeline, services: Services, viewer: Person, people: People
) -> None:
    for _ in range(SESSIONS):
        people.sign_in(viewer)
    window = await pipeline.window(viewer.cookie, "/settings?tab=profile")
    assert (len(shown(window)["sessions"]), shown(window)["session_count"]) == (SESSIONS, SESSIONS + 1)
    assert [session["this"] for session in shown(window)["sessions"]] == [True] + [False] * (SESSIONS - 1)
    await window.emit(Profile.show_every_session)
    assert len(shown(window)["sessions"]) == SESSIONS + 1
    await window.emit(Profile.end_session, session=shown(window)["sessions"][-1]["id"])
    assert (len(shown(window)["sessions"]), shown(window)["session_count"]) == (SESSIONS, SESSIONS)


async def test_one_other_session_is_signed_out(
    pipeline: Pipeline, services: Services, viewer: Person, people: People
) -> None:
    people.sign_in(viewer)
    window = await pipeline.window(viewer.cookie, "/settings?tab=profile")
    [other] = [session["id"] for session in shown(window)["sessions"] if not session["this"]]
    await window.emit(Profile.end_session, session=other)
    assert (toasts(window), open_sessions(services, viewer)) == ([("good", "Session signed out")], 1)
    assert [session["this"] for session in shown(window)["sessions"]] == [True]
    await window.emit(Profile.end_session, session=other)
    assert toasts(window)[-1] == ("bad", "This session has already ended.")


async def test_all_other_sessions_are_signed_out_once_that_is_confirmed(
    pipeline: Pipeline, services: Services, viewer: Person, people: People
) -> None:
    people.sign_in(viewer)
    people.sign_in(viewer)
    window = await pipeline.window(viewer.cookie, "/settings?tab=profile")
    for asks in (True, False, True):
        await window.emit(Profile.ask_to_end_others, asks=asks)
        assert shown(window)["asks_to_end_others"] is asks
    assert open_sessions(services, viewer) == 3
    await window.emit(Profile.end_others)
    assert (shown(window)["asks_to_end_others"], open_sessions(services, viewer)) == (False, 1)
    assert toasts(window) == [("good", "Other sessions signed out")]


async def test_a_notification_email_is_turned_off_and_on_again(pipeline: Pipeline, people: People) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie, "/settings?tab=profile")
    for on, said in ((False, "Ticket replies: emails off"), (True, "Ticket replies: emails on")):
        await window.emit(Profile.choose_mail, notice="ticket_reply", on=on)
        assert toasts(window)[-1] == ("good", said)
        assert {choice["name"]: choice["on"] for choice in shown(window)["notices"]}["ticket_reply"] is on
