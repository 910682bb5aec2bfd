"""Which notification emails a user gets."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.errors import Invalid
from settings_ui.domain.notices import NOTICES, About, Notice, notices_of
from settings_ui.gateways.ports import Clock
from settings_ui.models import MailOptOut, User
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, user_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_user


@dataclass(frozen=True)
class Choice:
    """A notice, and whether the user gets it."""

    notice: Notice
    about: About
    on: bool


class Notices:
    """The actor's own choices, for every business. Notices that protect the account are always on."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def see(self, actor: Actor) -> list[Choice]:
        """Return the notices that the actor's role can get."""
        require(actor, Capability.EDIT_OWN_PROFILE)
        with self._database.read() as session:
            off = set(session.exec(select(MailOptOut.notice).where(MailOptOut.user_id == actor.user_id)))
        return [
            Choice(notice, about, about.security or notice not in off)
            for notice, about in ((notice, NOTICES[notice]) for notice in notices_of(actor))
        ]

    def choose(self, actor: Actor, notice: str, *, on: bool) -> Changed[About]:
        """Turn a notice on or off, and return it; raise Invalid if the actor may not choose it."""
        require(actor, Capability.EDIT_OWN_PROFILE)
        about = NOTICES.get(Notice(notice)) if notice in tuple(Notice) else None
        if about is None or not actor.may(about.capability):
            raise Invalid("This email is not available for your role.")
        if about.security:
            raise Invalid("This email protects your account and cannot be turned off.")
        with self._database.write() as session:
            lock_user(session, actor.user_id)
            off = session.get(MailOptOut, (actor.user_id, notice))
            if on is (off is None):
                return Changed(about, frozenset())
            if off is None:
                session.add(MailOptOut(user_id=actor.user_id, notice=notice))
            else:
                session.delete(off)
            what = f"turned an email notification {'on' if on else 'off'}"
            record(session, "profile", what, at=self._clock.now(), actor=actor, after={"Email": about.label})
        return Changed(about, frozenset({user_topic(actor.user_id)}))


def wants(notice: Notice) -> Any:
    """Return the condition that the user of a row has not turned the notice off."""
    off = select(MailOptOut.notice).where(MailOptOut.user_id == User.id, MailOptOut.notice == notice.value)
    return ~off.exists()
