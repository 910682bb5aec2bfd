"""The block dialog: its preview, and what it writes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.qualification import CallStatus
from settings_ui.state.block_dialog import FIELD, SHOWN, BlockDialog
from settings_ui.state.shell import Shell
from tests.blocked import entries
from tests.calls import CALLER, a_call, bring_in
from tests.state.people import People, Person
from tests.state.pipeline import Pipeline, Window
from tests.statements import Sessions
from tests.support import add_business

OTHER, THIRD = "+14155550133", "+14155550134"
WITHOUT_AREA_CODE = "Enter the number with its area code, like (201) 555-0123."
NEW_YORK = "America/New_York"


@pytest.fixture
def owner(people: People, services: Services) -> Person:
    return people.member(Role.OWNER, add_business(services, time_zone=NEW_YORK))


@pytest.fixture
async def window(pipeline: Pipeline, owner: Person) -> Window:
    return await pipeline.window(owner.cookie, "/settings?tab=blocked-callers")


def shown(window: Window) -> dict[str, Any]:
    return window.shows(BlockDialog)


def toasts(window: Window) -> list[str]:
    return [toast["text"] for toast in window.shows(Shell)["toasts"]]


def blocked(services: Services, owner: Person) -> list[str]:
    return [row.pattern for row in entries(services, owner.business_id)]


def readings(window: Window) -> list[tuple[str, str, str, bool]]:
    return [(r["input"], r["shown"], r["remark"], r["wrong"]) for r in shown(window)["readings"]]


def form(numbers: str, note: str = "", until: str = "") -> dict[str, str]:
    return {"numbers": numbers, "note": note, "until": until}


async def test_it_opens_with_the_numbers_that_were_chosen_and_says_how_they_are_read(window: Window) -> None:
    await window.emit(BlockDialog.start, numbers=[CALLER, "+44 20 7946 0018"])
    assert (shown(window)["opened"], shown(window)["initial"]) == (True, f"{CALLER}\n+44 20 7946 0018")
    assert readings(window) == [
        (CALLER, "(415) 555-0132", "", False),
        ("+44 20 7946 0018", "+44 20 7946 0018", "", False),
    ]
    await window.emit(BlockDialog.close)
    assert shown(window)["opened"] is False
    await window.emit(BlockDialog.start, numbers=[])
    assert (shown(window)["opened"], shown(window)["initial"]) == (True, "")
    assert (readings(window), shown(window)["preview"]) == ([], "")


async def test_what_is_typed_is_read_number_by_number(window: Window) -> None:
    """However they are separated; omitted and invalid numbers are reported, the first eight of them."""
    await window.emit(BlockDialog.start, numbers=[])
    await window.emit(BlockDialog.typed, form={"numbers": " 415 555 0132 x7;\n\n 911 ,anonymous"})
    assert readings(window) == [
        ("415 555 0132 x7", "(415) 555-0132", "The extension 7 was left out: callers’ numbers have none.", False),
        ("911", WITHOUT_AREA_CODE, "", True),
        ("anonymous", "Anonymous callers", "", False),
    ]
    await window.emit(BlockDialog.typed, form={"numbers": ",".join(f"+1415555{n:04}" for n in range(SHOWN + 2))})
    assert len(readings(window)) == SHOWN
    await window.emit(BlockDialog.typed, form={"numbers": "911"})
    assert shown(window)["preview"] == ""


@pytest.mark.parametrize(
    ("durations", "said"),
    [
        ([], "no calls in the last 30 days."),
        ([5], "1 call in the last 30 days, none of them qualified."),
        ([5, 100, 100], "3 calls in the last 30 days, 2 of them qualified."),
    ],
)
async def test_it_says_what_a_block_would_have_stopped(
    window: Window, services: Services, owner: Person, durations: list[int], said: str
) -> None:
    bring_in(services, owner.business_id, *(a_call(duration_s=d) for d in durations))
    await window.emit(BlockDialog.typed, form={"numbers": f"{CALLER}, 911"})
    assert shown(window)["preview"] == f"Would have stopped {said}"


async def test_blocking_writes_the_entries_with_note_and_end_and_closes(
    window: Window, services: Services, owner: Person
) -> None:
    """The end date is inclusive, in the business's time zone."""
    await window.emit(BlockDialog.start, numbers=[CALLER])
    await window.emit(BlockDialog.block, form=form(f"{CALLER}\n{OTHER}", "Sells roofs", " 2026-03-04 "))
    assert (shown(window)["opened"], shown(window)["errors"], toasts(window)) == (False, {}, ["2 blocked"])
    assert [(row.pattern, row.note, row.until) for row in entries(services, owner.business_id)] == [
        (CALLER, "Sells roofs", datetime(2026, 3, 5, 5, tzinfo=UTC)),
        (OTHER, "Sells roofs", datetime(2026, 3, 5, 5, tzinfo=UTC)),
    ]
    await window.emit(BlockDialog.block, form=form(f"{CALLER}\n{THIRD}"))
    assert toasts(window)[-1] == "1 blocked, 1 already blocked"
    await window.emit(BlockDialog.block, form=form(THIRD))
    assert toasts(window)[-1] == "1 already blocked"
    assert entries(services, owner.business_id)[-1].until is None


