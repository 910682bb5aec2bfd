"""The threshold from which calls are qualified: one per business, for past and future calls."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.days import local_day, moments
from settings_ui.domain.errors import Conflict
from settings_ui.domain.ids import new_id
from settings_ui.domain.qualification import parse_threshold
from settings_ui.domain.what_if import WhatIf
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, ThresholdChange, User
from settings_ui.services.calls.counts import recount_qualified
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, topics
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


@dataclass(frozen=True)
class Threshold:
    """The threshold in force, its latest changes (newest first), and the what-if for the last 30 days."""

    seconds: int
    history: tuple[PastChange, ...]
    what_if: WhatIf
    time_zone: str


class QualifiedCalls:
    """Reading and setting the threshold."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._durations = RecentDurations()

    def see(self, actor: Actor) -> Threshold:
        """Return the threshold with everything that the tab shows."""
        require(actor, Capability.SEE_CALLS)
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            today = local_day(self._clock.now(), business.time_zone)
            answers = self._durations.read(session, business, today - timedelta(days=DAYS - 1), today)
            history = tuple(_history(session, business.id, limit=SHOWN))
            return Threshold(business.threshold_s, history, answers, business.time_zone)

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

    def _recent(self, actor: Actor) -> WhatIf:
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            today = local_day(self._clock.now(), business.time_zone)
            return self._durations.read(session, business, today - timedelta(days=DAYS - 1), today)


def _effect(recent: WhatIf, threshold_s: int) -> dict[str, str]:
    """Return what the activity records of a threshold: the value, and the share of completed calls of the last 30
    days that it qualifies."""
    total = recent.all.total
    share = {"Qualified in 30 days": f"{100 * recent.all.above(threshold_s) / total:.1f}%"} if total else {}
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
    who = (latest.who if latest else None) or "Someone"
    return f"{who} changed it to {business.threshold_s} s in the meantime. Save again to use yours, or discard it."
