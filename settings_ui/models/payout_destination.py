"""Where a member's payouts go and went."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import SQLModel

from settings_ui.models.base import EMAIL_LENGTH, key, moment, refers_to, text


class PayoutDestination(SQLModel, table=True):
    """One saved PayPal email of a member. Rows are never deleted: together they are the history.

    It is in force from `effective_at` until a later one is, unless `cancelled_at` is set.
    It refers to user and business, not to the membership, so that the history survives a removal.
    """

    __tablename__ = "payout_destinations"
    __table_args__ = (Index(None, "business_id", "user_id", "created_at"),)

    id: str = key()
    business_id: str = refers_to("businesses.id")
    user_id: str = refers_to("users.id")
    email: str = text(EMAIL_LENGTH)
    email_folded: str = text(EMAIL_LENGTH)
    created_at: datetime = moment()
    effective_at: datetime = moment()
    confirmed_at: datetime | None = moment(default=None)
    cancelled_at: datetime | None = moment(default=None)
