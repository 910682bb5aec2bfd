"""The activity of a business: pages of changes by filter, newest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import tuple_
from sqlmodel import Session, col, delete, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.errors import Invalid
from settings_ui.gateways.ports import Clock
from settings_ui.models import Activity, Membership, User
from settings_ui.services.activity.effects import Effect, effects_of
from settings_ui.services.activity.filter import KEYS, Filter
from settings_ui.services.kit.activity import API, AUTOMATIC, OPERATOR, ActivityLog, RecentChange, recent_change
from settings_ui.services.kit.database import Database

PAGE, MOST = 50, 500
KEPT = timedelta(days=400)
NOT_MEMBERS = {
    OPERATOR: col(Activity.source) == OPERATOR,
    AUTOMATIC: col(Activity.source).not_in((OPERATOR, API)),
    KEYS: col(Activity.source) == API,
}
"""The changes by each of those who are not members."""


@dataclass(frozen=True)
class Change:
    """A change with its effect; `about` are the ids of what was changed."""

    seen: RecentChange
    topic: str
    about: tuple[str, ...]
    effect: Effect


@dataclass(frozen=True)
class ActivityPage:
    """Changes, newest first; `older` and `newer` are the cursors of the adjacent pages, or None."""

    changes: tuple[Change, ...]
    older: str | None
    newer: str | None


@dataclass(frozen=True)
class Choices:
    """The filter options: members (id and name), and the topics that occur."""

    people: tuple[tuple[str, str], ...]
    topics: tuple[str, ...]


class BusinessActivity(ActivityLog):
    """Reads the activity, and deletes old entries."""

    def __init__(self, database: Database, clock: Clock) -> None:
        super().__init__(database)
        self._clock = clock

    def page(
        self, actor: Actor, wanted: Filter, *, cursor: str = "", newer: bool = False, limit: int = PAGE
    ) -> ActivityPage:
        """Return a page of changes after the cursor, or before it with `newer`; raise Invalid at `cursor`."""
        require(actor, Capability.SEE_ACTIVITY)
        place = tuple_(col(Activity.at), col(Activity.id))
        query = select(Activity, User.name).outerjoin(User, col(User.id) == Activity.user_id)
        query = query.where(Activity.business_id == actor.business_id, *_conditions(wanted))
        if at := _read_cursor(cursor):
            query = query.where(place > at if newer else place < at)
        order = (col(Activity.at), col(Activity.id)) if newer else (col(Activity.at).desc(), col(Activity.id).desc())
        with self._database.read() as session:
            found = list(session.exec(query.order_by(*order).limit(limit + 1)))
            more, found = len(found) > limit, found[:limit]
            if newer:
                found.reverse()
            effects = effects_of(session, [row for row, _ in found], self._clock.now())
        has_older, has_newer = (True, more) if newer else (more, at is not None)
        return ActivityPage(
            tuple(
                Change(recent_change(row, name), row.topic, tuple(row.about or ()), effect)
                for (row, name), effect in zip(found, effects, strict=True)
            ),
            _cursor(found[-1][0]) if found and has_older else None,
            _cursor(found[0][0]) if found and has_newer else None,
        )

    def export(self, actor: Actor, wanted: Filter) -> Iterator[Change]:
        """Yield every matching change, newest first, reading page by page, so that any number fits in memory."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.page(actor, wanted, cursor=cursor, limit=MOST)
            yield from page.changes
            cursor = page.older

    def choices(self, actor: Actor) -> Choices:
        """Return the filter options."""
        require(actor, Capability.SEE_ACTIVITY)
        people = (
            select(User.id, User.name)
            .join(Membership, col(Membership.user_id) == User.id)
            .where(Membership.business_id == actor.business_id)
            .order_by(User.name, User.id)
        )
        with self._database.read() as session:
            return Choices(tuple(session.exec(people).all()), tuple(_topics(session, actor.business_id)))

    def forget_old(self) -> int:
        """Delete changes older than 400 days in all businesses, and return how many."""
        with self._database.write() as session:
            done = session.exec(delete(Activity).where(col(Activity.at) < self._clock.now() - KEPT))
        return int(done.rowcount)


def _conditions(wanted: Filter) -> list[Any]:
    given: list[Any] = []
    if wanted.start:
        given.append(col(Activity.at) >= wanted.start)
    if wanted.end:
        given.append(col(Activity.at) < wanted.end)
    if wanted.topic:
        given.append(Activity.topic == wanted.topic)
    if wanted.who in NOT_MEMBERS:
        given += [col(Activity.user_id).is_(None), NOT_MEMBERS[wanted.who]]
    elif wanted.who:
        given.append(Activity.user_id == wanted.who)
    return given


def _topics(session: Session, business_id: str) -> Iterator[str]:
    """Yield the topics that occur, in order, with one index lookup each, however many changes there are."""
    query = select(Activity.topic).where(Activity.business_id == business_id).order_by(Activity.topic).limit(1)
    topic = session.exec(query).first()
    while topic is not None:
        yield topic
        topic = session.exec(query.where(col(Activity.topic) > topic)).first()


def _cursor(row: Activity) -> str:
    return f"{row.at.isoformat()}~{row.id}"


def _read_cursor(cursor: str) -> tuple[datetime, str] | None:
    if not cursor:
        return None
    moment, _, change = cursor.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or not change.isascii() or not change.isprintable():
            raise ValueError
        return at.astimezone(UTC), change
    except (ValueError, OverflowError):
        raise Invalid("This cursor is not valid. Use one from a previous answer, unchanged.", field="cursor") from None
