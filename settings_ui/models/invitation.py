"""Invitations to a business."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlmodel import SQLModel

from settings_ui.models.base import EMAIL_LENGTH, key, moment, refers_to, text
from settings_ui.models.business import ROLES


class Invitation(SQLModel, table=True):
    """An address invited to join a business with a role. Only the SHA-256 of the link's secret is stored; resending
    replaces it. The invitation is open until accepted or withdrawn, and expires at `expires_at`."""

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
