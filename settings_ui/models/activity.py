"""Who changed what, and when."""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from settings_ui.models.base import key, moment, refers_to, text


class Activity(SQLModel, table=True):
    """One change, written in its transaction. `before` and `after` hold no secret and only masked addresses.

    `user_id` is who did it, none for the operator; `business_id` is none for what a person changes about themselves.
    `about` holds the ids of what was changed, where its effect can be told later.
    """

    __tablename__ = "activity"
    __table_args__ = (Index(None, "business_id", "topic", "at"), Index(None, "business_id", "at", "id"))

    id: str = key()
    business_id: str | None = refers_to("businesses.id", default=None)
    user_id: str | None = refers_to("users.id", default=None)
    topic: str = text(32)
    what: str = text(64)
    before: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    after: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    about: list[str] | None = Field(default=None, sa_type=JSON)
    at: datetime = moment()
    source: str = text(16)
    network: str = text(64, default="")
