"""Which mails a person gets."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, delete, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.notices import NOTICES, About, Notice
from settings_ui.gateways.ports import Clock
from settings_ui.models import MailOptOut, User
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, user_topic
from settings_ui.services.kit.database import Database


@dataclass(frozen=True)
class Choice:
    """A notice, and whether the person gets it."""

    notice: Notice
    about: About
    on: bool


class Notices:
    """The actor's own choices; they hold in every business. What guards the account is always on."""

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
            for notice, about in NOTICES.items()
            if actor.may(about.capability)
        ]

    def choose(self, actor: Actor, wanted: Collection[Notice]) -> Changed[None]:
        """Get these of the notices that the actor's role can get, and no other; the rest stays as it is."""
        require(actor, Capability.EDIT_OWN_PROFILE)
        free = {notice for notice, about in NOTICES.items() if actor.may(about.capability) and not about.security}
        with self._database.write() as session:
            session.exec(select(User.id).where(User.id == actor.user_id).with_for_update()).one()
            mine = col(MailOptOut.user_id) == actor.user_id
            before = free & {Notice(notice) for notice in session.exec(select(MailOptOut.notice).where(mine))}
            off = free - set(wanted)
            if off == before:
                return Changed(None, frozenset())
            session.exec(delete(MailOptOut).where(mine, col(MailOptOut.notice).in_(free)))
            session.add_all(MailOptOut(user_id=actor.user_id, notice=notice.value) for notice in off)
            record(
                session,
                "profile",
                "changed which mails they get",
                at=self._clock.now(),
                actor=actor,
                before={"Off": _named(before)},
                after={"Off": _named(off)},
            )
        return Changed(None, frozenset({user_topic(actor.user_id)}))


def wants(notice: Notice) -> Any:
    """Return the condition that the user of a row has not switched the notice off."""
    off = select(MailOptOut.notice).where(MailOptOut.user_id == User.id, MailOptOut.notice == notice.value)
    return ~off.exists()


def _named(notices: Collection[Notice]) -> str:
    return ", ".join(about.label for notice, about in NOTICES.items() if notice in notices) or "none"
