"""Tickets in the windows of members."""

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.models import Ticket, TicketAttachment
from settings_ui.services.support.about import AboutKind
from settings_ui.services.support.attachments import ATTACHMENTS_PATH
from settings_ui.services.support.thread import LATEST, add_entry
from settings_ui.state.profile import Profile
from settings_ui.state.shell import Shell
from settings_ui.state.support import Support
from settings_ui.state.tickets import file_views
from settings_ui.state.views.tickets import asking
from tests.calls import a_call, bring_in
from tests.state.people import People
from tests.state.pipeline import Pipeline, Window
from tests.state.tickets import LIST, opened, subjects
from tests.support import START
from tests.tickets import FORM


async def test_a_ticket_is_created_and_shown(services: Services, people: People, pipeline: Pipeline) -> None:
    window = await pipeline.window(people.member(Role.MANAGER).cookie, LIST)
    await window.emit(Support.ask, asks=True)
    answer = "".join(await window.emit(Support.create, form=FORM | {"subject": ""}))
    assert window.shows(Support)["new_errors"] == {"subject": "Enter a subject."}
    assert window.shows(Support)["asks"]
    assert "_redirect" not in answer
    answer = "".join(await window.emit(Support.create, form=FORM))
    assert subjects(window) == [FORM["subject"]]
    assert (window.shows(Support)["asks"], window.shows(Support)["new_errors"]) == (False, {})
    assert window.shows(Support)["created"] == 2
    ticket = window.shows(Support)["tickets"][0]
    assert ticket["href"] in answer
    await window.go(ticket["href"])
    assert [entry["body"] for entry in window.shows(Support)["entries"]] == [FORM["description"]]


async def test_the_error_of_a_refused_ticket_is_gone_when_its_form_is_opened_again(
    people: People, pipeline: Pipeline
) -> None:
    window = await pipeline.window(people.member(Role.MANAGER).cookie, LIST)
    await window.emit(Support.ask, asks=True)
    await window.emit(Support.create, form=FORM | {"subject": ""})
    await window.emit(Shell.look_again)
    assert window.shows(Support)["new_errors"] == {"subject": "Enter a subject."}, "while it is open, it stays"
    await window.emit(Support.ask, asks=False)
    await window.emit(Support.ask, asks=True)
    assert window.shows(Support)["new_errors"] == {}


async def test_nothing_is_said_of_tickets_where_none_waits(people: People, pipeline: Pipeline) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie, LIST)
    assert window.shows(Support)["waiting"] == ""


async def test_a_list_is_searched_filtered_and_turned(services: Services, people: People, pipeline: Pipeline) -> None:
    person = people.member(Role.OWNER)
    for name in ("apple", "birch", "cedar"):
        opened(services, person, subject=f"Ticket {name}")
    window = await pipeline.window(person.cookie, LIST)
    assert sorted(subjects(window)) == ["Ticket apple", "Ticket birch", "Ticket cedar"]
    assert window.shows(Support)["waiting"] == "0 wait for you, 3 for support."
    await window.emit(Support.find, search="ticket birch")
    assert subjects(window) == ["Ticket birch"]
    await window.emit(Support.choose, show="solved")
    assert subjects(window) == []
    await window.emit(Support.choose, show="rockets")
    assert subjects(window) == ["Ticket birch"]
    await window.emit(Support.turn, pages=7)
    assert window.shows(Support)["offset"] == 50
    await window.emit(Support.turn, pages=-7)
    await window.emit(Support.turn, pages=-7)
    assert window.shows(Support)["offset"] == 0


def deeds(window: Window) -> tuple[bool, ...]:
    """Return whether the open ticket can be solved, reopened and closed."""
    return tuple(window.shows(Support)["thread"][deed] for deed in ("solves", "reopens", "closes"))


