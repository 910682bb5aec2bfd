"""The Blocked Callers tab: pagination, and unblocking with undo."""

from typing import Any

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.models import User
from settings_ui.services.account.access import token_digest
from settings_ui.services.blocked_callers.service import PAGE
from settings_ui.state.blocked_callers import UNDOS, BlockedCallers
from settings_ui.state.shell import Shell
from tests.blocked import block, entries, many_entries, screen
from tests.calls import CALLER, a_key
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.support import FakeClock, add_business

OTHER = "+14155550133"


@pytest.fixture
def owner(people: People, services: Services) -> Person:
    return people.member(Role.OWNER, add_business(services))


async def opened(pipeline: Pipeline, owner: Person) -> Window:
    return await pipeline.window(owner.cookie, "/settings?tab=blocked-callers")


def shown(window: Window) -> dict[str, Any]:
    return window.shows(BlockedCallers)


def listed(window: Window) -> list[str]:
    return [entry["shown"] for entry in shown(window)["entries"]]


def toasts(window: Window) -> list[tuple[str, str, bool]]:
    return [(toast["text"], toast["kind"], toast["undo"]) for toast in window.shows(Shell)["toasts"]]


def on_the_list(services: Services, owner: Person) -> set[str]:
    return {row.pattern for row in entries(services, owner.business_id) if row.removed_at is None}


async def test_an_entry_says_what_it_stops_who_made_it_and_what_it_stopped(
    pipeline: Pipeline, services: Services, owner: Person, clock: FakeClock, people: People
) -> None:
    block(services, a_key(owner.business_id), "+1 212 555*")
    clock.tick(minutes=1)
    boss = _actor(services, owner)
    services.blocked_callers.block_list.block(boss, [CALLER], note="Roofs", until=clock.now().date())
    for _ in range(2):
        screen(services, owner.business_id)
    window = await opened(pipeline, owner)
    number, prefix = shown(window)["entries"]
    name = _name(services, owner)
    assert [number[part] for part in ("shown", "kind", "note", "creator", "stopped")] == [
        "(415) 555-0132", "", "Roofs", name, "2",
    ]  # fmt: skip
    assert (number["ends"]["iso"], number["last"]["iso"]) == ("2026-03-05T00:00:00+00:00", "2026-03-04T12:01:00+00:00")
    assert [prefix[part] for part in ("shown", "kind", "note", "creator", "stopped")] == [
        "+1 212-555…", "Prefix", "", "API", "0",
    ]  # fmt: skip
    assert (prefix["ends"]["iso"], prefix["last"]["iso"]) == ("", "")
    assert (shown(window)["stopped"], shown(window)["spark"]) == ("2", [0] * 29 + [100])
    said = [(change["who"], change["what"]) for change in shown(window)["changes"]]
    assert said[0] == (name, "blocked (415) 555-0132")
    assert shown(window)["business"] == owner.business_id


async def test_a_list_with_nothing_on_it_has_no_range(pipeline: Pipeline, owner: Person) -> None:
    window = await opened(pipeline, owner)
    assert [shown(window).get(part) for part in ("count", "range", "more", "stopped")] == ["0", "", False, "0"]
    assert shown(window)["spark"] == [0] * 30


async def test_pages_are_turned_within_the_list(pipeline: Pipeline, services: Services, owner: Person) -> None:
    many_entries(services, owner.business_id, [f"+1415555{n:04}" for n in range(PAGE + 2)])
    window = await opened(pipeline, owner)
    first = listed(window)
    assert (shown(window)["range"], shown(window)["more"], shown(window)["count"]) == ("1–50 of 52", True, "52")
    await window.emit(BlockedCallers.select, entry=shown(window)["entries"][0]["id"], chosen=True)
    await window.emit(BlockedCallers.turn, pages=9)
    assert (shown(window)["range"], shown(window)["more"], shown(window)["selected"]) == ("51–52 of 52", False, [])
    await window.emit(BlockedCallers.turn, pages=-9)
    assert listed(window) == first
    await window.emit(BlockedCallers.turn, pages=-1)
    assert (listed(window), shown(window)["offset"]) == (first, 0)


async def test_a_search_and_an_order_begin_at_the_first_page(
    pipeline: Pipeline, services: Services, owner: Person
) -> None:
    many_entries(services, owner.business_id, [f"+1415555{n:04}" for n in range(PAGE + 2)])
    window = await opened(pipeline, owner)
    await window.emit(BlockedCallers.turn, pages=1)
    await window.emit(BlockedCallers.order, sort="number")
    assert (listed(window)[0], shown(window)["range"]) == ("(415) 555-0000", "1–50 of 52")
    await window.emit(BlockedCallers.turn, pages=1)
    await window.emit(BlockedCallers.select, entry=shown(window)["entries"][0]["id"], chosen=True)
    await window.emit(BlockedCallers.find, search="50007")
    assert (listed(window), shown(window)["range"]) == (["(415) 555-0007"], "1–1 of 1")
    assert (shown(window)["selected"], shown(window)["search"]) == ([], "50007")
    await window.emit(BlockedCallers.order, sort="by magic")
    assert shown(window)["sort"] == "added"


