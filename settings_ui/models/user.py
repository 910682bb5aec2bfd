"""People and the browsers they are signed in with."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from settings_ui.domain.text import NAME_LENGTH
from settings_ui.models.base import EMAIL_LENGTH, key, moment, refers_to, text


class User(SQLModel, table=True):
    """A person; belongs to any number of businesses. `email_folded` is the form in which addresses are unique."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint(f"length(name) between 1 and {NAME_LENGTH}", name="name_length"),)

    id: str = key()
    email: str = text(EMAIL_LENGTH)
    email_folded: str = text(EMAIL_LENGTH, unique=True)
    email_verified_at: datetime | None = moment(default=None)
    name: str = text(NAME_LENGTH)
    password_hash: str = text(200)
    password_changed_at: datetime = moment()
    disabled_at: datetime | None = moment(default=None)
    created_at: datetime = moment()


class UserSession(SQLModel, table=True):
    """A signed-in browser. Only the SHA-256 of its cookie is kept; `business_id` is the one it looked at last."""

    __tablename__ = "sessions"

    id: str = key()
    user_id: str = refers_to("users.id", index=True)
    token_digest: str = text(64, unique=True)
    business_id: str | None = refers_to("businesses.id", default=None)
    device: str = text(200, default="")
    network: str = text(64, default="")
    created_at: datetime = moment()
    last_seen_at: datetime = moment()
    ended_at: datetime | None = moment(default=None)
