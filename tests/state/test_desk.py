"""The staff desk, and live updates between it and members."""

import asyncio

from settings_ui.bootstrap import Services, using
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Unavailable
from settings_ui.domain.tickets import Action
from settings_ui.state import live
from settings_ui.state.binding import Binding
from settings_ui.state.desk import Desk
from settings_ui.state.loading import LOST
from settings_ui.state.settings import Settings
from settings_ui.state.shell import Shell
from settings_ui.state.support import Support
from tests.fakes import Broken
from tests.state.people import People
from tests.state.pipeline import Pipeline
from tests.state.showing import actor_of, toasts
from tests.state.tickets import LIST, opened, subjects
from tests.support import replaced
from tests.tickets import FORM


async def _delivered(pipeline: Pipeline) -> None:
    for _ in range(5):
        await asyncio.sleep(0)
        await pipeline.settle()


async def test_what_one_side_writes_shows_on_the_other_at_once(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    person = people.member(Role.OWNER)
    ticket = opened(services, person)
    async with live.delivering(pipeline, Settings.open, Desk.open, quiet_s=0.01):  # type: ignore[arg-type]
        await asyncio.sleep(0)
        member = await pipeline.window(person.cookie, f"{LIST}&ticket={ticket}")
        desk = await pipeline.window(people.staff(), f"/staff?ticket={ticket}")
        queue = await pipeline.window(people.staff(), "/staff")
        assert queue.shows(Desk)["waiting"] == "1 waits for us, 0 for businesses."
        await desk.emit(Desk.reply, form={"reply": "Which number?"})
        await _delivered(pipeline)
        assert [entry["body"] for entry in member.shows(Support)["entries"]][-1] == "Which number?"
        assert subjects(queue, Desk) == []
        assert queue.shows(Desk)["waiting"] == "0 wait for us, 1 for businesses."
        await asyncio.sleep(0.05)  # changes within the quiet time are batched
        await member.emit(Support.reply, form={"reply": "All of them"})
        await _delivered(pipeline)
        assert [entry["body"] for entry in desk.shows(Desk)["entries"]][-1] == "All of them"
        assert subjects(queue, Desk) == [FORM["subject"]]
    assert desk.shows(Desk)["thread"]["ticket"]["business"]
    assert toasts(member) == [], "each side was told what it may do"


async def test_staff_are_sent_to_the_desk_from_elsewhere_and_members_away_from_it(
    people: People, pipeline: Pipeline
) -> None:
    """Also for a window that was not loaded over HTTP; there is no redirect loop."""
    staff = await pipeline.window(people.staff(), "/settings")
    await staff.go("/settings?tab=profile")
    assert staff.goes_to == "/staff"
    member = await pipeline.window(people.member(Role.OWNER).cookie, "/staff")
    await member.emit(Shell.denied)
    assert member.goes_to == "/settings"


async def test_a_desk_whose_state_is_lost_loads_again_and_says_so(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """The reply is not sent, since its ticket is no longer known."""
    ticket = opened(services, people.member(Role.OWNER))
    desk = await pipeline.window(people.staff(), f"/staff?ticket={ticket}")
    pipeline.state_manager.states.clear()  # type: ignore[attr-defined]
    await desk.emit(Desk.reply, form={"reply": "Which number?"})
    assert [(toast["kind"], toast["text"]) for toast in desk.shows(Desk)["toasts"]] == [("bad", LOST)]
    assert "Which number?" not in [entry["body"] for entry in desk.shows(Desk)["entries"]]


async def test_a_mistake_at_the_desk_is_said(services: Services, people: People, pipeline: Pipeline) -> None:
    ticket = opened(services, people.member(Role.OWNER))
    desk = await pipeline.window(people.staff(), f"/staff?ticket={ticket}")
    for _ in range(2):
        await desk.emit(Desk.reopen)
    toast, other = desk.shows(Desk)["toasts"]
    assert (toast["text"], toast["kind"]) == ("This ticket is not solved.", "bad")
    await desk.emit(Desk.dismiss, toast=toast["id"])
    assert desk.shows(Desk)["toasts"] == [other]
    await desk.go("/staff?ticket=tkt_none")
    assert desk.shows(Desk)["missing"]


async def test_a_ticket_says_for_whom_it_waits_on_either_side(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """Also its priority, unless it is the default."""
    person, staff = people.member(Role.OWNER), people.staff()
    opened(services, person)
    pending = opened(services, person, priority="normal")
    solved = opened(services, person, subject="Solved")
    desk = await pipeline.window(staff, f"/staff?ticket={pending}")
    await desk.emit(Desk.reply, form={"reply": "Which number?"})
    services.support.tickets.act(actor_of(services, person), solved, Action.SOLVE)
    window = await pipeline.window(person.cookie, LIST)
    assert window.shows(Support)["waiting"] == "1 waits for you, 1 for support."
    await desk.go("/staff")
    for page, state, said in (
        (window, Support, {"Waiting for support": "High", "Waiting for you": "", "": "High"}),
        (desk, Desk, {"Waiting for us": "High", "Waiting for the business": "", "": "High"}),
    ):
        await page.emit(state.choose, show="all")
        assert {row["waits"]: row["priority"] for row in page.shows(state)["tickets"]} == said


async def test_a_desk_that_cannot_be_read_says_so(services: Services, people: People, pipeline: Pipeline) -> None:
    desk = await pipeline.window(people.staff(), "/staff")
    with using(replaced(services, {"support.desk": Broken(Unavailable("Not now."))})):
        await desk.emit(Desk.open)
    assert desk.shows(Binding)["outage"] == "Not now."
    await desk.emit(Desk.open)
    assert desk.shows(Binding)["outage"] == ""
