"""API keys and how they are used."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, String
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.text import NAME_LENGTH
from settings_ui.models.base import key, moment, refers_to, text

LARGE_ANSWER = 16_384
"""Characters; the number of longer stored answers is limited per key."""
LARGE = sql(f"length(body) > {LARGE_ANSWER}")
_ACCESS = ", ".join(f"'{access}'" for access in KeyAccess)


class ApiKey(SQLModel, table=True):
    """A key of a business. Of its secret only the keyed digest and the eight characters that may be shown are stored.

    `expires_at` is the chosen expiry or the end of the grace period after a rotation; `rotated_to` is the replacement.
    `warned_days` is how many days before expiry the last warning was sent.
    """

    __tablename__ = "api_keys"
    __table_args__ = (
        CheckConstraint(f"access in ({_ACCESS})", name="access"),
        Index(None, "business_id", "created_at"),
    )

    id: str = key()
    business_id: str = refers_to("businesses.id")
    name: str = text(NAME_LENGTH)
    name_folded: str = text(NAME_LENGTH * 3)
    access: str = text(16)
    digest: str = text(64, unique=True)
    first: str = text(4)
    last: str = text(4)
    created_by: str | None = refers_to("users.id", default=None)
    created_at: datetime = moment()
    expires_at: datetime | None = moment(default=None)
    revoked_at: datetime | None = moment(default=None)
    rotated_to: str | None = refers_to("api_keys.id", default=None)
    last_used_at: datetime | None = moment(default=None)
    warned_days: int | None = None


class ApiKeyUse(SQLModel, table=True):
    """The number of requests of a key in an hour from one address (stored as a keyed digest, to tell addresses
    apart)."""

    __tablename__ = "api_key_uses"

    key_id: str = Field(primary_key=True, foreign_key="api_keys.id", max_length=32)
    hour: datetime = moment(primary_key=True)
    address: str = Field(primary_key=True, sa_type=String(16))
    requests: int = 0


class IdempotentAnswer(SQLModel, table=True):
    """The answer to a POST with an Idempotency-Key, so that a repetition gets the same answer for a day."""

    __tablename__ = "idempotent_answers"
    __table_args__ = (Index("ix_idempotent_answers_large", "key_id", sqlite_where=LARGE, postgresql_where=LARGE),)

    key_id: str = Field(primary_key=True, foreign_key="api_keys.id", max_length=32)
    idempotency_key: str = Field(primary_key=True, max_length=255)
    request_digest: str = text(64)
    status: int
    body: str
    created_at: datetime = moment(index=True)
