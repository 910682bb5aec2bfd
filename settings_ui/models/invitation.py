"""Invitations to a business."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from settings_ui.models.base import EMAIL_LENGTH, key, moment, refers_to, text
from settings_ui.models.business import ROLES


class Invitation(SQLModel, table=True):
    """An address that may join a business with a role. Of its link only the SHA-256 of the secret is kept, which
    another sending replaces; it is open until it is accepted or withdrawn, and good until `expires_at`."""

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint(f"role in ({ROLES})", name="role"),
        Index(None, "business_id", "email_folded"),
    )

    id: str = key()
    business_id: str = refers_to("businesses.id")
    email: str = text(EMAIL_LENGTH)
    email_folded: str = text(EMAIL_LENGTH)
    role: str = text(16)
    invited_by: str = refers_to("users.id")
    secret_digest: str = text(64)
    created_at: datetime = moment()
    expires_at: datetime = moment()
    accepted_at: datetime | None = moment(default=None)
    withdrawn_at: datetime | None = moment(default=None)
