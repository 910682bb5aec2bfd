"""A form that is sent again, because its answer was late, does once what it asks."""

from functools import partial

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role, StaffActor
from settings_ui.domain.errors import Conflict, NotFound
from settings_ui.domain.tickets import Action, TicketStatus
from tests.at_once import at_once
from tests.support import FakeClock, add_business, add_member, join, mails
from tests.tickets import open_ticket

DRAFT = "0b9c6f6e41d24b1a"


def bodies(services: Services, actor: Actor, ticket: str) -> list[str]:
    """Return what was said in a ticket."""
    return [entry.body for entry in services.support.tickets.see(actor, ticket).entries if entry.body]


def test_a_form_that_is_sent_again_finds_its_ticket(services: Services, manager: Actor, staff: StaffActor) -> None:
    """Nobody is told twice, and it does not count as another, even with an API key that was pasted into it: what a
    reload brings back has it shortened."""
    ticket = open_ticket(services, manager, draft=DRAFT, description=f"We use cs_key_{'a' * 36}.")
    told = len(mails(services))
    for _ in range(25):
        assert open_ticket(services, manager, draft=DRAFT, description="We use cs_key_aaaa…aaaa.") == ticket
    assert len(mails(services)) == told
    assert [listed.ticket.id for listed in services.support.tickets.page(manager).page] == [ticket]


def test_two_windows_that_send_one_draft_at_once_open_one_ticket(services: Services, manager: Actor) -> None:
    at_once(*[partial(open_ticket, services, manager, draft=DRAFT) for _ in range(8)])
    assert len(services.support.tickets.page(manager).page) == 1


@pytest.mark.parametrize(
    "changed", [{"subject": "Other"}, {"description": "Other"}, {"priority": "low"}, {"category": "calls"}]
)
def test_what_was_changed_since_is_neither_lost_nor_opened_unasked(
    services: Services, manager: Actor, changed: dict[str, str]
) -> None:
    """The answer says so; the next draft opens another ticket."""
    ticket = open_ticket(services, manager, draft=DRAFT)
    with pytest.raises(Conflict, match="#1001") as refused:
        open_ticket(services, manager, draft=DRAFT, **changed)
    assert refused.value.field == "draft"
    assert len(services.support.tickets.page(manager).page) == 1
    assert open_ticket(services, manager, draft="another", **changed) != ticket


def test_forms_without_a_draft_are_all_new(services: Services, manager: Actor) -> None:
    """A page that was loaded before an upgrade sends none."""
    assert open_ticket(services, manager) != open_ticket(services, manager)


def test_the_draft_of_somebody_else_neither_shows_nor_blocks_anything(
    services: Services, business: str, manager: Actor, stranger: Actor, staff: StaffActor, clock: FakeClock
) -> None:
    """In their business or in another, with the same content or with other."""
    colleague = add_member(services, business, Role.ADMIN, clock)
    first = open_ticket(services, manager, draft=DRAFT)
    theirs = [open_ticket(services, colleague, draft=DRAFT), open_ticket(services, stranger, draft=DRAFT, subject="Y")]
    assert len({first, *theirs}) == 3
    services.support.tickets.reply(manager, first, "Mine", draft="r1")
    services.support.tickets.reply(colleague, first, "Theirs", draft="r1")
    services.support.desk.reply(staff, first, "Ours", draft="r1")
    assert bodies(services, manager, first)[1:] == ["Mine", "Theirs", "Ours"]
    with pytest.raises(NotFound):
        services.support.tickets.reply(stranger, first, "Mine", draft="r1")


def test_a_draft_of_one_of_ones_businesses_is_another_in_the_next(
    services: Services, manager: Actor, clock: FakeClock
) -> None:
    """What was opened in a business that one has left since is not told."""
    elsewhere = add_business(services, "Elsewhere")
    join(services, manager.user_id, elsewhere, Role.MANAGER)
    first = open_ticket(services, manager, draft=DRAFT)
    there = Actor(**(vars(manager) | {"business_id": elsewhere}))
    assert open_ticket(services, there, draft=DRAFT, subject="There") != first


def test_a_reply_that_is_sent_again_is_there_once(services: Services, manager: Actor, staff: StaffActor) -> None:
    """Also when the ticket was closed meanwhile, since the first did get through."""
    ticket = open_ticket(services, manager, draft=DRAFT)
    tickets, desk = services.support.tickets, services.support.desk
    at_once(*[partial(tickets.reply, manager, ticket, "More", draft=DRAFT) for _ in range(4)])
    at_once(*[partial(desk.reply, staff, ticket, "Thanks", draft="d") for _ in range(4)])
    tickets.act(manager, ticket, Action.CLOSE)
    assert tickets.reply(manager, ticket, " More ", draft=DRAFT).value is TicketStatus.CLOSED
    assert desk.reply(staff, ticket, "Thanks", draft="d").value is TicketStatus.CLOSED
    assert bodies(services, manager, ticket)[1:] == ["More", "Thanks"]


def test_a_reply_that_was_changed_since_it_was_sent_is_not_taken_for_the_first(
    services: Services, manager: Actor, staff: StaffActor
) -> None:
    ticket = open_ticket(services, manager)
    for write in (
        partial(services.support.tickets.reply, manager, ticket),
        partial(services.support.desk.reply, staff, ticket),
    ):
        write("More", draft=DRAFT)
        with pytest.raises(Conflict, match="An earlier version of this was already sent, in ticket #1001") as refused:
            write("More of it", draft=DRAFT)
        assert refused.value.field == "draft"
        write("More of it", draft="another")
    assert bodies(services, manager, ticket)[1:] == ["More", "More of it"] * 2


def test_one_draft_in_two_tickets_is_two_replies(services: Services, manager: Actor) -> None:
    for ticket in (open_ticket(services, manager), open_ticket(services, manager)):
        services.support.tickets.reply(manager, ticket, "More", draft=DRAFT)
        assert bodies(services, manager, ticket)[1:] == ["More"]
