"""Emails waiting to be sent."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from settings_ui.models.base import EMAIL_LENGTH, key, moment, text


class OutgoingMail(SQLModel, table=True):
    """A message written in the transaction of the change that it is about. `body` is cleared once it is sent or given
    up, because its links are secrets."""

    __tablename__ = "mail_outbox"
    __table_args__ = (Index(None, "sent_at", "due_at"),)

    id: str = key()
    recipient: str = text(EMAIL_LENGTH)
    subject: str = text(200)
    body: str = Field(sa_type=Text)
    created_at: datetime = moment()
    due_at: datetime = moment()
    attempts: int = 0
    sent_at: datetime | None = moment(default=None)
    given_up_at: datetime | None = moment(default=None)
    last_error: str = text(200, default="")
