"""Recording calls reported by the platform, and screening them before they are connected."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from operator import itemgetter
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session, col, select

from settings_ui.domain.access import Capability, Principal, require
from settings_ui.domain.days import local_day
from settings_ui.domain.ids import new_id
from settings_ui.domain.phone import parse_caller, parse_number
from settings_ui.domain.qualification import CallStatus
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, Call, TrackingNumber
from settings_ui.services.api_keys.idempotency import KEPT_FOR
from settings_ui.services.blocked_callers.screening import (
    FIND,
    add_stop,
    blocking_entry,
    deciding,
    parameters,
    settle_last_stop,
)
from settings_ui.services.calls.counts import Counted, add_counts
from settings_ui.services.calls.reported import (
    CheckedCall,
    NewCall,
    checked,
    conflict,
    difference,
    international,
    is_amended_by,
)
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business
from settings_ui.services.kit.prepared import Prepared
from settings_ui.services.kit.upsert import insert_into

_REGION: Any = sql.select(col(Business.region)).where(col(Business.id) == sql.bindparam("business"))
UNASSIGNED = "Unassigned"


_KEPT = tuple(field.name for field in fields(CheckedCall))


@dataclass(frozen=True)
class Recorded:
    """The call as stored, and whether it was new."""

    call: Call
    new: bool


@dataclass(frozen=True)
class Decision:
    """Whether to connect a call; `blocked_caller_id` is the entry that stops it."""

    allow: bool
    blocked_caller_id: str | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """A ringing call that the entry of a blocked caller stopped, with the numbers as they were given.

    With an id of ours (`own_id`), which an Idempotency-Key may repeat, it is the same call within 24 hours and another
    one after that; an id of the platform's stands for one call for good.
    """

    business_id: str
    call_id: str
    caller: str
    dialled: str
    entry: str
    at: datetime
    own_id: bool = False


class Recording:
    """Screening and recording for the platform."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._entries = Prepared(database, FIND)
        self._region = Prepared(database, _REGION)

    def decide(self, actor: Principal, caller: str, dialled: str) -> Decision:
        """Return whether to connect a ringing call, by one indexed lookup; writes nothing.

        Raises Invalid at `from` or `to`.
        """
        require(actor, Capability.RECORD_CALLS)
        number = self._number(actor.business_id, caller, dialled)
        entry = deciding(self._entries.all(**parameters(actor.business_id, number, self._clock.now())))
        return Decision(entry is None, entry)

    def stop(
        self, actor: Principal, caller: str, dialled: str, call_id: str | None = None, *, own_id: bool = False
    ) -> Decision:
        """Decide again and, if the caller is blocked, record the call as stopped and count it for its entry.

        In one transaction, and only once per `call_id`; `own_id` is as in Stop.
        """
        require(actor, Capability.RECORD_CALLS)
        now = self._clock.now()
        number = self._number(actor.business_id, caller, dialled)
        with self._database.write() as session:
            entry = blocking_entry(session, actor.business_id, number, now)
            if entry is None:
                return Decision(allow=True)
            self._keep(session, Stop(actor.business_id, call_id or new_id("scr"), caller, dialled, entry, now, own_id))
        return Decision(allow=False, blocked_caller_id=entry)

    def stopped(
        self, actor: Principal, caller: str, dialled: str, call_id: str, entry: str, *, own_id: bool = False
    ) -> Stop:
        """Return a stop by this entry, now, for `keep`."""
        return Stop(actor.business_id, call_id, caller, dialled, entry, self._clock.now(), own_id)

    def keep(self, stop: Stop) -> None:
        """Record a call that was stopped earlier, and count it for its entry, whatever became of the entry since.

        In one transaction, and only if no call has its id; a report of the platform takes precedence.
        """
        with self._database.write() as session:
            self._keep(session, stop)

    def screen(
        self, actor: Principal, caller: str, dialled: str, call_id: str | None = None, *, own_id: bool = False
    ) -> Decision:
        """Return whether to connect a ringing call, and record it if not: `decide`, then `stop`."""
        decision = self.decide(actor, caller, dialled)
        return decision if decision.allow else self.stop(actor, caller, dialled, call_id, own_id=own_id)

    def record(self, actor: Principal, new: NewCall) -> Recorded:
        """Record a finished call and count it, in one transaction.

        The same `id` with the same content is the same call; with different content it is a Conflict. A call that was
        stopped while ringing takes the reported values: the platform may have connected it anyway.
        Raises Invalid with the field's name as the API has it.
        """
        require(actor, Capability.RECORD_CALLS)
        with self._database.write() as session:
            business = _held(session, actor)
            call = checked(new, business, self._clock.now())
            if not call.source:
                call.source = source_of(session, business.id, call.to_number) or UNASSIGNED
            if new.status is CallStatus.STOPPED:
                call.blocked_caller_id = blocking_entry(session, business.id, call.from_number, self._clock.now())
            else:
                call.due_at = self._clock.now()
            if not insert_new(session, [call]):
                return Recorded(_same(session, business, call, new), new=False)
            _count(session, business, (call, 1))
            kept = session.exec(select(Call).where(Call.business_id == business.id, Call.id == call.id)).one()
        return Recorded(kept, new=True)

    def _keep(self, session: Session, stop: Stop) -> None:
        business = lock_business(session, stop.business_id, shared=True)
        call_id = _not_of_another_day(session, stop) if stop.own_id else stop.call_id
        ringing = NewCall(call_id, stop.caller, stop.dialled, stop.at, 0, CallStatus.STOPPED)
        call = checked(ringing, business, self._clock.now())
        call.source = source_of(session, business.id, call.to_number) or UNASSIGNED
        call.blocked_caller_id, call.screened = stop.entry, True
        if insert_new(session, [call]):
            _count(session, business, (call, 1))

    def _number(self, business_id: str, caller: str, dialled: str) -> str:
        """Return the caller as `parse_caller` does; raise Invalid at `from` or `to`."""
        if number := international(caller, dialled):
            return number
        region = self._region.all(business=business_id)[0][0]
        parse_number(dialled, region, field="to")
        return parse_caller(caller, region, field="from")


