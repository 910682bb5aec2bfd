"""Tickets as the members of a business see them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sql
from sqlmodel import Session, col

from settings_ui.domain.access import Actor, Capability, StaffActor, require
from settings_ui.domain.errors import TooMany
from settings_ui.domain.ids import new_id
from settings_ui.domain.tickets import (
    DEEDS,
    FIRST_NUMBER,
    Action,
    Category,
    Priority,
    TicketStatus,
    clean_subject,
    clean_text,
    parse_category,
    parse_priority,
)
from settings_ui.gateways.ports import Clock, Limit, Limiter
from settings_ui.models import Ticket
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, business_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.limits import take
from settings_ui.services.kit.links import Links
from settings_ui.services.kit.locks import lock_business
from settings_ui.services.support.about import Beginning, beginning, facts, shown_to
from settings_ui.services.support.drafts import draft_of, sent_before
from settings_ui.services.support.listing import Listing, Show, alike, page_of, words_of
from settings_ui.services.support.mail import tell_staff
from settings_ui.services.support.thread import DESK_TOPIC, LATEST, TOPIC, Thread, add_entry, do, find, thread_of, write

OPENED = Limit(times=20, within_s=60 * 60)
WRITTEN = CHANGED = Limit(times=60, within_s=60 * 60)
ALIKE = 3
DONE = {
    Action.MEMBER_REPLY: "replied to a ticket",
    Action.STAFF_REPLY: "replied to a ticket",
    Action.SOLVE: "solved a ticket",
    Action.REOPEN: "reopened a ticket",
    Action.CLOSE: "closed a ticket",
}
"""What the activity says of each action."""


@dataclass(frozen=True)
class NewTicket:
    """A submitted form; `about_kind` and `about` refer to something of a kind in `about.AboutKind`, if to anything.
    `draft` is the id that the page gave it, if any."""

    subject: str
    category: str
    priority: str
    description: str
    files: Sequence[str] = ()
    about_kind: str = ""
    about: str = ""
    draft: str = ""


class Tickets:
    """Listing, opening, answering, solving, reopening and closing."""

    def __init__(self, database: Database, clock: Clock, limiter: Limiter, links: Links) -> None:
        self._database = database
        self._clock = clock
        self._limiter = limiter
        self._links = links

    def page(self, actor: Actor, *, show: Show = Show.UNSOLVED, search: str = "", offset: int = 0) -> Listing:
        """Return a page of the business's tickets, latest first."""
        require(actor, Capability.USE_SUPPORT)
        with self._database.read() as session:
            return page_of(session, actor.business_id, show=show, search=search, offset=max(0, offset))

    def see(self, actor: Actor, ticket_id: str, most: int = LATEST) -> Thread:
        """Return a ticket of the business with its latest entries, and the facts about it that the actor may see.

        Raises NotFound.
        """
        require(actor, Capability.USE_SUPPORT)
        with self._database.read() as session:
            seen = thread_of(session, find(session, ticket_id, actor.business_id), most)
        return replace(seen, about=shown_to(actor, seen.about))

    def beginning(self, actor: Actor, about_kind: str, about: str) -> Beginning:
        """Return what prefills a ticket about something, empty for nothing; raise Invalid at `about` if it does not
        exist or the actor may not see it."""
        require(actor, Capability.USE_SUPPORT)
        with self._database.read() as session:
            return beginning(session, actor, about_kind, about)

    def alike(self, actor: Actor, subject: str) -> list[Ticket]:
        """Return up to three tickets of the business with a similar subject."""
        require(actor, Capability.USE_SUPPORT)
        with self._database.read() as session:
            return alike(session, actor.business_id, subject, ALIKE)

    def open(self, actor: Actor, new: NewTicket) -> Changed[str]:
        """Open a ticket and return its id; support staff get an email. A draft that was sent before finds its ticket.

        Raises Invalid at the invalid field, Conflict at `draft` if it has changed since, TooMany after 20 an hour.
        """
        require(actor, Capability.USE_SUPPORT)
        subject = clean_subject(new.subject)
        category, priority = parse_category(new.category), parse_priority(new.priority)
        body = clean_text(new.description, field="description", what="Description")
        about = (new.about_kind, new.about)
        content = (subject, category, priority, body, sorted(new.files), *about)
        draft = draft_of(new.draft, actor.business_id, *content)
        now = self._clock.now()
        with self._database.write() as session:
            lock_business(session, actor.business_id)
            if before := sent_before(session, actor.user_id, draft):
                return Changed(before.id, frozenset())
            ticket = begin(session, actor.business_id, actor.user_id, subject, category, priority, body, now)
            ticket.about = facts(session, actor, *about)
            add_entry(session, ticket, actor.user_id, now, body=body, files=new.files, draft=draft)
            note(session, ticket, actor, "opened a ticket", now)
            tell_staff(session, self._links, ticket, actor.user_id, "opened a ticket", now)
            self._count(
                OPENED, "tickets-opened", actor, "You can open 20 tickets an hour. Reply in an open one instead."
            )
        return Changed(ticket.id, topics_of(ticket))

    def reply(
        self, actor: Actor, ticket_id: str, text: str, files: Sequence[str] = (), draft: str = ""
    ) -> Changed[TicketStatus]:
        """Reply to a ticket, which reopens it, and return its status; support staff get an email. A draft that was sent
        before changes nothing.

        Raises Invalid at `reply` or `attachments`, Conflict at `reply` for a closed ticket and at `draft` for one that
        has changed since it was sent, NotFound, TooMany.
        """
        require(actor, Capability.USE_SUPPORT)
        now = self._clock.now()
        with self._database.write() as session:
            ticket = find(session, ticket_id, actor.business_id, lock=True)
            body = clean_text(text, field="reply", what="Reply")
            if not write(session, ticket, actor.user_id, Action.MEMBER_REPLY, body, files, draft, now):
                return Changed(TicketStatus(ticket.status), frozenset())
            note(session, ticket, actor, DONE[Action.MEMBER_REPLY], now)
            tell_staff(session, self._links, ticket, actor.user_id, "replied", now)
            self._count(WRITTEN, "tickets-written", actor, "You can send 60 replies an hour. Try again later.")
        return Changed(TicketStatus(ticket.status), topics_of(ticket))

    def act(self, actor: Actor, ticket_id: str, action: Action) -> Changed[TicketStatus]:
        """Solve, reopen or close a ticket and return its status; raise Conflict if that is not possible, NotFound,
        TooMany."""
        require(actor, Capability.USE_SUPPORT)
        now = self._clock.now()
        with self._database.write() as session:
            ticket = find(session, ticket_id, actor.business_id, lock=True)
            before = ticket.status
            do(session, ticket, actor.user_id, action, now, staff=False)
            note(session, ticket, actor, DONE[action], now, before=before)
            tell_staff(session, self._links, ticket, actor.user_id, DEEDS[action], now)
            self._count(CHANGED, "tickets-changed", actor, "You can make 60 changes an hour. Try again later.")
        return Changed(TicketStatus(ticket.status), topics_of(ticket))

    def _count(self, limit: Limit, what: str, actor: Actor, message: str) -> None:
        if wait_s := take(self._limiter, limit, what, actor.user_id):
            raise TooMany(message, retry_after_s=wait_s)


