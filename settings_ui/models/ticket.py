"""Support tickets, what was written in them, and the files that came along."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from settings_ui.domain.attachments import NAME_LENGTH as FILE_NAME_LENGTH
from settings_ui.domain.text import NAME_LENGTH
from settings_ui.domain.tickets import Category, Priority, TicketStatus
from settings_ui.models.base import key, moment, refers_to, text


def _one_of(column: str, values: type[TicketStatus] | type[Category] | type[Priority]) -> CheckConstraint:
    return CheckConstraint(f"{column} in ({', '.join(repr(str(v)) for v in values)})", name=column)


class Ticket(SQLModel, table=True):
    """A conversation of a business with the platform's support; `number` counts within the business.

    `status_since` is when it came to its status, `updated_at` when anything happened last. `about` has the facts of
    what it is about as they were when it was opened, never a secret; `words` is what search looks in, folded.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("business_id", "number"),
        _one_of("status", TicketStatus),
        _one_of("category", Category),
        _one_of("priority", Priority),
        Index(None, "business_id", "updated_at", "status"),
        Index(None, "updated_at", "status"),
        Index(None, "status", "status_since"),
    )

    id: str = key()
    business_id: str = refers_to("businesses.id")
    number: int
    subject: str = text(NAME_LENGTH)
    category: str = text(16)
    priority: str = text(16)
    status: str = text(16)
    status_since: datetime = moment()
    opened_by: str = refers_to("users.id")
    about: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    words: str = Field(sa_type=Text)
    entries: int = 0
    created_at: datetime = moment()
    updated_at: datetime = moment()


class TicketEntry(SQLModel, table=True):
    """A reply in a ticket, or with `action` a change of its status; `place` counts within the ticket.

    `staff` says from which side it comes.
    """

    __tablename__ = "ticket_entries"
    __table_args__ = (UniqueConstraint("ticket_id", "place"),)

    id: str = key()
    ticket_id: str = refers_to("tickets.id")
    place: int
    author_id: str = refers_to("users.id")
    staff: bool = False
    action: str = text(16, default="")
    body: str = Field(sa_type=Text)
    at: datetime = moment()


class TicketAttachment(SQLModel, table=True):
    """A file that was uploaded; it belongs to its uploader alone until an entry has it, and is forgotten if none does.

    `business_id` is none for a file of the support's own people. It is stored under its id.
    """

    __tablename__ = "ticket_attachments"
    __table_args__ = (Index(None, "entry_id"), Index(None, "uploaded_by", "at"))

    id: str = key()
    business_id: str | None = refers_to("businesses.id", default=None)
    uploaded_by: str = refers_to("users.id")
    entry_id: str | None = refers_to("ticket_entries.id", default=None)
    name: str = text(FILE_NAME_LENGTH)
    media_type: str = text(32)
    size: int
    at: datetime = moment()
