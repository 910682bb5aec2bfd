"""The activity: written with every change, read by owners and admins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from settings_ui.domain.access import Actor, Capability, KeyActor, Principal, require
from settings_ui.domain.ids import new_id
from settings_ui.models import Activity, User
from settings_ui.services.kit.database import Database

BY_KEY = "API key"
"""The part of a change that contains the name of the key that made it."""
OPERATOR, AUTOMATIC, API = "operator", "automatic", "api"
"""Sources of changes that no member made: a command of the operator, nobody (a job or the payment provider), a key."""
RECENT = 10
MOST_ABOUT = 50


@dataclass(frozen=True)
class RecentChange:
    """A line of the activity; `who` is a name for people, `source` tells apart those who are not members."""

    id: str
    who: str
    source: str
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
    source: str | None = None,
    before: Mapping[str, str] | None = None,
    after: Mapping[str, str] | None = None,
    about: Sequence[str] = (),
) -> Activity:
    """Record one change in the caller's transaction and return it.

    With an actor, user, business and network come from it; otherwise pass what is known. A key is named in `after`.
    What someone did comes from the web unless `source` says otherwise; what nobody did is automatic.
    `about` are the ids of the changed rows, omitted if there are more than fifty. Never pass a secret or an unmasked
    payout address.
    """
    by = actor.user_id if isinstance(actor, Actor) else user_id
    change = Activity(
        id=new_id("act"),
        business_id=actor.business_id if actor else business_id,
        user_id=by,
        topic=topic,
        what=what,
        before=dict(before or {}),
        after=dict(after or {}),
        about=list(about) if len(about) <= MOST_ABOUT else [],
        at=at,
        source=API if isinstance(actor, KeyActor) else source or ("web" if by else AUTOMATIC),
        network=actor.address if actor else "",
    )
    session.add(change)
    return change


class ActivityLog:
    """Reads recent activity."""

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
    """Return the view of a change, made by the user with this name, if any; an API key's name is in the change
    itself."""
    after = dict(row.after)
    key = after.pop(BY_KEY, None)
    unnamed = "The operator" if row.source == OPERATOR else "Automatic"
    who = name or (f"The key {key}" if key else unnamed)
    return RecentChange(row.id, who, row.source, row.what, row.before, after, row.at)
