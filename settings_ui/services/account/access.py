"""From a session's cookie to its actor, at every event and request."""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import col, select, update

from settings_ui.domain.access import Actor, Capability, Grant, Person, Role, StaffActor, allows, roles_with
from settings_ui.domain.errors import Unavailable
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, Membership, User, UserSession
from settings_ui.services.kit.database import Database

IDLE = timedelta(days=7)
ABSOLUTE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=1)
NAMED = 3


@dataclass(frozen=True)
class Holders:
    """Who has a capability: up to three names, owners first, and how many more there are."""

    names: list[str]
    more: int


def token_digest(token: str) -> str:
    """Return the form in which a session cookie is stored: SHA-256 in hex. 256 random bits need no salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def belongs_somewhere() -> ColumnElement[bool]:
    """Return the condition that the user of a row belongs to a business or to support staff."""
    member = select(Membership.id).where(Membership.user_id == User.id)
    return member.exists() | col(User.staff_since).is_not(None)


class Access:
    """Reads rights from the database as they are now."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def actor(self, digest: str, business_id: str | None = None) -> Actor | None:
        """Return the actor of the session with this token digest, or None.

        With `business_id`: as a member of that business, or None. Without: of the business that the session last
        showed, else of the first one that the user joined. Ended, idle (7 days) and old (30 days) sessions and disabled
        users are None.
        """
        now = self._clock.now()
        query = (
            select(UserSession, Membership, Business.pay_per_call)
            .join(User, col(User.id) == UserSession.user_id)
            .join(Membership, col(Membership.user_id) == User.id)
            .join(Business, col(Business.id) == Membership.business_id)
            .where(*_is_open(digest, now))
            .order_by(
                (col(Membership.business_id) == UserSession.business_id).desc().nulls_last(),
                col(Membership.created_at),
                col(Membership.id),
            )
            .limit(1)
        )
        if business_id is not None:
            query = query.where(Membership.business_id == business_id)
        with self._database.read() as session:
            found = session.exec(query).first()
        if found is None:
            return None
        signed_in, membership, add_on = found
        self._see(signed_in, now)
        return Actor(
            user_id=signed_in.user_id,
            session_id=signed_in.id,
            business_id=membership.business_id,
            role=Role(membership.role),
            pay_per_call=add_on and membership.pay_per_call_access,
            address=signed_in.network,
        )

    def staff(self, digest: str) -> StaffActor | None:
        """Return the support staff member who has the session with this token digest, or None."""
        now = self._clock.now()
        query = (
            select(UserSession)
            .join(User, col(User.id) == UserSession.user_id)
            .where(
                *_is_open(digest, now),
                col(User.staff_since).is_not(None),
                ~select(Membership.id).where(Membership.user_id == User.id).exists(),
            )
        )
        with self._database.read() as session:
            signed_in = session.exec(query).first()
        if signed_in is None:
            return None
        self._see(signed_in, now)
        return StaffActor(signed_in.user_id, signed_in.id)

    def person(self, digest: str) -> Person | None:
        """Return the member, or else the staff member, who has this session."""
        return self.actor(digest) or self.staff(digest)

    def holders(self, actor: Actor, capability: Capability) -> Holders:
        """Return who has the capability in the actor's business."""
        order = list(Role)
        query = (
            select(User.name, Membership.role, Membership.pay_per_call_access, Business.pay_per_call)
            .join(Membership, col(Membership.user_id) == User.id)
            .join(Business, col(Business.id) == Membership.business_id)
            .where(
                Membership.business_id == actor.business_id,
                col(Membership.role).in_(roles_with(capability, Grant.YES, Grant.ADD_ON)),
                col(User.disabled_at).is_(None),
            )
            .order_by(col(Membership.created_at), col(Membership.id))
        )
        with self._database.read() as session:
            rows = session.exec(query).all()
        holding = [
            (order.index(Role(role)), name)
            for name, role, access, add_on in rows
            if allows(capability, Role(role), pay_per_call=add_on and access)
        ]
        names = [name for _, name in sorted(holding, key=lambda pair: pair[0])]
        return Holders(names[:NAMED], len(names[NAMED:]))

    def _see(self, signed_in: UserSession, now: datetime) -> None:
        if now - signed_in.last_seen_at > SEEN_EVERY:
            with suppress(Unavailable):  # a busy database only delays "last seen"
                self._touch(signed_in.id, now)

    def _touch(self, session_id: str, now: datetime) -> None:
        with self._database.write() as session:
            session.exec(update(UserSession).where(col(UserSession.id) == session_id).values(last_seen_at=now))


def _is_open(digest: str, now: datetime) -> list[ColumnElement[bool]]:
    return [
        col(UserSession.token_digest) == digest,
        col(UserSession.ended_at).is_(None),
        col(UserSession.last_seen_at) > now - IDLE,
        col(UserSession.created_at) > now - ABSOLUTE,
        col(User.disabled_at).is_(None),
    ]
