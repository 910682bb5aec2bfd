"""A user's sessions, and signing them out."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select, update
from sqlmodel.sql.expression import SelectOfScalar

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.errors import NotFound
from settings_ui.gateways.ports import Clock
from settings_ui.models import UserSession
from settings_ui.services.account.access import ABSOLUTE, IDLE
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, user_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_user

MOST = 50
"""Open sessions per user; a new one ends the least recently seen."""


@dataclass(frozen=True)
class OpenSession:
    """A signed-in browser; `network` is an address prefix, `this` marks the current one."""

    id: str
    device: str
    network: str
    last_seen_at: datetime
    this: bool


class Sessions:
    """The actor's own sessions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def list(self, actor: Actor) -> list[OpenSession]:
        """Return the open sessions, this one first, then by last seen; at most 50."""
        require(actor, Capability.EDIT_OWN_PROFILE)
        with self._database.read() as session:
            rows = session.exec(_open(actor.user_id, self._clock.now()).limit(MOST)).all()
        found = [OpenSession(r.id, r.device, r.network, r.last_seen_at, r.id == actor.session_id) for r in rows]
        return sorted(found, key=lambda s: not s.this)

    def end(self, actor: Actor, session_id: str) -> Changed[None]:
        """Sign out one other session; raise NotFound if it is not the actor's or not open."""
        require(actor, Capability.EDIT_OWN_PROFILE)
        return self._end(actor, session_id)

    def end_others(self, actor: Actor) -> Changed[None]:
        """Sign out every session but this one."""
        require(actor, Capability.EDIT_OWN_PROFILE)
        return self._end(actor, None)

    def _end(self, actor: Actor, session_id: str | None) -> Changed[None]:
        now = self._clock.now()
        others = [*_is_open(actor.user_id, now), col(UserSession.id) != actor.session_id]
        if session_id is not None:
            others.append(col(UserSession.id) == session_id)
        with self._database.write() as session:
            ended = session.exec(update(UserSession).where(*others).values(ended_at=now)).rowcount
            if session_id is not None and not ended:
                raise NotFound("This session has already ended.")
            if ended:
                what = "signed out a session" if session_id else "signed out their other sessions"
                record(session, "profile", what, at=now, actor=actor, after={"Sessions": str(ended)})
        return Changed(None, frozenset({user_topic(actor.user_id)}))


def make_room(session: Session, user_id: str, now: datetime) -> None:
    """End what exceeds the limit of open sessions, in the caller's transaction, before a new one is added."""
    lock_user(session, user_id)  # serialise sign-ins
    surplus = session.exec(_open(user_id, now).offset(MOST - 1)).all()
    for row in surplus:
        row.ended_at = now


def _open(user_id: str, now: datetime) -> SelectOfScalar[UserSession]:
    query = select(UserSession).where(*_is_open(user_id, now))
    return query.order_by(col(UserSession.last_seen_at).desc(), col(UserSession.id))


def _is_open(user_id: str, now: datetime) -> list[ColumnElement[bool]]:
    return [
        col(UserSession.user_id) == user_id,
        col(UserSession.ended_at).is_(None),
        col(UserSession.last_seen_at) > now - IDLE,
        col(UserSession.created_at) > now - ABSOLUTE,
    ]
