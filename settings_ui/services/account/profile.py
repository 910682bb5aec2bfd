"""A user's profile."""

from sqlmodel import col, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.text import clean_name
from settings_ui.gateways.ports import Clock
from settings_ui.models import Membership
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, business_topic, user_topic
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_user


class Profile:
    """The actor's own name, the same in every business."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def rename(self, actor: Actor, name: str) -> Changed[str]:
        """Save the full name and return it as stored; raise Invalid at `name`."""
        require(actor, Capability.EDIT_OWN_PROFILE)
        kept = clean_name(name, field="name", what="Full name")
        with self._database.write() as session:
            user = lock_user(session, actor.user_id)
            if user.name == kept:
                return Changed(kept, frozenset())
            record(
                session,
                "profile",
                "changed their name",
                at=self._clock.now(),
                actor=actor,
                before={"name": user.name},
                after={"name": kept},
            )
            user.name = kept
            homes = session.exec(select(Membership.business_id).where(col(Membership.user_id) == user.id)).all()
        return Changed(kept, frozenset({user_topic(actor.user_id), *map(business_topic, homes)}))
