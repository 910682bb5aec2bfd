"""Importing calls from another system. Imported history is never charged.

Every batch is one transaction with its counts, so that after an interruption everything is consistent and the same
file can be imported again: existing calls are skipped.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sql
from sqlmodel import Session, col, select

from settings_ui.domain.call_columns import CallColumns, columns, status_of
from settings_ui.domain.durations import parse_duration
from settings_ui.domain.errors import Invalid
from settings_ui.domain.phone import ANONYMOUS
from settings_ui.domain.qualification import CallStatus
from settings_ui.domain.written_times import DateOrder, Unreadable, order_of, parse_time, reads_two_ways
from settings_ui.gateways.ports import Clock, WrittenRow
from settings_ui.models import Business, Call
from settings_ui.services.business.members import find_business
from settings_ui.services.calls.recording import UNASSIGNED, insert_new, recount_amended, source_of
from settings_ui.services.calls.reported import CheckedCall, NewCall, checked, conflict, difference, is_amended_by
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business

BATCH = 1000
SAMPLE = 1000
_LOST = "\ufffd"


@dataclass(frozen=True)
class Reading:
    """How to read a file: the business, the columns, and what its times mean."""

    business: Business
    header: tuple[str, ...]
    columns: CallColumns
    zone: ZoneInfo
    order: DateOrder | None


@dataclass(frozen=True)
class Rejected:
    """A row that was not imported."""

    row: WrittenRow
    reason: str


@dataclass(frozen=True)
class Batch:
    """The result of a batch of rows."""

    added: int
    already_there: int
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True)
class Stored:
    """The result of storing calls: how many were new, how many existed, and by position why others were rejected."""

    added: int
    already_there: int
    refused: dict[int, str]


class CallImport:
    """Reads rows into calls, for the operator."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def reading(
        self,
        business: str,
        header: Sequence[str],
        sample: Iterable[WrittenRow],
        *,
        time_zone: str | None = None,
        order: DateOrder | None = None,
    ) -> Reading:
        """Return how to read a file with this header into a business (its id or name).

        `time_zone` applies to times without one; None means the business's. Dates like 3/4/2026 are read in `order`, or
        in the order evident from the sample. Raises NotFound, or Invalid if the file cannot be read.
        """
        with self._database.read() as session:
            home = find_business(session, business)
        at = columns(header)
        written = [at.started_at(row.cells) for row in sample]
        order = order or order_of(written)
        if order is None and any(reads_two_ways(text) for text in written):
            raise Invalid("Dates like 3/4/2026 are ambiguous. Use --dates to say which order this file uses.")
        return Reading(home, tuple(header), at, _zone(time_zone or home.time_zone), order)

    def load(self, reading: Reading, rows: Iterable[WrittenRow]) -> Iterator[Batch]:
        """Import the rows in batches, and yield the result of each batch once it is stored.

        A row whose id exists with the same content is skipped; with different content it is rejected. The first report
        of a call that was stopped while ringing amends it.
        """
        waiting = iter(rows)
        while batch := list(islice(waiting, BATCH)):
            rejected: list[Rejected] = []
            read: list[tuple[NewCall, CheckedCall]] = []
            of: list[WrittenRow] = []
            for row in batch:
                try:
                    read.append(self._read(row, reading))
                    of.append(row)
                except Invalid as why:
                    rejected.append(Rejected(row, f"{why.field}: {why.message}" if why.field else why.message))
            with self._database.write() as session:
                stored = store(session, reading.business.id, read)
            rejected += [Rejected(of[position], why) for position, why in stored.refused.items()]
            rejected.sort(key=lambda one: one.row.line)
            yield Batch(stored.added, stored.already_there, tuple(rejected))

    def _read(self, row: WrittenRow, reading: Reading) -> tuple[NewCall, CheckedCall]:
        """Return the call of a row, as reported and as it would be stored; raise Invalid."""
        if row.problem:
            raise Invalid(row.problem)
        if any(cell.strip() for cell in row.cells[len(reading.header) :]):
            raise Invalid("This row has more cells than there are columns.")
        at = reading.columns
        if at.is_outbound(row.cells):
            raise Invalid("This is an outbound call. Only inbound calls are imported.")
        new = _new_call(row.cells, at, reading)
        call = checked(new, reading.business, self._clock.now())
        if call.from_number != ANONYMOUS and not any(c.isdigit() for c in call.from_number):
            raise Invalid("This is a name, not a number.", field="from")  # as in the column of customers
        if "id" not in at.at:
            call.id = derived_id(call)
            new = replace(new, id=call.id)
        return new, call