async def test_only_what_is_on_the_page_can_be_selected(pipeline: Pipeline, services: Services, owner: Person) -> None:
    ids = block(services, a_key(owner.business_id), CALLER, OTHER)
    window = await opened(pipeline, owner)
    for entry in (*ids, ids[0], "blk_of_nobody"):
        await window.emit(BlockedCallers.select, entry=entry, chosen=True)
    assert sorted(shown(window)["selected"]) == sorted(ids)
    await window.emit(BlockedCallers.select, entry=ids[0], chosen=False)
    assert shown(window)["selected"] == [ids[1]]
    await window.emit(Shell.look_again)
    assert shown(window)["selected"] == [ids[1]]
    services.blocked_callers.block_list.unblock(a_key(owner.business_id), [ids[1]])
    await window.emit(Shell.look_again)
    assert (shown(window)["selected"], listed(window)) == ([], ["(415) 555-0132"])


async def test_the_import_opens_and_closes(pipeline: Pipeline, owner: Person) -> None:
    window = await opened(pipeline, owner)
    for asks in (True, False):
        await window.emit(BlockedCallers.ask_to_import, asks=asks)
        assert shown(window)["importing"] is asks


async def test_unblocking_is_undone_by_its_toast(pipeline: Pipeline, services: Services, owner: Person) -> None:
    ids = block(services, a_key(owner.business_id), CALLER, OTHER)
    window = await opened(pipeline, owner)
    await window.emit(BlockedCallers.unblock, entries=ids)
    assert (toasts(window), on_the_list(services, owner)) == ([("2 unblocked", "good", True)], set())
    toast = window.shows(Shell)["toasts"][0]["id"]
    await window.emit(BlockedCallers.put_back, toast=toast)
    assert (toasts(window), on_the_list(services, owner)) == ([("Blocked again", "good", False)], {CALLER, OTHER})
    await window.emit(BlockedCallers.put_back, toast=toast)
    assert toasts(window)[-1][0] == "These are already blocked, or were unblocked too long ago."
    await window.emit(BlockedCallers.unblock, entries=[ids[0]])
    assert toasts(window)[-1] == ("(415) 555-0132 unblocked", "good", True)
    services.blocked_callers.block_list.unblock(a_key(owner.business_id), [ids[1]])
    await window.emit(BlockedCallers.unblock, entries=[ids[1]])
    assert toasts(window)[-1] == ("This is no longer on the list.", "bad", False)


async def test_unblocking_that_is_clicked_twice_says_one_thing(
    pipeline: Pipeline, services: Services, owner: Person
) -> None:
    ids = block(services, a_key(owner.business_id), CALLER)
    window = await opened(pipeline, owner)
    for _ in range(2):
        await window.emit(BlockedCallers.unblock, entries=ids)
    assert toasts(window) == [("(415) 555-0132 unblocked", "good", True)]


async def test_a_toast_undoes_once_and_leaves_the_others(pipeline: Pipeline, services: Services, owner: Person) -> None:
    ids = block(services, a_key(owner.business_id), CALLER, OTHER)
    window = await opened(pipeline, owner)
    for entry in ids:
        await window.emit(BlockedCallers.unblock, entries=[entry])
    other, toast = (shown["id"] for shown in window.shows(Shell)["toasts"])
    await window.emit(BlockedCallers.put_back, toast=toast)
    assert other in [shown["id"] for shown in window.shows(Shell)["toasts"]]
    services.blocked_callers.block_list.unblock(a_key(owner.business_id), ids)
    await window.emit(BlockedCallers.put_back, toast=toast)
    assert on_the_list(services, owner) == set()


async def test_a_window_can_undo_its_latest_unblockings(pipeline: Pipeline, services: Services, owner: Person) -> None:
    ids = block(services, a_key(owner.business_id), *[f"+1415555013{n}" for n in range(UNDOS + 1)])
    window = await opened(pipeline, owner)
    made = []
    for entry in ids:
        await window.emit(BlockedCallers.unblock, entries=[entry])
        made.append(window.shows(Shell)["toasts"][-1]["id"])
    for toast in made:
        await window.emit(BlockedCallers.put_back, toast=toast)
    assert on_the_list(services, owner) == {f"+1415555013{n}" for n in range(1, UNDOS + 1)}


def _actor(services: Services, owner: Person) -> Any:
    return services.account.access.actor(token_digest(owner.cookie), owner.business_id)


def _name(services: Services, owner: Person) -> str:
    with services.database.read() as session:
        return session.get_one(User, owner.user_id).name
