"""The life of a ticket, from both sides."""

from functools import partial
from typing import Any

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role, StaffActor
from settings_ui.domain.api_key import new_secret
from settings_ui.domain.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from settings_ui.domain.notices import Notice
from settings_ui.domain.tickets import Action, TicketStatus
from settings_ui.models import Ticket
from settings_ui.services.kit.changes import business_topic
from settings_ui.services.support.thread import DESK_TOPIC
from tests.at_once import at_once
from tests.support import FakeClock, add_business, add_member, join, mails
from tests.tickets import open_ticket


def said(services: Services, actor: Actor, ticket: str) -> list[tuple[str, str]]:
    """Return each reply or action in a ticket, with the side it came from."""
    entries = services.support.tickets.see(actor, ticket).entries
    return [("staff" if entry.staff else "member", entry.body or entry.action) for entry in entries]


def test_a_ticket_goes_from_opening_to_solved_and_back(
    services: Services, manager: Actor, staff: StaffActor, clock: FakeClock
) -> None:
    """Open waits for staff, pending waits for the business; each status records since when."""
    tickets, desk = services.support.tickets, services.support.desk
    ticket = open_ticket(services, manager)
    seen = tickets.see(manager, ticket)
    assert (seen.ticket.status, seen.ticket.number, seen.ticket.status_since) == ("open", 1001, clock.now())
    clock.tick(minutes=5)
    tickets.reply(manager, ticket, "And on 2 March.")
    assert tickets.see(manager, ticket).ticket.status_since < clock.now()
    assert desk.reply(staff, ticket, "We look into it.").value is TicketStatus.PENDING
    assert tickets.see(manager, ticket).ticket.status_since == clock.now()
    assert tickets.act(manager, ticket, Action.SOLVE).value is TicketStatus.SOLVED
    assert tickets.act(manager, ticket, Action.REOPEN).value is TicketStatus.OPEN
    tickets.act(manager, ticket, Action.SOLVE)
    clock.tick(minutes=1)
    assert tickets.reply(manager, ticket, "It happened again.").value is TicketStatus.OPEN
    assert desk.act(staff, ticket, Action.CLOSE).value is TicketStatus.CLOSED
    assert said(services, manager, ticket) == [
        ("member", "On 3 March the same call is there twice."),
        ("member", "And on 2 March."),
        ("staff", "We look into it."),
        ("member", "solve"),
        ("member", "reopen"),
        ("member", "solve"),
        ("member", "It happened again."),
        ("staff", "close"),
    ]


def test_a_closed_ticket_takes_nothing_from_either_side(services: Services, manager: Actor, staff: StaffActor) -> None:
    """A stale window may still show the reply field."""
    ticket = open_ticket(services, manager)
    services.support.tickets.act(manager, ticket, Action.CLOSE)
    before = said(services, manager, ticket)
    for reply in (
        lambda: services.support.tickets.reply(manager, ticket, "One more thing"),
        lambda: services.support.desk.reply(staff, ticket, "One more thing"),
    ):
        with pytest.raises(Conflict) as refused:
            reply()
        assert (refused.value.field, refused.value.message) == ("reply", "This ticket is closed. Open a new one.")
    for action in (Action.SOLVE, Action.REOPEN, Action.CLOSE):
        with pytest.raises(Conflict):
            services.support.tickets.act(manager, ticket, action)
        with pytest.raises(Conflict):
            services.support.desk.act(staff, ticket, action)
    assert said(services, manager, ticket) == before


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PUBLISHER])
def test_viewers_and_publishers_have_no_support(
    services: Services, business: str, manager: Actor, clock: FakeClock, role: Role
) -> None:
    ticket, actor = open_ticket(services, manager), add_member(services, business, role, clock)
    for call in _calls(services, actor, ticket):
        with pytest.raises(Forbidden):
            call()


def test_a_ticket_of_another_business_is_like_none(
    services: Services, manager: Actor, stranger: Actor, staff: StaffActor
) -> None:
    ticket = open_ticket(services, manager)
    for unknown in (ticket, "tkt_none", ""):
        for call in _calls(services, stranger, unknown)[1:4]:
            with pytest.raises(NotFound, match="This ticket was not found"):
                call()
    assert services.support.tickets.page(stranger).page == ()
    with pytest.raises(NotFound):
        services.support.desk.see(staff, "tkt_none")


