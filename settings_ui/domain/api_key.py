"""API keys: their format, when they are active, and how they are stored."""

import hmac
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

PREFIX = "cs_key_"
RANDOM, CHECK = 30, 6
MOST_ACTIVE = 10
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
LENGTH = len(PREFIX) + RANDOM + CHECK
SHOWN = 4


class KeyAccess(StrEnum):
    """What a key may do."""

    FULL = "full"
    READ_ONLY = "read_only"
    SCREENING = "screening"


class Grace(StrEnum):
    """How long an old key keeps working after a rotation."""

    NONE = "0"
    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"

    @property
    def lasts(self) -> timedelta:
        """The duration."""
        return _LASTS[self]

    @property
    def words(self) -> str:
        """The duration in words, like "7 days"."""
        return _WORDS[self]


_LASTS = {
    Grace.NONE: timedelta(0),
    Grace.HOUR: timedelta(hours=1),
    Grace.DAY: timedelta(hours=24),
    Grace.WEEK: timedelta(days=7),
}
_WORDS = {Grace.NONE: "Ends now", Grace.HOUR: "1 hour", Grace.DAY: "24 hours", Grace.WEEK: "7 days"}


@dataclass(frozen=True)
class NewSecret:
    """A key in plain text, and the parts of it that may be shown later."""

    secret: str
    first: str
    last: str


def new_secret() -> NewSecret:
    """Return a key with 178 random bits and a checksum."""
    random = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM))
    secret = f"{PREFIX}{random}{checksum(random)}"
    return NewSecret(secret, random[:SHOWN], secret[-SHOWN:])


def is_well_formed(secret: str) -> bool:
    """Whether the text has the format of a key: prefix, length, alphabet and checksum. Needs no database."""
    if len(secret) != LENGTH or not secret.startswith(PREFIX) or not secret.isascii():
        return False
    random, check = secret[len(PREFIX) : -CHECK], secret[-CHECK:]
    return random.isalnum() and hmac.compare_digest(checksum(random), check)


def checksum(random: str) -> str:
    """Return six base62 digits of the CRC32."""
    rest, digits = zlib.crc32(random.encode()), ""
    for _ in range(CHECK):
        rest, digit = divmod(rest, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def key_digest(secret: str, pepper: str) -> str:
    """Return the form in which a key is stored: HMAC-SHA-256 with the pepper, in hex."""
    return hmac.digest(pepper.encode(), secret.encode(), "sha256").hex()


def is_active(revoked_at: datetime | None, expires_at: datetime | None, now: datetime) -> bool:
    """Whether a key is neither revoked nor expired. A key in its grace period is active."""
    return (revoked_at is None or revoked_at > now) and (expires_at is None or expires_at > now)
