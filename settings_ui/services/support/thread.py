"""A ticket with its entries, read and written by both sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from settings_ui.domain.attachments import FIELD
from settings_ui.domain.errors import Invalid, NotFound
from settings_ui.domain.ids import new_id
from settings_ui.domain.tickets import MOST_ATTACHMENTS, Action, TicketStatus, after
from settings_ui.models import Business, Ticket, TicketAttachment, TicketEntry, User
from settings_ui.services.kit.locks import locked
from settings_ui.services.support.drafts import Draft, draft_of, sent_before
from settings_ui.services.support.listing import more_words

TOPIC = "support"
DESK_TOPIC = "desk"
"""The topic of everything that the staff desk shows."""
LATEST = 100


@dataclass(frozen=True)
class Said:
    """An entry of a thread, with its author's name and its attachments."""

    id: str
    author: str
    staff: bool
    action: str
    body: str
    at: datetime
    files: tuple[TicketAttachment, ...]


@dataclass(frozen=True)
class Thread:
    """A ticket, its business, and its latest entries, oldest first; `earlier` are not among them.

    `about` has the facts of what it is about that may be shown to whoever asked.
    """

    ticket: Ticket
    opener: str
    business: Business
    entries: tuple[Said, ...]
    earlier: int
    about: Mapping[str, str]


def find(session: Session, ticket_id: str, business_id: str | None, *, lock: bool = False) -> Ticket:
    """Return a ticket of the business, or of any; raise NotFound."""
    query = select(Ticket).where(Ticket.id == ticket_id)
    if business_id is not None:
        query = query.where(Ticket.business_id == business_id)
    found = session.exec(locked(query) if lock else query).first()
    if found is None:
        raise NotFound("This ticket was not found.")
    return found


def thread_of(session: Session, ticket: Ticket, most: int = LATEST) -> Thread:
    """Return the ticket with its latest entries."""
    entries = session.exec(
        select(TicketEntry, User.name)
        .join(User, col(User.id) == TicketEntry.author_id)
        .where(TicketEntry.ticket_id == ticket.id)
        .order_by(col(TicketEntry.place).desc())
        .limit(most)
    ).all()
    files: dict[str | None, list[TicketAttachment]] = {}
    ids = [entry.id for entry, _ in entries]
    attached = select(TicketAttachment).where(col(TicketAttachment.entry_id).in_(ids))
    for file in session.exec(attached.order_by(col(TicketAttachment.at), col(TicketAttachment.id))):
        files.setdefault(file.entry_id, []).append(file)
    return Thread(
        ticket,
        session.get_one(User, ticket.opened_by).name,
        session.get_one(Business, ticket.business_id),
        tuple(
            Said(e.id, name, e.staff, e.action, e.body, e.at, tuple(files.get(e.id, ())))
            for e, name in reversed(entries)
        ),
        ticket.entries - len(entries),
        ticket.about,
    )


def write(
    session: Session,
    ticket: Ticket,
    author_id: str,
    action: Action,
    body: str,
    files: Sequence[str],
    draft_id: str,
    now: datetime,
) -> bool:
    """Reply in the caller's transaction, with the status change that the reply causes; return False, with nothing
    written, if this draft was sent before.

    Raises Conflict at `reply` or `draft`, Invalid at `attachments`.
    """
    draft = draft_of(draft_id, ticket.id, body, sorted(files))
    if sent_before(session, author_id, draft):
        return False
    _move(ticket, after(TicketStatus(ticket.status), action), now)
    ticket.words = more_words(ticket.words, body)
    staff = action is Action.STAFF_REPLY
    add_entry(session, ticket, author_id, now, body=body, staff=staff, files=files, draft=draft)
    return True


def do(session: Session, ticket: Ticket, author_id: str, action: Action, now: datetime, *, staff: bool) -> None:
    """Change the status in the caller's transaction, as an entry of the thread; raise Conflict if that is not
    possible."""
    _move(ticket, after(TicketStatus(ticket.status), action), now)
    add_entry(session, ticket, author_id, now, action=action.value, staff=staff)


def add_entry(
    session: Session,
    ticket: Ticket,
    author_id: str,
    now: datetime,
    *,
    body: str = "",
    action: str = "",
    staff: bool = False,
    files: Sequence[str] = (),
    draft: Draft | None = None,
) -> None:
    """Add the next entry to a ticket that the caller has locked, with attachments that its author has uploaded for
    it."""
    ticket.entries += 1
    entry = TicketEntry(
        id=new_id("ent"),
        ticket_id=ticket.id,
        place=ticket.entries,
        author_id=author_id,
        staff=staff,
        action=action,
        body=body,
        at=now,
        draft=draft.key if draft else None,
        content=draft.content if draft else None,
    )
    session.add(entry)
    session.flush()
    if files:
        _attach(session, entry, list(dict.fromkeys(files)), None if staff else ticket.business_id)


def _attach(session: Session, entry: TicketEntry, wanted: Sequence[str], business_id: str | None) -> None:
    if len(wanted) > MOST_ATTACHMENTS:
        raise Invalid(f"You can attach up to {MOST_ATTACHMENTS} files at a time; these are {len(wanted)}.", field=FIELD)
    found = session.exec(
        select(TicketAttachment)
        .where(
            col(TicketAttachment.id).in_(wanted),
            TicketAttachment.uploaded_by == entry.author_id,
            col(TicketAttachment.business_id) == business_id,
            col(TicketAttachment.entry_id).is_(None),
        )
        .with_for_update()
    ).all()
    if len(found) != len(wanted):
        raise Invalid("One of the files was not found. Remove it and add it again.", field=FIELD)
    for file in found:
        file.entry_id = entry.id


def _move(ticket: Ticket, status: TicketStatus, now: datetime) -> None:
    if ticket.status != status:
        ticket.status, ticket.status_since = status.value, now
    ticket.updated_at = now
