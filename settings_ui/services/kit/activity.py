"""Who changed what: written with every change, read by owners and admins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from settings_ui.domain.access import Actor, Capability, KeyActor, Principal, require
from settings_ui.domain.ids import new_id
from settings_ui.models import Activity, User
from settings_ui.services.kit.database import Database

BY_KEY = "API key"
"""The part of a change that names the key which made it."""
RECENT = 10
MOST_ABOUT = 50


@dataclass(frozen=True)
class RecentChange:
    """One line of what changed; `who` is None for the operator."""

    id: str
    who: str | None
    what: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    at: datetime


def record(
    session: Session,
    topic: str,
    what: str,
    *,
    at: datetime,
    actor: Principal | None = None,
    business_id: str | None = None,
    user_id: str | None = None,
    source: str = "web",
    before: Mapping[str, str] | None = None,
    after: Mapping[str, str] | None = None,
    about: Sequence[str] = (),
) -> Activity:
    """Write one change in the caller's transaction and return it.

    An actor says who, in which business and from where; without one give what is known. A key is named in `after`.
    `about` are the ids of what was changed; of more than fifty none is kept. Never pass a secret, nor an unmasked
    payout address.
    """
    change = Activity(
        id=new_id("act"),
        business_id=actor.business_id if actor else business_id,
        user_id=actor.user_id if isinstance(actor, Actor) else user_id,
        topic=topic,
        what=what,
        before=dict(before or {}),
        after=dict(after or {}),
        about=list(about) if len(about) <= MOST_ABOUT else [],
        at=at,
        source="api" if isinstance(actor, KeyActor) else source,
        network=actor.address if actor else "",
    )
    session.add(change)
    return change


class ActivityLog:
    """Reading what was recorded."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def recent(self, actor: Actor, *topics: str) -> list[RecentChange]:
        """Return the ten latest changes of the topics in the actor's business, newest first."""
        require(actor, Capability.SEE_ACTIVITY)
        query = (
            select(Activity, User.name)
            .outerjoin(User, col(User.id) == Activity.user_id)
            .where(Activity.business_id == actor.business_id, col(Activity.topic).in_(topics))
            .order_by(col(Activity.at).desc(), col(Activity.id))
            .limit(RECENT)
        )
        with self._database.read() as session:
            return [recent_change(row, name) for row, name in session.exec(query)]


def recent_change(row: Activity, name: str | None) -> RecentChange:
    """Return what is shown of a change by the person with this name, if it was one; a key says its own."""
    after = dict(row.after)
    key = after.pop(BY_KEY, None)
    return RecentChange(row.id, name or (key and f"The key {key}"), row.what, row.before, after, row.at)
