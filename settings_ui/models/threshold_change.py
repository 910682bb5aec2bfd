"""Which threshold was in force when."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import SQLModel

from settings_ui.models.base import key, moment, refers_to


class ThresholdChange(SQLModel, table=True):
    """One change of a business's threshold, in seconds. Rows are never deleted: together they are the history."""

    __tablename__ = "threshold_changes"
    __table_args__ = (Index(None, "business_id", "at"),)

    id: str = key()
    business_id: str = refers_to("businesses.id")
    user_id: str | None = refers_to("users.id", default=None)
    before_s: int
    after_s: int
    at: datetime = moment()
