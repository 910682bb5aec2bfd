"""The frame of every page: switching businesses, toasts, and refusals."""

from typing import Any

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.models import UserSession
from settings_ui.state.answers import last_day
from settings_ui.state.shell import TOASTS, Shell, as_role
from settings_ui.state.vocabulary import Vocabulary
from tests.state.people import People
from tests.state.pipeline import Pipeline
from tests.state.showing import actor_of, toasts
from tests.support import START, add_business, join


async def test_a_window_is_moved_to_another_business_of_the_person_and_to_no_other(
    people: People, pipeline: Pipeline, services: Services
) -> None:
    person = people.member(Role.VIEWER)
    other, foreign = add_business(services, "Heron Media"), add_business(services, "Of others")
    join(services, person.user_id, other, Role.OWNER)
    window = await pipeline.window(person.cookie)
    shown: dict[str, Any] = window.shows(Shell)
    assert [(home["name"], home["as_role"], home["current"]) for home in shown["homes"]][1:] == [
        ("Heron Media", "an owner", False)
    ]
    assert (shown["home"]["id"], shown["home"]["current"]) == (person.business_id, True)
    await window.emit(Shell.switch, business_id=foreign)
    assert ([kind for kind, _ in toasts(window)], window.goes_to) == (["bad"], "")
    await window.emit(Shell.switch, business_id=other)
    assert window.goes_to == "/settings"
    with services.database.read() as session:
        assert session.get_one(UserSession, actor_of(services, person).session_id).business_id == other
    await window.load()
    assert window.shows(Shell)["home"]["id"] == other


async def test_three_toasts_show_and_each_can_be_dismissed(people: People, pipeline: Pipeline) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    for _ in range(TOASTS + 1):
        await window.emit(Vocabulary.toast, kind="good")
    await window.emit(Vocabulary.toast, kind="bad")
    assert [kind for kind, _ in toasts(window)] == ["good", "good", "bad"]
    assert toasts(window)[0][1] != toasts(window)[-1][1]
    first, *others = window.shows(Shell)["toasts"]
    await window.emit(Shell.dismiss, toast=first["id"])
    assert window.shows(Shell)["toasts"] == others


async def test_the_vocabulary_keeps_a_value_or_says_what_is_wrong(people: People, pipeline: Pipeline) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    await window.emit(Vocabulary.save, form={"value": "Kim"})
    assert (window.shows(Vocabulary)["value"], window.shows(Vocabulary)["answered"]) == ("Kim", 1)
    await window.emit(Vocabulary.save, form={"value": 7})
    assert (window.shows(Vocabulary)["value"], list(window.shows(Vocabulary)["errors"])) == ("Kim", ["value"])
    for asks in (True, False):
        await window.emit(Vocabulary.ask, asks=asks)
        assert window.shows(Vocabulary)["asks"] is asks


@pytest.mark.parametrize(("role", "said"), [("owner", "an owner"), ("admin", "an admin"), ("viewer", "a viewer")])
def test_a_role_is_said_with_its_article(role: str, said: str) -> None:
    assert as_role(role) == said


def test_the_last_day_before_an_end_is_said_in_the_zone() -> None:
    assert (last_day(None, "UTC"), last_day(START.replace(hour=0), "UTC")) == ("", "2026-03-03")
