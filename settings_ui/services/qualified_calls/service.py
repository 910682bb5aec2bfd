"""The threshold from which calls are qualified: one per business, for past and future calls."""

import contextlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.days import local_day, moments
from settings_ui.domain.errors import Conflict, Unavailable
from settings_ui.domain.ids import new_id
from settings_ui.domain.qualification import parse_threshold
from settings_ui.domain.what_if import Durations, most_moved
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, ThresholdChange, User
from settings_ui.services.calls.counts import recount_qualified
from settings_ui.services.calls.recent import by_source, sum_recent
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, meanwhile, topics
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business
from settings_ui.services.qualified_calls.what_if import RecentDurations

TOPIC = "qualified_calls"
DAYS = 30
SHOWN = 20


@dataclass(frozen=True)
class PastChange:
    """A change of the threshold; `who` is None for a former user."""

    id: str
    who: str | None
    before_s: int
    after_s: int
    at: datetime


Moves = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Threshold:
    """The threshold in force, its latest changes (newest first), the completed calls of the last 30 days, and the
    sources that another threshold would affect most, each with the change in qualified calls."""

    seconds: int
    history: tuple[PastChange, ...]
    recent: Durations
    moved: Moves
    time_zone: str


class QualifiedCalls:
    """Reading and setting the threshold."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._durations = RecentDurations()

    def see(self, actor: Actor, *, tried_s: int | None = None) -> Threshold:
        """Return the threshold with everything that the tab shows, compared with `tried_s` if given."""
        require(actor, Capability.SEE_CALLS)
        self._sum_recent(actor.business_id)
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            recent = self._durations.read(session, business, *self._last_days(business))
            history = tuple(_history(session, business.id, limit=SHOWN))
            moved = self._moved(session, business, tried_s) if tried_s is not None else ()
            return Threshold(business.threshold_s, history, recent, moved, business.time_zone)

    def moved(self, actor: Actor, tried_s: int) -> Moves:
        """Return the sources that another threshold affects most, as in Threshold."""
        require(actor, Capability.SEE_CALLS)
        with self._database.read() as session:
            return self._moved(session, session.get_one(Business, actor.business_id), tried_s)

    def changes(self, actor: Actor, first: date, last: date) -> list[tuple[date, PastChange]]:
        """Return the changes made on the days `first` to `last`, oldest first, each with its day."""
        require(actor, Capability.SEE_CALLS)
        with self._database.read() as session:
            zone = session.get_one(Business, actor.business_id).time_zone
            since, before = moments(first, last, zone)
            found = _history(session, actor.business_id, since=since, before=before)
        return [(local_day(change.at, zone), change) for change in reversed(found)]

    def set(self, actor: Actor, text: str, *, seen_s: int) -> Changed[int]:
        """Set the threshold, for past calls too, and return it in seconds.

        `seen_s` is the threshold that the actor saw when they began: if it was changed since, Conflict at `seconds`
        says by whom and to what. Raises Invalid at `seconds`.
        """
        require(actor, Capability.SET_THRESHOLD)
        seconds = parse_threshold(text, field="seconds")
        now = self._clock.now()
        recent = self._recent(actor)
        with self._database.write() as session:
            business = lock_business(session, actor.business_id)
            before = business.threshold_s
            if before == seconds:  # also if somebody else was faster: the result is what the actor wants
                return Changed(seconds, frozenset())
            if before != seen_s:
                raise Conflict(_meanwhile(session, business), field="seconds")
            business.threshold_s = seconds
            session.add(
                ThresholdChange(
                    id=new_id("thr"),
                    business_id=business.id,
                    user_id=actor.user_id,
                    before_s=before,
                    after_s=seconds,
                    at=now,
                )
            )
            session.flush()
            recount_qualified(session, business)
            record(
                session,
                TOPIC,
                "changed the threshold",
                at=now,
                actor=actor,
                before=_effect(recent, before),
                after=_effect(recent, seconds),
            )
        return Changed(seconds, topics(actor.business_id))

    def _recent(self, actor: Actor) -> Durations:
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            return self._durations.read(session, business, *self._last_days(business))

    def _moved(self, session: Session, business: Business, tried_s: int) -> Moves:
        from_s, below_s = sorted((business.threshold_s, tried_s))
        between = by_source(session, business, *self._last_days(business), from_s=from_s, below_s=below_s)
        return tuple(most_moved({name: n if tried_s == from_s else -n for name, n in between.items()}))

    def _last_days(self, business: Business) -> tuple[date, date]:
        today = local_day(self._clock.now(), business.time_zone)
        return today - timedelta(days=DAYS - 1), today

    def _sum_recent(self, business_id: str) -> None:
        """Store the sum of the last days, unless it is there. If it cannot be written now, the days are read one by
        one."""
        with self._database.read() as session:
            business = session.get_one(Business, business_id)
        first, _ = self._last_days(business)
        if business.recent_since != first:
            with contextlib.suppress(Unavailable):
                sum_recent(self._database, business_id, first)


def _effect(recent: Durations, threshold_s: int) -> dict[str, str]:
    """Return what the activity records of a threshold: the value, and the share of completed calls of the last 30
    days that it qualifies."""
    total = recent.total
    share = {"Qualified in 30 days": f"{100 * recent.above(threshold_s) / total:.1f}%"} if total else {}
    return {"Threshold": f"{threshold_s} s"} | share


def _history(
    session: Session,
    business_id: str,
    *,
    since: datetime | None = None,
    before: datetime | None = None,
    limit: int | None = None,
) -> list[PastChange]:
    """Return the changes from one moment (inclusive) to another (exclusive), newest first."""
    query = (
        select(ThresholdChange, User.name)
        .outerjoin(User, col(User.id) == ThresholdChange.user_id)
        .where(ThresholdChange.business_id == business_id)
        .order_by(col(ThresholdChange.at).desc(), col(ThresholdChange.id))
        .limit(limit)
    )
    if since:
        query = query.where(col(ThresholdChange.at) >= since)
    if before:
        query = query.where(col(ThresholdChange.at) < before)
    return [PastChange(row.id, name, row.before_s, row.after_s, row.at) for row, name in session.exec(query)]


def _meanwhile(session: Session, business: Business) -> str:
    latest = next(iter(_history(session, business.id, limit=1)), None)
    return meanwhile(f"{business.threshold_s} s", (latest.who if latest else None) or "")