def test_a_member_is_not_staff_and_staff_is_no_member(services: Services, manager: Actor, staff: StaffActor) -> None:
    ticket, desk = open_ticket(services, manager), services.support.desk
    one: Any = manager
    for call in (
        lambda: desk.page(one),
        lambda: desk.see(one, ticket),
        lambda: desk.reply(one, ticket, "x"),
        lambda: desk.act(one, ticket, Action.SOLVE),
        lambda: desk.who(one),
        *_calls(services, staff, ticket),
    ):
        with pytest.raises(Forbidden):
            call()


def test_numbers_count_within_each_business(services: Services, manager: Actor, stranger: Actor) -> None:
    for _ in range(3):
        open_ticket(services, manager)
    open_ticket(services, stranger)
    with services.database.read() as session:
        rows = session.exec(select(Ticket)).all()
    assert sorted(row.number for row in rows if row.business_id == manager.business_id) == [1001, 1002, 1003]
    assert [row.number for row in rows if row.business_id == stranger.business_id] == [1001]


def test_tickets_that_are_opened_and_answered_at_once_lose_nothing(
    services: Services, manager: Actor, staff: StaffActor
) -> None:
    at_once(*[partial(open_ticket, services, manager, subject=f"Ticket {n}") for n in range(8)])
    page = services.support.tickets.page(manager).page
    assert sorted(listed.ticket.number for listed in page) == list(range(1001, 1009))
    ticket = page[0].ticket.id

    def answer(n: int) -> None:
        if n % 2:
            services.support.tickets.reply(manager, ticket, f"from {n}")
        else:
            services.support.desk.reply(staff, ticket, f"from {n}")

    at_once(*[partial(answer, n) for n in range(8)])
    assert {body for _, body in said(services, manager, ticket)[1:]} == {f"from {n}" for n in range(8)}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", ""),
        ("subject", "x" * 101),
        ("subject", "a\u202eb"),
        ("category", "rockets"),
        ("category", ""),
        ("priority", "Urgent"),
        ("description", " \n "),
        ("description", "\0"),
        ("description", "x" * 1_000_000),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_written(
    services: Services, manager: Actor, field: str, value: str
) -> None:
    with pytest.raises(Invalid) as refused:
        open_ticket(services, manager, **{field: value})
    assert refused.value.field == field
    ticket = open_ticket(services, manager)
    if field == "description":
        with pytest.raises(Invalid) as refused:
            services.support.tickets.reply(manager, ticket, value)
        assert refused.value.field == "reply"
        assert len(said(services, manager, ticket)) == 1


def test_each_side_is_mailed_what_the_other_does_under_the_subject_of_the_thread(
    services: Services, manager: Actor, staff: StaffActor
) -> None:
    """Mail never includes the text, so a secret someone typed does not leave the product."""
    ticket = open_ticket(services, manager, description="The password is swordfish")
    services.support.tickets.reply(manager, ticket, "swordfish, as I said")
    services.support.desk.reply(staff, ticket, "We do not need swordfish.")
    services.support.desk.act(staff, ticket, Action.SOLVE)
    told_us, told_them = mails(services, "ada@support.example"), mails(services, "kim@example.com")
    assert [len(told_us), len(told_them)] == [2, 2]
    assert {mail.subject for mail in told_us + told_them} == {"[#1001] Toll-free minutes billed twice"}
    assert not any("swordfish" in mail.body for mail in told_us + told_them)
    assert f"/staff?ticket={ticket}" in told_us[0].body
    assert f"/settings?tab=support&ticket={ticket}" in told_them[0].body


def test_only_who_wrote_may_still_read_and_wants_to_know_is_mailed(
    services: Services, business: str, manager: Actor, owner: Actor, staff: StaffActor, clock: FakeClock
) -> None:
    admin = add_member(services, business, Role.ADMIN, clock, email="sam@example.com")
    ticket = open_ticket(services, manager)
    services.support.tickets.reply(admin, ticket, "Me too")
    services.support.desk.reply(staff, ticket, "First")
    assert [len(mails(services, f"{name}@example.com")) for name in ("kim", "sam", "dana")] == [1, 1, 0]
    services.account.notices.choose(admin, Notice.TICKET_REPLY, on=False)
    services.support.desk.reply(staff, ticket, "Second")
    assert [len(mails(services, f"{name}@example.com")) for name in ("kim", "sam")] == [2, 1]
    services.account.notices.choose(admin, Notice.TICKET_REPLY, on=True)
    services.business.members.set_role(business, "kim@example.com", Role.VIEWER)
    services.support.desk.reply(staff, ticket, "Third")
    assert [len(mails(services, f"{name}@example.com")) for name in ("kim", "sam")] == [2, 2]
    elsewhere = add_business(services)
    join(services, manager.user_id, elsewhere, Role.OWNER)
    services.business.members.remove_member(business, "kim@example.com")
    services.support.desk.reply(staff, ticket, "Fourth")
    assert [len(mails(services, f"{name}@example.com")) for name in ("kim", "sam")] == [2, 3]


