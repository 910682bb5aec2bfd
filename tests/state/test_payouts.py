"""The Payouts tab: what each form and button shows and writes."""

from typing import Any

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.state.payouts import Payouts
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.state.showing import actor_of, toasts
from tests.support import PASSWORD, FakeClock, mails

FIRST, NEXT = "first@paypal.example", "next@paypal.example"


@pytest.fixture
def publisher(people: People) -> Person:
    return people.member(Role.PUBLISHER)


@pytest.fixture
async def window(pipeline: Pipeline, publisher: Person) -> Window:
    return await pipeline.window(publisher.cookie, "/settings?tab=payouts")


def shown(window: Window) -> dict[str, Any]:
    return window.shows(Payouts)


def lines(window: Window) -> list[tuple[str, str, str]]:
    return [(line["text"], line["badge"], line["kind"]) for line in shown(window)["history"]]


async def save(window: Window, email: str, password: str = PASSWORD) -> None:
    await window.emit(Payouts.save, form={"email": email, "password": password})


async def test_the_first_address_is_in_force_and_the_next_on_hold_until_it_is_cancelled(
    window: Window, services: Services, publisher: Person, clock: FakeClock
) -> None:
    assert (shown(window)["in_force"]["id"], shown(window)["on_hold"]["id"]) == ("", "")
    await save(window, FIRST)
    assert toasts(window) == [("good", "PayPal email saved")]
    assert (shown(window)["in_force"]["email"], shown(window)["on_hold"]["id"]) == (FIRST, "")
    assert lines(window) == [(f"Saved {FIRST}", "In force", "good")]
    clock.tick(hours=1)
    await save(window, NEXT)
    assert toasts(window)[-1] == ("good", "Change on hold for 72 hours")
    assert (shown(window)["in_force"]["email"], shown(window)["on_hold"]["email"]) == (FIRST, NEXT)
    assert lines(window) == [(f"Changed to {NEXT}", "On hold", "warn"), (f"Saved {FIRST}", "In force", "good")]
    for asks in (True, False, True):
        await window.emit(Payouts.ask_to_cancel, asks=asks)
        assert shown(window)["asks_to_cancel"] is asks
    await window.emit(Payouts.cancel)
    assert (toasts(window)[-1], shown(window)["asks_to_cancel"]) == (("good", "Change cancelled"), False)
    assert shown(window)["on_hold"]["id"] == ""
    assert lines(window) == [(f"Changed to {NEXT}", "Cancelled", ""), (f"Saved {FIRST}", "In force", "good")]
    assert services.payouts.destinations.see(actor_of(services, publisher)).on_hold is None
    await window.emit(Payouts.cancel)
    assert toasts(window)[-1][0] == "bad"
    clock.tick(hours=1)
    await save(window, NEXT)
    clock.tick(hours=73)
    await window.load()
    assert [badge for _, badge, _ in lines(window)] == ["In force", "Cancelled", ""]


async def test_what_is_wrong_is_said_at_its_field(window: Window, services: Services, publisher: Person) -> None:
    for email, password, field in (("nothing", PASSWORD, "email"), (FIRST, "wrong", "password")):
        await save(window, email, password)
        assert (list(shown(window)["errors"]), toasts(window)) == ([field], [])
    assert services.payouts.destinations.see(actor_of(services, publisher)).history == ()
    await save(window, FIRST)
    assert (shown(window)["errors"], shown(window)["answered"]) == ({}, 3)


async def test_a_confirmation_is_mailed_again(window: Window, services: Services) -> None:
    await save(window, FIRST)
    sent = len(mails(services, FIRST))
    await window.emit(Payouts.send_confirmation, destination=shown(window)["in_force"]["id"])
    assert (toasts(window)[-1], len(mails(services, FIRST))) == (("good", "Confirmation email sent"), sent + 1)
    await window.emit(Payouts.send_confirmation, destination="pay_of_nobody")
    assert (toasts(window)[-1][0], len(mails(services, FIRST))) == ("bad", sent + 1)


@pytest.mark.parametrize(("role", "sees"), [(Role.OWNER, True), (Role.PUBLISHER, False)])
async def test_recent_changes_are_for_those_who_see_activity(
    people: People, pipeline: Pipeline, role: Role, sees: bool
) -> None:
    window = await pipeline.window(people.member(role).cookie, "/settings?tab=payouts")
    await save(window, FIRST)
    assert (shown(window)["sees_changes"], bool(shown(window)["changes"])) == (sees, sees)
