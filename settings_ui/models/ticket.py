"""Support tickets, their replies and attachments."""

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
    """A conversation of a business with support; `number` counts within the business.

    `status_since` is when its status last changed, `updated_at` when anything last happened. `about` holds the facts of
    what it is related to as of when it was opened, never a secret; `words` is the folded text that search uses.
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
    """A reply, or with `action` a change of status; `place` counts within the ticket.

    `staff` says whether it is from support. `draft` and `content` are digests of the form that was sent, if its page
    gave it an id: of which draft of its author it was, and of what was in it.
    """

    __tablename__ = "ticket_entries"
    __table_args__ = (UniqueConstraint("ticket_id", "place"), Index(None, "author_id", "draft", unique=True))

    id: str = key()
    ticket_id: str = refers_to("tickets.id")
    place: int
    author_id: str = refers_to("users.id")
    staff: bool = False
    action: str = text(16, default="")
    body: str = Field(sa_type=Text)
    at: datetime = moment()
    draft: str | None = text(64, default=None)
    content: str | None = text(64, default=None)


class TicketAttachment(SQLModel, table=True):
    """An uploaded file. It belongs to its uploader only until an entry uses it, and is deleted if none does.

    `business_id` is None for a file of support staff. It is stored under its id.
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
