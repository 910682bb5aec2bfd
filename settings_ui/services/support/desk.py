"""Tickets as support staff see them, across all businesses."""

from collections.abc import Sequence

from settings_ui.domain.access import Capability, StaffActor, require
from settings_ui.domain.tickets import DEEDS, Action, TicketStatus, clean_text
from settings_ui.gateways.ports import Clock
from settings_ui.models import User
from settings_ui.services.kit.changes import Changed
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.links import Links
from settings_ui.services.support.listing import Listing, Show, page_of
from settings_ui.services.support.mail import tell_members
from settings_ui.services.support.thread import LATEST, Thread, do, find, thread_of, write
from settings_ui.services.support.tickets import DONE, note, topics_of


class Desk:
    """Listing and answering tickets, and changing their status."""

    def __init__(self, database: Database, clock: Clock, links: Links) -> None:
        self._database = database
        self._clock = clock
        self._links = links

    def who(self, staff: StaffActor) -> tuple[str, str]:
        """Return the name and the login email of this staff member."""
        require(staff, Capability.ANSWER_TICKETS)
        with self._database.read() as session:
            user = session.get_one(User, staff.user_id)
            return user.name, user.email

    def page(self, staff: StaffActor, *, show: Show = Show.OPEN, search: str = "", offset: int = 0) -> Listing:
        """Return a page of all tickets: if all wait for the same side, the most urgent first, otherwise the latest
        first."""
        require(staff, Capability.ANSWER_TICKETS)
        with self._database.read() as session:
            return page_of(session, None, show=show, search=search, offset=max(0, offset), queue=True)

    def see(self, staff: StaffActor, ticket_id: str, most: int = LATEST) -> Thread:
        """Return any ticket with its latest entries; raise NotFound."""
        require(staff, Capability.ANSWER_TICKETS)
        with self._database.read() as session:
            return thread_of(session, find(session, ticket_id, None), most)

    def reply(
        self, staff: StaffActor, ticket_id: str, text: str, files: Sequence[str] = (), draft: str = ""
    ) -> Changed[TicketStatus]:
        """Reply to a ticket, which then waits for the business, and email the members who wrote in it. A draft that was
        sent before changes nothing.

        Raises Invalid at `reply` or `attachments`, Conflict at `reply` for a closed ticket and at `draft` for one that
        has changed since it was sent, NotFound.
        """
        require(staff, Capability.ANSWER_TICKETS)
        now = self._clock.now()
        with self._database.write() as session:
            ticket = find(session, ticket_id, None, lock=True)
            body = clean_text(text, field="reply", what="Reply")
            if not write(session, ticket, staff.user_id, Action.STAFF_REPLY, body, files, draft, now):
                return Changed(TicketStatus(ticket.status), frozenset())
            note(session, ticket, staff, DONE[Action.STAFF_REPLY], now)
            tell_members(session, self._links, ticket, staff.user_id, "replied", now)
        return Changed(TicketStatus(ticket.status), topics_of(ticket))

    def act(self, staff: StaffActor, ticket_id: str, action: Action) -> Changed[TicketStatus]:
        """Solve, reopen or close a ticket; raise Conflict if that is not possible, NotFound."""
        require(staff, Capability.ANSWER_TICKETS)
        now = self._clock.now()
        with self._database.write() as session:
            ticket = find(session, ticket_id, None, lock=True)
            before = ticket.status
            do(session, ticket, staff.user_id, action, now, staff=True)
            note(session, ticket, staff, DONE[action], now, before=before)
            tell_members(session, self._links, ticket, staff.user_id, DEEDS[action], now)
        return Changed(TicketStatus(ticket.status), topics_of(ticket))
