"""API keys of a business: created, shown once, counted, rotated, revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

import sqlalchemy as sql
from sqlalchemy import func
from sqlmodel import Session, col, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.api_key import MOST_ACTIVE, Grace, KeyAccess, is_active, key_digest, new_secret
from settings_ui.domain.errors import Conflict, Invalid, NotFound
from settings_ui.domain.ids import new_id
from settings_ui.domain.text import clean_name
from settings_ui.gateways.ports import Clock
from settings_ui.models import ApiKey, ApiKeyUse, Business, User
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, topics
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business

TOPIC = "api_keys"
LONGEST = timedelta(days=3650)
DAY = timedelta(hours=24)


class Keep(Enum):
    """Marks a value to keep."""

    EXPIRY = "expiry"


@dataclass(frozen=True)
class Use:
    """Requests in the last 24 hours, and from how many addresses."""

    requests: int = 0
    addresses: int = 0


@dataclass(frozen=True)
class ListedKey:
    """A key as it may be shown later; `replaced_by` is the name of the key that it was rotated to."""

    key: ApiKey
    creator: str | None
    use: Use
    replaced_by: str | None


@dataclass(frozen=True)
class KeyRing:
    """The active keys of a business as of `now`, newest first."""

    keys: tuple[ListedKey, ...]
    time_zone: str
    now: datetime


@dataclass(frozen=True)
class CreatedKey:
    """A key with its secret, which is available only now."""

    key: ApiKey
    secret: str


class Keys:
    """Managing the keys of the actor's business."""

    def __init__(self, database: Database, clock: Clock, pepper: str) -> None:
        self._database = database
        self._clock = clock
        self._pepper = pepper

    def ring(self, actor: Actor) -> KeyRing:
        """Return the active keys with their use."""
        require(actor, Capability.MANAGE_API_KEYS)
        now = self._clock.now()
        with self._database.read() as session:
            keys = _active(session, actor.business_id, now)
            uses = _uses(session, [key.id for key in keys], now)
            names = {key.id: key.name for key in keys}
            creators = dict(
                session.exec(select(User.id, User.name).where(col(User.id).in_({key.created_by for key in keys}))).all()
            )
            zone = session.get_one(Business, actor.business_id).time_zone
        listed = tuple(
            ListedKey(
                key,
                creators.get(key.created_by or ""),
                uses.get(key.id, Use()),
                names.get(key.rotated_to or ""),
            )
            for key in keys
        )
        return KeyRing(listed, zone, now)

    def create(
        self, actor: Actor, name: str, access: KeyAccess, expires_at: datetime | None = None
    ) -> Changed[CreatedKey]:
        """Create a key and return it with its secret.

        Raises Invalid at `name` or `expires`, Conflict at `name` if an active key has it, Conflict when ten are active.
        """
        require(actor, Capability.MANAGE_API_KEYS)
        with self._database.write() as session:
            active = self._lock(session, actor)
            _refuse_at_limit(active)
            made = self._make(session, actor, active, name, access, expires_at)
            self._note(session, actor, "created a key", made.key, after={made.key.name: _access_word(access)})
        return Changed(made, topics(actor.business_id))

    def revoke(self, actor: Actor, key_id: str) -> Changed[ApiKey]:
        """Revoke a key: the very next request with it is refused, in every process. Raise NotFound if it is not
        active."""
        require(actor, Capability.MANAGE_API_KEYS)
        with self._database.write() as session:
            key = _own(self._lock(session, actor), key_id)
            key.revoked_at = self._clock.now()
            self._note(session, actor, "revoked a key", key, before={key.name: _access_word(KeyAccess(key.access))})
        return Changed(key, topics(actor.business_id))

    def rotate(
        self, actor: Actor, key_id: str, grace: Grace, expires_at: datetime | Keep | None = Keep.EXPIRY
    ) -> Changed[CreatedKey]:
        """Replace a key by a new one; the old one keeps working for the grace period, and a grace of 0 revokes it
        immediately.

        The new one has the old one's name, access and expiry, unless another expiry is given (None: it never expires);
        the old one is renamed to free its name. Raises NotFound; Invalid at `expires`; Conflict with ten active keys
        and a grace period, or for a key that was already rotated.
        """
        require(actor, Capability.MANAGE_API_KEYS)
        now = self._clock.now()
        with self._database.write() as session:
            active = self._lock(session, actor)
            old = _own(active, key_id)
            if old.rotated_to:
                raise Conflict("This key was already rotated. Revoke it, or rotate the key that replaced it.")
            name, expiry = old.name, old.expires_at if isinstance(expires_at, Keep) else expires_at
            if grace is Grace.NONE:
                old.revoked_at = now
                active = [key for key in active if key.id != old.id]
            else:
                _refuse_at_limit(active)
                end = now + grace.lasts
                old.expires_at = min(old.expires_at or end, end)
                old.name, old.name_folded = _old_name(name, {key.name_folded for key in active})
            session.flush()
            made = self._make(session, actor, active, name, KeyAccess(old.access), expiry)
            session.flush()
            old.rotated_to = made.key.id
            left = "at once" if grace is Grace.NONE else f"the old one ends in {grace.words}"
            self._note(session, actor, "rotated a key", old, after={name: left})
        return Changed(made, topics(actor.business_id))

    def use(self, actor: Actor, key_id: str) -> Use:
        """Return how much a key was used in the last 24 hours; raise NotFound if it is not active."""
        require(actor, Capability.MANAGE_API_KEYS)
        now = self._clock.now()
        with self._database.read() as session:
            _own(_active(session, actor.business_id, now), key_id)
            return _uses(session, [key_id], now).get(key_id, Use())

    def _lock(self, session: Session, actor: Actor) -> list[ApiKey]:
        """Return the active keys with the business locked, so that nobody else changes its keys until we are done."""
        lock_business(session, actor.business_id)
        return _active(session, actor.business_id, self._clock.now())

    def _make(
        self,
        session: Session,
        actor: Actor,
        active: list[ApiKey],
        name: str,
        access: KeyAccess,
        expires_at: datetime | None,
    ) -> CreatedKey:
        now = self._clock.now()
        kept = clean_name(name, field="name", what="Name")
        folded = kept.casefold()
        if any(key.name_folded == folded for key in active):
            raise Conflict("Another active key has this name. Choose a different name.", field="name")
        if expires_at is not None and not now < expires_at <= now + LONGEST:
            raise Invalid("Choose a date from today on, within ten years.", field="expires")
        new = new_secret()
        key = ApiKey(
            id=new_id("key"),
            business_id=actor.business_id,
            name=kept,
            name_folded=folded,
            access=access.value,
            digest=key_digest(new.secret, self._pepper),
            first=new.first,
            last=new.last,
            created_by=actor.user_id,
            created_at=now,
            expires_at=expires_at,
        )
        session.add(key)
        return CreatedKey(key, new.secret)

    def _note(
        self,
        session: Session,
        actor: Actor,
        what: str,
        key: ApiKey,
        *,
        before: dict[str, str] | None = None,
        after: dict[str, str] | None = None,
    ) -> None:
        record(session, TOPIC, what, at=self._clock.now(), actor=actor, before=before, after=after, about=[key.id])