def insert_new(session: Session, calls: Sequence[CheckedCall]) -> set[str]:
    """Insert the calls of one business whose ids do not exist yet and return the inserted ids.

    Inserts in id order, so that two transactions with the same calls never deadlock.
    """
    rows = [{name: getattr(call, name) for name in _KEPT} for call in sorted(calls, key=lambda call: call.id)]
    statement = insert_into(session, Call).on_conflict_do_nothing().returning(col(Call.id))
    return set(session.connection().execute(statement, rows).scalars())


def _held(session: Session, actor: Principal) -> Business:
    """Return the business, locked so that its threshold cannot change between reading and counting."""
    return lock_business(session, actor.business_id, shared=True)


def _count(session: Session, business: Business, *changes: tuple[CheckedCall | Call, int]) -> None:
    """Add calls to the counts (1), or subtract them (-1).

    All together, in key order, so that two calls that swap places never deadlock.
    """
    days = [local_day(call.started_at, business.time_zone) for call, _ in changes]
    counted = [
        Counted(day, call.source, call.duration_s, CallStatus(call.status), call.threshold_s, by)
        for day, (call, by) in zip(days, changes, strict=True)
    ]
    add_counts(session, business, counted)
    for day, (call, by) in sorted(zip(days, changes, strict=True), key=itemgetter(0)):
        if call.blocked_caller_id:
            at = call.started_at if by > 0 else None
            add_stop(session, business.id, call.blocked_caller_id, day, at, by=by)


def recount_amended(
    session: Session, business: Business, new: Sequence[CheckedCall], amended: Sequence[tuple[Call, CheckedCall]]
) -> None:
    """Count new calls, and update each stored call to its report, in the caller's transaction."""
    entries = {kept.blocked_caller_id for kept, _ in amended if kept.blocked_caller_id}
    changes: list[tuple[CheckedCall | Call, int]] = [(call, 1) for call in new]
    for kept, call in amended:
        if call.status == CallStatus.STOPPED:  # by the entry that stopped it, whatever is on the list now
            call.blocked_caller_id = kept.blocked_caller_id
        changes += [(kept, -1), (call, 1)]
    _count(session, business, *changes)
    for kept, call in amended:
        for name in _KEPT:
            setattr(kept, name, getattr(call, name))
    session.flush()
    for entry in sorted(entries):
        settle_last_stop(session, entry)


def _same(session: Session, business: Business, call: CheckedCall, new: NewCall) -> Call:
    """Return the stored call with this id if it is the same; raise Conflict if not."""
    kept = session.exec(
        select(Call).where(Call.business_id == call.business_id, Call.id == call.id).with_for_update()
    ).one()
    if is_amended_by(kept, call):
        recount_amended(session, business, [], [(kept, call)])
        return kept
    if field := difference(kept, call, new):
        raise conflict(call, field)
    return kept


def _not_of_another_day(session: Session, stop: Stop) -> str:
    """Return the id of a stop whose id is ours: the next one if a call of more than a day before has it."""
    call_id = stop.call_id
    while True:
        query = select(Call.started_at).where(Call.business_id == stop.business_id, Call.id == call_id)
        rang_at = session.exec(query).first()
        if rang_at is None or rang_at > stop.at - KEPT_FOR:
            return call_id
        call_id = f"scr_{hashlib.sha256(call_id.encode()).hexdigest()[:24]}"


def source_of(session: Session, business_id: str, number: str) -> str | None:
    """Return the source of a tracking number, also of a released one that has not been added again."""
    return session.exec(
        select(TrackingNumber.source)
        .where(TrackingNumber.business_id == business_id, TrackingNumber.number == number)
        .order_by(col(TrackingNumber.released_at).is_(None).desc(), col(TrackingNumber.since).desc())
        .limit(1)
    ).first()
