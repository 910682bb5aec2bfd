"""Emails about a ticket, to the other side. They say who did what and link to it, without what was written."""

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from settings_ui.domain.access import DESK_PATH, Capability, Grant, roles_with
from settings_ui.domain.notices import Notice
from settings_ui.models import Business, Membership, Ticket, TicketEntry, User
from settings_ui.services.account.notices import wants
from settings_ui.services.kit.links import Links
from settings_ui.services.kit.mail import enqueue

SUBJECT_BEGINS = "[#"
WHY = "You get this email because you wrote in this ticket. Turn these off in Settings → Profile → Email notifications."


def subject_of(ticket: Ticket) -> str:
    """Return the subject of every email about the ticket, so that mail programs keep them together."""
    return f"{SUBJECT_BEGINS}{ticket.number}] {ticket.subject}"


def tell_staff(session: Session, links: Links, ticket: Ticket, author_id: str, did: str, now: datetime) -> None:
    """Email support staff, in the caller's transaction."""
    author, home = session.get_one(User, author_id), session.get_one(Business, ticket.business_id)
    there = links.address(f"{DESK_PATH}?ticket={ticket.id}")
    body = f"{author.name} at {home.name} {did}.\n\nRead it and reply:\n\n{there}\n"
    staff = select(User.email).where(col(User.staff_since).is_not(None), col(User.disabled_at).is_(None))
    for email in session.exec(staff.order_by(col(User.email))):
        enqueue(session, now, email, subject_of(ticket), body)


def tell_members(session: Session, links: Links, ticket: Ticket, author_id: str, did: str, now: datetime) -> None:
    """Email the members who wrote in the ticket, may still read it and have not opted out, in the caller's
    transaction."""
    there = links.address(f"/settings?tab=support&ticket={ticket.id}")
    body = f"{session.get_one(User, author_id).name} from Switchboard support {did}.\n\nRead it:\n\n{there}\n\n{WHY}\n"
    for email in session.exec(_readers(ticket)):
        enqueue(session, now, email, subject_of(ticket), body)


def _readers(ticket: Ticket) -> Any:
    wrote = select(TicketEntry.author_id).where(TicketEntry.ticket_id == ticket.id, col(TicketEntry.staff).is_(False))
    return (
        select(User.email)
        .join(Membership, col(Membership.user_id) == User.id)
        .where(
            col(User.id).in_(wrote),
            col(User.disabled_at).is_(None),
            Membership.business_id == ticket.business_id,
            col(Membership.role).in_(roles_with(Capability.USE_SUPPORT, Grant.YES)),
            wants(Notice.TICKET_REPLY),
        )
        .order_by(col(User.email))
    )
