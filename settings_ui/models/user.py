"""People and the browsers they are signed in with."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlmodel import SQLModel

from settings_ui.domain.text import NAME_LENGTH
from settings_ui.models.base import EMAIL_LENGTH, ID_LENGTH, key, moment, refers_to, text


class User(SQLModel, table=True):
    """A person, who may belong to any number of businesses.

    `email_folded` is the unique form of the address; `avatar` is the name under which the photo is stored.
    `staff_since` is set for the platform's support staff, who belong to no business.
    """

    __tablename__ = "users"
    __table_args__ = (CheckConstraint(f"length(name) between 1 and {NAME_LENGTH}", name="name_length"),)

    id: str = key()
    email: str = text(EMAIL_LENGTH)
    email_folded: str = text(EMAIL_LENGTH, unique=True)
    email_verified_at: datetime | None = moment(default=None)
    name: str = text(NAME_LENGTH)
    avatar: str | None = text(ID_LENGTH, default=None, index=True)
    password_hash: str = text(200)
    password_changed_at: datetime = moment()
    disabled_at: datetime | None = moment(default=None)
    staff_since: datetime | None = moment(default=None)
    created_at: datetime = moment()


class UserSession(SQLModel, table=True):
    """A signed-in browser. Only the SHA-256 of its cookie is stored; `business_id` is the business last shown."""

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


class EmailChange(SQLModel, table=True):
    """A change of login email: verified through the new address, reverted through the old one."""

    __tablename__ = "email_changes"

    id: str = key()
    user_id: str = refers_to("users.id", index=True)
    session_id: str = refers_to("sessions.id")
    old_email: str = text(EMAIL_LENGTH)
    old_folded: str = text(EMAIL_LENGTH, index=True)
    new_email: str = text(EMAIL_LENGTH)
    new_folded: str = text(EMAIL_LENGTH)
    old_verified_at: datetime | None = moment(default=None)
    created_at: datetime = moment()
    reverted_at: datetime | None = moment(default=None)


class PasswordReset(SQLModel, table=True):
    """A single-use link to set a password. It was requested and expires after an hour, or it is for a newly created
    account and expires at `good_until`."""

    __tablename__ = "password_resets"

    id: str = key()
    user_id: str = refers_to("users.id", index=True)
    created_at: datetime = moment()
    good_until: datetime | None = moment(default=None)
    used_at: datetime | None = moment(default=None)