async def test_a_number_is_blocked_in_two_database_sessions(window: Window, services: Services, owner: Person) -> None:
    """One to load the actor, one to block: the preview is not computed again."""
    await window.emit(BlockDialog.start, numbers=[])
    with Sessions(services) as sessions:
        await window.emit(BlockDialog.typed, form={"numbers": CALLER})
    assert sessions.count == 2
    with Sessions(services) as sessions:
        await window.emit(BlockDialog.block, form=form(CALLER, until="2026-04-01"))
    assert (sessions.count, blocked(services, owner)) == (2, [CALLER])


async def test_what_would_stop_much_is_asked_about_once(window: Window, services: Services, owner: Person) -> None:
    """Submitting again blocks anyway; another number is confirmed separately, even without a preview."""
    calls = [a_call(caller=caller) for caller in (CALLER, OTHER, THIRD) for _ in range(3)]
    missed = a_call(caller="+12125550199", status=CallStatus.MISSED)
    bring_in(services, owner.business_id, *calls, missed)
    await window.emit(BlockDialog.start, numbers=[CALLER])
    assert not shown(window).get("errors")
    await window.emit(BlockDialog.block, form=form(CALLER))
    warning = (
        "This would have stopped 3 qualified calls, 33% of all in the last 30 days. "
        "Choose Block anyway if you are sure."
    )
    assert (shown(window)["errors"], shown(window)["opened"], blocked(services, owner)) == ({"": warning}, True, [])
    await window.emit(BlockDialog.block, form=form(f"{CALLER},{OTHER}"))
    assert (list(shown(window)["errors"]), blocked(services, owner)) == ([""], [])
    assert "6 qualified calls, 67%" in shown(window)["errors"][""]
    await window.emit(BlockDialog.block, form=form(f"{CALLER},{OTHER}"))
    assert (shown(window)["errors"], shown(window)["opened"]) == ({}, False)
    assert blocked(services, owner) == [CALLER, OTHER]
    await window.emit(BlockDialog.start, numbers=[THIRD])
    await window.emit(BlockDialog.block, form=form(THIRD))
    await window.emit(BlockDialog.start, numbers=[THIRD])
    assert shown(window)["errors"] == {}
    await window.emit(BlockDialog.block, form=form(THIRD))
    assert THIRD not in blocked(services, owner), "reopened, it asks again"
    await window.emit(BlockDialog.block, form=form("+12125550199"))
    assert "+12125550199" in blocked(services, owner), "which stopped no qualified call"


@pytest.mark.parametrize(
    ("sent", "field", "message"),
    [
        (form(" ; \n"), "numbers", "Enter a number, a prefix like +1 415 555*, or anonymous."),
        ({}, "numbers", "Enter a number, a prefix like +1 415 555*, or anonymous."),
        (form(CALLER, note="x" * 500), "note", "A note can have up to"),
        (form(CALLER, until="tomorrow"), "until", "Enter a date, like 2027-03-31."),
        (form(CALLER, until="2026-03-03"), "until", "Choose a date from today on, within 10 years."),
        (form(CALLER, until="2036-03-05"), "until", "Choose a date from today on, within 10 years."),
        (form(CALLER, until="9999-12-31"), "until", "Choose a date from today on, within 10 years."),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_nothing_is_blocked(
    window: Window, services: Services, owner: Person, sent: dict[str, str], field: str, message: str
) -> None:
    await window.emit(BlockDialog.start, numbers=[CALLER])
    await window.emit(BlockDialog.block, form=sent)
    [(at, said)] = shown(window)["errors"].items()
    assert (at, said.startswith(message), shown(window)["opened"]) == (field, True, True)
    assert (blocked(services, owner), toasts(window), shown(window)["answered"]) == ([], [], 1)


async def test_what_cannot_be_read_stays_in_the_field_and_the_rest_is_blocked(
    window: Window, services: Services, owner: Person
) -> None:
    await window.emit(BlockDialog.start, numbers=[])
    sent = await window.emit(BlockDialog.block, form=form(f"911\n{CALLER}"))
    assert (shown(window)["opened"], shown(window)["errors"]) == (True, {"numbers": WITHOUT_AREA_CODE})
    assert (toasts(window), blocked(services, owner)) == (["1 blocked"], [CALLER])
    assert (readings(window), shown(window)["preview"]) == ([("911", WITHOUT_AREA_CODE, "", True)], "")
    assert json.loads(sent[-1])["events"][0]["payload"] == {"ref": f"ref_{FIELD.replace('-', '_')}", "value": "911"}
    with Sessions(services) as sessions:
        await window.emit(BlockDialog.block, form=form("911"))
    assert (sessions.count, toasts(window)) == (2, ["1 blocked"])
    await window.emit(BlockDialog.block, form=form("911\n912"))
    assert shown(window)["errors"] == {"numbers": "2 of these could not be read."}