def note(
    session: Session, ticket: Ticket, by: Actor | StaffActor, what: str, now: datetime, *, before: str = ""
) -> None:
    """Record what was done to a ticket in the activity of its business, and its status, if that was `before`."""
    record(
        session,
        TOPIC,
        what,
        at=now,
        actor=by if isinstance(by, Actor) else None,
        business_id=ticket.business_id,
        user_id=by.user_id,
        source="web" if isinstance(by, Actor) else "staff",
        before={"Status": before} if before else {},
        after={"Ticket": f"#{ticket.number} {ticket.subject}"} | ({"Status": ticket.status} if before else {}),
        about=[ticket.id],
    )


def topics_of(ticket: Ticket) -> frozenset[str]:
    """Return the topics to publish when a ticket changes: the business's and the staff desk's."""
    return frozenset({business_topic(ticket.business_id), DESK_TOPIC})


def begin(
    session: Session,
    business_id: str,
    user_id: str,
    subject: str,
    category: Category,
    priority: Priority,
    body: str,
    now: datetime,
) -> Ticket:
    """Insert a ticket without entries in the caller's transaction, which holds the lock of the business."""
    number = _next_number(session, business_id)
    ticket = Ticket(
        id=new_id("tkt"),
        business_id=business_id,
        number=number,
        subject=subject,
        category=category.value,
        priority=priority.value,
        status=TicketStatus.OPEN.value,
        status_since=now,
        opened_by=user_id,
        words=words_of(number, subject, body),
        created_at=now,
        updated_at=now,
    )
    session.add(ticket)
    session.flush()
    return ticket


def _next_number(session: Session, business_id: str) -> int:
    last = sql.select(sql.func.max(col(Ticket.number))).where(col(Ticket.business_id) == business_id)
    return (session.connection().execute(last).scalar() or FIRST_NUMBER - 1) + 1