def store(session: Session, business_id: str, calls: Sequence[tuple[NewCall, CheckedCall]]) -> Stored:
    """Store the calls whose ids do not exist yet and count them, in the caller's transaction.

    Each call is given as reported and as it would be stored (`checked`).
    """
    if not calls:
        return Stored(0, 0, {})
    # Locked so that the threshold cannot change between reading and counting, and read again once locked.
    business = lock_business(session, business_id, shared=True)
    sources: dict[str, str] = {}
    first: dict[str, CheckedCall] = {}
    for _, call in calls:
        call.threshold_s = business.threshold_s
        if not call.source:
            if call.to_number not in sources:
                sources[call.to_number] = source_of(session, business_id, call.to_number) or UNASSIGNED
            call.source = sources[call.to_number]
        first.setdefault(call.id, call)
    new = insert_new(session, list(first.values()))
    others = [(n, pair) for n, pair in enumerate(calls) if pair[1] is not first[pair[1].id] or pair[1].id not in new]
    kept = _kept(session, business_id, {call.id for _, (_, call) in others})
    stopped = [each for each, row in kept.items() if is_amended_by(row, first[each])]
    # Checked again once locked: the platform may have reported one in the meantime.
    locked = _held(session, business_id, stopped)
    kept |= {row.id: row for row in locked}
    amended = [(row, first[row.id]) for row in locked if is_amended_by(row, first[row.id])]
    recount_amended(session, business, [first[each] for each in new], amended)
    refused = {
        position: conflict(call, field).message
        for position, (reported, call) in others
        if (field := difference(kept[call.id], call, reported))
    }
    return Stored(len(new), len(others) - len(refused), refused)


def derived_id(call: CheckedCall) -> str:
    """Return an id for a call without one, the same for the same caller, number and moment."""
    what = f"{call.from_number} {call.to_number} {call.started_at.isoformat()}"
    return f"import-{hashlib.blake2s(what.encode(), digest_size=12).hexdigest()}"


def _new_call(cells: Sequence[str], at: CallColumns, reading: Reading) -> NewCall:
    status = status_of(at.cell(cells, "status"))
    if status is None:
        raise Invalid(f"“{at.cell(cells, 'status')}” is not a status like completed or missed.", field="status")
    written = at.cell(cells, "duration_s")
    # Unanswered calls often have no duration.
    duration_s = 0 if not written and status is not CallStatus.COMPLETED else parse_duration(written)
    if duration_s is None:
        raise Invalid(f"“{written}” is not a duration in whole seconds, like 90, 90s or 1:30.", field="duration_s")
    started_at = at.started_at(cells)
    try:
        moment = parse_time(started_at, reading.zone, reading.order)
    except Unreadable as why:
        raise Invalid(f"“{started_at}” {why}.", field="started_at") from None
    own, source = at.cell(cells, "id"), at.cell(cells, "source")
    if _LOST in own or _LOST in source:
        raise Invalid("This row contains a character that is not valid in the file's encoding.")
    return NewCall(
        id=own if "id" in at.at else "derived",
        caller=at.cell(cells, "from"),
        dialled=at.cell(cells, "to"),
        started_at=moment,
        duration_s=duration_s,
        status=status,
        source=source,
    )


_KEPT: Any = (
    *(Call.id, Call.from_number, Call.to_number, Call.started_at, Call.duration_s, Call.status, Call.source),
    Call.screened,
)


def _kept(session: Session, business_id: str, ids: set[str]) -> dict[str, Any]:
    query = sql.select(*_KEPT).where(col(Call.business_id) == business_id, col(Call.id).in_(ids))
    return {row.id: row for row in session.connection().execute(query)} if ids else {}


def _held(session: Session, business_id: str, ids: Iterable[str]) -> Sequence[Call]:
    """Return the calls, locked in id order, so that two imports of the same calls cannot deadlock."""
    wanted = select(Call).where(Call.business_id == business_id, col(Call.id).in_(list(ids)))
    return session.exec(wanted.order_by(col(Call.id)).with_for_update()).all()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Invalid(f"{name} is not a time zone, like Europe/Berlin.") from error
