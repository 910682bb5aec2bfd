"""Who changed what, and when."""

from datetime import datetime

from sqlalchemy import JSON, Index
from sqlmodel import Field, SQLModel

from settings_ui.models.base import key, moment, refers_to, text


class Activity(SQLModel, table=True):
    """One change, written in the transaction that makes it. `before` and `after` hold no secrets and only masked
    addresses.

    `user_id` is who did it, None for the operator, for a key and for what nobody did: `source` tells which.
    `business_id` is None for changes to one's own profile.
    `about` holds the ids of what was changed, if its effect can be shown later.
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