def test_a_pasted_key_is_nowhere(services: Services, manager: Actor, staff: StaffActor) -> None:
    secret = new_secret().secret
    ticket = open_ticket(services, manager, subject=f"Key {secret[:60]}", description=f"Why is {secret} refused?")
    services.support.desk.reply(staff, ticket, f"Revoke {secret}")
    with services.database.read() as session:
        row = session.get_one(Ticket, ticket)
    kept = [row.subject, row.words, *(body for _, body in said(services, manager, ticket))]
    assert not any(secret.casefold() in text.casefold() for text in kept + [mail.subject for mail in mails(services)])


def test_every_change_is_in_the_activity_and_named_by_its_topics(
    services: Services, manager: Actor, owner: Actor, staff: StaffActor
) -> None:
    ticket = open_ticket(services, manager)
    changed = services.support.desk.reply(staff, ticket, "Done")
    assert changed.topics == {business_topic(manager.business_id), DESK_TOPIC}
    assert services.support.tickets.reply(manager, ticket, "Thanks").topics == changed.topics
    assert services.support.tickets.act(manager, ticket, Action.SOLVE).topics == changed.topics
    assert services.support.desk.act(staff, ticket, Action.REOPEN).topics == changed.topics
    recent = {(change.who, change.what) for change in services.activity.recent(owner, "support")}
    assert {what for _, what in recent} == {
        "opened a ticket",
        "replied to a ticket",
        "solved a ticket",
        "reopened a ticket",
    }
    assert ("Ada Quist", "reopened a ticket") in recent


def test_twenty_tickets_and_sixty_replies_an_hour(services: Services, manager: Actor, clock: FakeClock) -> None:
    for _ in range(20):
        ticket = open_ticket(services, manager)
    with pytest.raises(TooMany):
        open_ticket(services, manager)
    for _ in range(60):
        services.support.tickets.reply(manager, ticket, "x")
    with pytest.raises(TooMany):
        services.support.tickets.reply(manager, ticket, "x")
    assert len(services.support.tickets.see(manager, ticket).entries) == 61
    clock.tick(hours=1, seconds=1)
    open_ticket(services, manager)
    services.support.tickets.reply(manager, ticket, "x")


def test_a_long_thread_shows_its_latest_and_says_how_many_are_earlier(
    services: Services, manager: Actor, staff: StaffActor
) -> None:
    ticket = open_ticket(services, manager)
    for n in range(11):
        services.support.desk.reply(staff, ticket, f"{n}")
    seen = services.support.tickets.see(manager, ticket, 5)
    assert ([entry.body for entry in seen.entries], seen.earlier) == (["6", "7", "8", "9", "10"], 7)
    assert services.support.desk.see(staff, ticket, 12).earlier == 0


def _calls(services: Services, actor: Any, ticket: str) -> list[Any]:
    tickets = services.support.tickets
    return [
        lambda: tickets.page(actor),
        lambda: tickets.see(actor, ticket),
        lambda: tickets.reply(actor, ticket, "x"),
        lambda: tickets.act(actor, ticket, Action.SOLVE),
        lambda: tickets.alike(actor, "billed twice"),
        lambda: open_ticket(services, actor),
    ]


def test_sixty_changes_of_status_an_hour(services: Services, manager: Actor, staff: StaffActor) -> None:
    """The rate limit exists because each change mails all support staff."""
    ticket = open_ticket(services, manager)
    for action in [Action.SOLVE, Action.REOPEN] * 30:
        services.support.tickets.act(manager, ticket, action)
    told = len(mails(services))
    with pytest.raises(TooMany):
        services.support.tickets.act(manager, ticket, Action.SOLVE)
    assert len(mails(services)) == told
    assert services.support.tickets.see(manager, ticket).ticket.status == TicketStatus.OPEN