def _active(session: Session, business_id: str, now: datetime) -> list[ApiKey]:
    query = (
        select(ApiKey)
        .where(ApiKey.business_id == business_id, col(ApiKey.revoked_at).is_(None))
        .order_by(col(ApiKey.created_at).desc(), col(ApiKey.id))
    )
    return [key for key in session.exec(query) if is_active(key.revoked_at, key.expires_at, now)]


def _own(active: list[ApiKey], key_id: str) -> ApiKey:
    key = next((key for key in active if key.id == key_id), None)
    if key is None:
        raise NotFound("This key is no longer active.")
    return key


def _refuse_at_limit(active: list[ApiKey]) -> None:
    if len(active) >= MOST_ACTIVE:
        raise Conflict(f"This business already has {MOST_ACTIVE} active keys. Revoke one, or wait for one to expire.")


def _old_name(name: str, taken: set[str]) -> tuple[str, str]:
    """Return the new name of a rotated key and its folded form, unique among the active keys."""
    number = 1
    while True:
        suffix = " (old)" if number == 1 else f" (old {number})"
        old = f"{name[: 100 - len(suffix)]}{suffix}"
        if old.casefold() not in taken:
            return old, old.casefold()
        number += 1


_USE: Any = (ApiKeyUse.key_id, func.sum(ApiKeyUse.requests), func.count(func.distinct(ApiKeyUse.address)))


def _uses(session: Session, keys: list[str], now: datetime) -> dict[str, Use]:
    rows = session.connection().execute(
        sql.select(*_USE)
        .where(col(ApiKeyUse.key_id).in_(keys), col(ApiKeyUse.hour) > now - DAY)
        .group_by(ApiKeyUse.key_id)
    )
    return {key: Use(int(requests), addresses) for key, requests, addresses in rows}


def _access_word(access: KeyAccess) -> str:
    return access.value.replace("_", " ")