async def test_a_thread_is_answered_solved_reopened_and_closed(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    person = people.member(Role.OWNER)
    ticket = opened(services, person)
    window = await pipeline.window(person.cookie, f"{LIST}&ticket={ticket}")
    await window.emit(Support.reply, form={"reply": "  "})
    assert window.shows(Support)["errors"] == {"reply": "Enter a reply."}
    await window.emit(Support.reply, form={"reply": "More"})
    assert (window.shows(Support)["errors"], window.shows(Support)["answered"]) == ({}, 2)
    await window.emit(Support.solve)
    assert window.shows(Support)["thread"]["hint"] == "A reply reopens it."
    await window.emit(Support.solve)
    assert [toast["text"] for toast in window.shows(Shell)["toasts"]] == ["This ticket is already solved."]
    assert deeds(window) == (False, True, True)
    await window.emit(Support.reopen)
    assert (deeds(window), window.shows(Support)["thread"]["hint"]) == ((True, False, True), "")
    for asks in (False, True):
        await window.emit(Support.ask_to_close, asks=asks)
        assert window.shows(Support)["closing"] is asks
    await window.emit(Support.close)
    shown = window.shows(Support)
    assert (shown["closing"], deeds(window), shown["thread"]["ticket"]["status"]) == (False, (False,) * 3, "Closed")
    await window.emit(Support.reply, form={"reply": "One more thing"})
    assert window.shows(Support)["errors"] == {"reply": "This ticket is closed. Open a new one."}
    assert [entry["body"] or entry["did"] for entry in window.shows(Support)["entries"]] == [
        FORM["description"],
        "More",
        "marked this as solved",
        "reopened this",
        "closed this ticket",
    ]


async def test_a_ticket_of_another_business_is_like_none(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    ticket = opened(services, people.member(Role.OWNER), subject="A secret matter")
    stranger = await pipeline.window(people.member(Role.OWNER).cookie, f"{LIST}&ticket={ticket}")
    nobody = await pipeline.window(people.member(Role.OWNER).cookie, f"{LIST}&ticket=tkt_none")
    for window in (stranger, nobody):
        assert window.shows(Support)["missing"]
        assert "A secret matter" not in "".join(window.sent)
        await window.emit(Support.reply, form={"reply": "x"})
        assert window.shows(Support)["errors"] == {"": "This ticket was not found."}
    await stranger.go(LIST)
    assert not stranger.shows(Support)["missing"]


async def test_what_looks_alike_is_offered_while_a_subject_is_typed(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    person = people.member(Role.OWNER)
    opened(services, person)
    window = await pipeline.window(person.cookie, LIST)
    await window.emit(Support.typed, form={"subject": "Minutes billed"})
    assert [ticket["subject"] for ticket in window.shows(Support)["alike"]] == [FORM["subject"]]
    await window.emit(Support.typed, form={"subject": "Rockets"})
    assert window.shows(Support)["alike"] == []


async def test_only_owners_and_admins_see_recent_changes(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    owner = people.member(Role.OWNER)
    manager = people.member(Role.MANAGER, owner.business_id)
    opened(services, manager)
    seen = [(await pipeline.window(person.cookie, LIST)).shows(Support) for person in (owner, manager)]
    assert [len(shown["changes"]) for shown in seen] == [1, 0]
    assert [shown["sees_changes"] for shown in seen] == [True, False]
    assert [[kind[0] for kind in shown["abouts"]] for shown in seen] == [
        ["call", "number", "key", "transaction"],
        ["call"],
    ]


async def test_what_was_open_before_leaves_with_its_ticket(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """Its pending confirmation and errors, its entries, and the form for a new one."""
    person = people.member(Role.OWNER)
    first, second = opened(services, person), opened(services, person)
    window = await pipeline.window(person.cookie, LIST)
    await window.emit(Support.ask_to_close, asks=True)
    assert not window.shows(Support)["closing"]
    await window.emit(Support.ask, asks=True)
    await window.go(f"{LIST}&ticket={first}")
    assert not window.shows(Support)["asks"]
    await window.emit(Support.reply, form={"reply": ""})
    await window.emit(Support.ask_to_close, asks=True)
    await window.go(f"{LIST}&ticket={second}")
    assert (window.shows(Support)["errors"], window.shows(Support)["closing"]) == ({}, False)
    await window.go(f"{LIST}&ticket=tkt_none")
    shown = window.shows(Support)
    assert (shown["missing"], shown["entries"], shown["thread"]["ticket"]["id"]) == (True, [], "")
    await window.go(f"{LIST}&ticket={second}")
    assert not window.shows(Support)["missing"]


async def test_a_long_thread_is_shown_from_its_latest_entries(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """More on request, until another ticket is opened."""
    person = people.member(Role.OWNER)
    ticket = opened(services, person)
    with services.database.write() as session:
        row = session.get_one(Ticket, ticket)
        for n in range(LATEST):
            add_entry(session, row, person.user_id, services.clock.now(), body=f"Entry {n}")
    window = await pipeline.window(person.cookie, f"{LIST}&ticket={ticket}")
    assert (len(window.shows(Support)["entries"]), window.shows(Support)["thread"]["earlier"]) == (LATEST, 1)
    await window.emit(Support.show_earlier)
    assert (len(window.shows(Support)["entries"]), window.shows(Support)["thread"]["earlier"]) == (LATEST + 1, 0)
    await window.go(LIST)
    await window.go(f"{LIST}&ticket={ticket}")
    assert len(window.shows(Support)["entries"]) == LATEST


async def test_a_ticket_points_only_at_what_the_member_may_see(people: People, pipeline: Pipeline) -> None:
    window = await pipeline.window(people.member(Role.MANAGER).cookie, LIST)
    for kind in ("key", "number", "transaction", "rockets"):
        await window.emit(Support.create, form=FORM | {"about_kind": kind, "about": "1"})
        assert window.shows(Support)["new_errors"] == {"about": "Choose one from the list."}
    assert subjects(window) == []


@pytest.mark.parametrize(
    ("size", "said"),
    [(1, "1 KB"), (2_000, "2 KB"), (1024 * 1024 - 1, "1,024 KB"), (1024 * 1024, "1.0 MB"), (5_600_000, "5.3 MB")],
)
def test_a_file_says_how_large_it_is(size: int, said: str) -> None:
    kept = TicketAttachment(
        id="att_1", uploaded_by="usr_1", name="call.png", media_type="image/png", size=size, at=START
    )
    [shown], [at_desk] = file_views([kept], "biz_1"), file_views([kept], "")
    assert (shown.name, shown.size) == ("call.png", said)
    assert (shown.href, at_desk.href) == (f"{ATTACHMENTS_PATH}/att_1?business=biz_1", f"{ATTACHMENTS_PATH}/att_1")


async def test_a_mail_is_switched_off_where_it_may_be(people: People, pipeline: Pipeline) -> None:
    window = await pipeline.window(people.member(Role.OWNER).cookie)
    for notice, said in (
        ("ticket_reply", "Ticket replies: emails off"),
        ("payout_change", "This email protects your account and cannot be turned off."),
        ("rockets", "This email is not available for your role."),
    ):
        await window.emit(Profile.choose_mail, notice=notice, on=False)
        assert window.shows(Shell)["toasts"][-1]["text"] == said
    assert {choice["name"]: choice["on"] for choice in window.shows(Profile)["notices"]} == {
        "billing": True,
        "expiring_key": True,
        "ticket_reply": False,
        "payout_change": True,
    }


async def test_a_link_opens_the_form_for_what_it_names_once_each_time_that_somebody_comes(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """Neither a live update nor the address that remains afterwards opens it again."""
    person = people.member(Role.MANAGER)
    bring_in(services, person.business_id, a_call("noon"))
    about = asking(AboutKind.CALL, "noon")
    window = await pipeline.window(person.cookie, about)
    shown = window.shows(Support)
    assert (shown["asks"], shown["led"]) == (True, True)
    assert shown["beginning"] == {
        "kind": "call", "reference": "noon", "category": "calls",
        "subject": "Call from (415) 555-0132, 4 March 2026, 12:00 UTC",
    }  # fmt: skip
    await window.emit(Support.ask, asks=False)
    await window.emit(Shell.look_again)
    assert not window.shows(Support)["asks"]
    await window.go(LIST)
    assert (window.shows(Support)["asks"], window.shows(Support)["led"]) == (False, False)
    await window.go(about)
    assert window.shows(Support)["asks"]
    await window.emit(Support.create, form=FORM | {"about_kind": "call", "about": "noon"})
    assert window.shows(Support)["beginning"]["subject"] == ""
    await window.go(window.shows(Support)["tickets"][0]["href"])
    assert {"name": "Call", "value": "noon"} in window.shows(Support)["facts"]


async def test_a_link_to_what_is_not_the_members_opens_nothing(
    services: Services, people: People, pipeline: Pipeline
) -> None:
    """A call of another business, a transaction for a member without billing access, and a made-up address."""
    owner, other = people.member(Role.OWNER), people.member(Role.OWNER)
    bring_in(services, other.business_id, a_call("noon"))
    manager = people.member(Role.MANAGER, owner.business_id)
    for person, kind, reference in (
        (owner, AboutKind.CALL, "noon"),
        (manager, AboutKind.TRANSACTION, "1"),
        (owner, AboutKind.TRANSACTION, "1"),
        (owner, AboutKind.CALL, "\0" * 50),
    ):
        window = await pipeline.window(person.cookie, asking(kind, reference))
        assert not window.shows(Support)["asks"]
        assert window.shows(Support)["loaded"]
    window = await pipeline.window(owner.cookie, f"{LIST}&about_kind=rockets&about=noon")
    assert not window.shows(Support)["asks"]
