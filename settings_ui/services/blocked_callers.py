"""The list of blocked callers of a business: blocking, unblocking, and what it has stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select, update

from settings_ui.domain.access import Actor, Capability, KeyActor, Principal, require
from settings_ui.domain.blocking import extension_of, parse_pattern, shown_pattern
from settings_ui.domain.errors import Invalid
from settings_ui.domain.ids import new_id
from settings_ui.domain.text import has_invisible
from settings_ui.gateways.ports import Clock
from settings_ui.models import BlockedCaller, Business, DayCount, StopCount, User
from settings_ui.models.blocked_caller import NOTE_LENGTH
from settings_ui.services.activity import record
from settings_ui.services.call_counts import local_day
from settings_ui.services.changes import Changed, business_topic
from settings_ui.services.database import Database

TOPIC = "blocked_callers"
DAYS = 30
PAGE = 50
MOST_AT_ONCE = 1000
UNDO_WITHIN = timedelta(hours=1)
LONGEST = timedelta(days=3650)


class Result(StrEnum):
    """What became of one number that was to be blocked."""

    BLOCKED = "blocked"
    ALREADY = "already_blocked"
    INVALID = "invalid"


@dataclass(frozen=True)
class Blocked:
    """One number of a request: as it was written, as it is kept, and what became of it."""

    input: str
    number: str | None
    id: str | None
    result: Result
    message: str = ""


class Sort(StrEnum):
    """By what the list is ordered; the newest, most stopped, or latest tried come first."""

    ADDED = "added"
    NUMBER = "number"
    STOPPED = "stopped"
    LAST = "last"


@dataclass(frozen=True)
class Entry:
    """An entry with what it stopped in the last 30 days."""

    row: BlockedCaller
    creator: str | None
    stopped: int


@dataclass(frozen=True)
class Listing:
    """A page of entries; `entries` counts all that are in force, `matching` those that the search finds."""

    page: tuple[Entry, ...]
    entries: int
    matching: int
    by_day: tuple[tuple[date, int], ...]
    time_zone: str
    region: str

    @property
    def stopped(self) -> int:
        """Calls stopped in the last 30 days, by removed entries too."""
        return sum(count for _, count in self.by_day)


class BlockedCallers:
    """The list of the actor's business."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def page(
        self, actor: Principal, *, search: str = "", sort: Sort = Sort.ADDED, offset: int = 0, limit: int = PAGE
    ) -> Listing:
        """Return a page of the entries that are in force and whose number or note contains the text."""
        require(actor, Capability.BLOCK_CALLERS)
        now = self._clock.now()
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            today = local_day(now, business.time_zone)
            first = today - timedelta(days=DAYS - 1)
            stopped = _stopped_since(business.id, first)
            live = _live(business.id, now)
            matching = [*live, *_matching(search)]
            count = sql.func.coalesce(stopped.c.stopped, 0)
            query: Any = (
                select(BlockedCaller, User.name, count)
                .outerjoin(User, col(User.id) == BlockedCaller.created_by)
                .outerjoin(stopped, stopped.c.entry == BlockedCaller.id)
                .where(*matching)
                .order_by(*_order(sort, count))
            )
            page = tuple(Entry(row, name, int(n)) for row, name, n in session.exec(query.offset(offset).limit(limit)))
            every = _count(session, live)
            found = every if not search.strip() else _count(session, matching)
            by_day = dict(_stopped_by_day(session, business.id, first))
        days = tuple((first + timedelta(days=n), by_day.get(first + timedelta(days=n), 0)) for n in range(DAYS))
        return Listing(page, every, found, days, business.time_zone, business.region)

    def block(
        self, actor: Principal, inputs: Sequence[str], *, note: str = "", until: datetime | None = None
    ) -> Changed[list[Blocked]]:
        """Block numbers, prefixes or "anonymous" and return what became of each, in their order; nothing is lost.

        At most 1,000 at once. Raises Invalid at `numbers`, `note` or `until`.
        """
        require(actor, Capability.BLOCK_CALLERS)
        now = self._clock.now()
        if not 1 <= len(inputs) <= MOST_AT_ONCE:
            raise Invalid(f"Give 1 to {MOST_AT_ONCE:,} numbers at once.", field="numbers")
        kept = clean_note(note)
        if until is not None and not now < until <= now + LONGEST:
            raise Invalid("Choose a day from today on, within ten years.", field="until")
        with self._database.write() as session:
            business = session.exec(select(Business).where(Business.id == actor.business_id).with_for_update()).one()
            results = read_inputs(inputs, business.region)
            insert_patterns(session, actor, results, note=kept, until=until, now=now)
            new = [result.number for result in results if result.result is Result.BLOCKED and result.number]
            if new:
                self._note(session, actor, "blocked", new, business.region)
        return Changed(results, _topics(actor) if new else frozenset())

    def unblock(self, actor: Principal, entries: Sequence[str]) -> Changed[int]:
        """Take entries off the list and return how many that were; calls from them are let through at once.

        What is not on the list (any more), or another business's, is passed over.
        """
        require(actor, Capability.BLOCK_CALLERS)
        now = self._clock.now()
        with self._database.write() as session:
            rows = session.exec(
                select(BlockedCaller)
                .where(
                    BlockedCaller.business_id == actor.business_id,
                    col(BlockedCaller.id).in_(list(entries)[:MOST_AT_ONCE]),
                    col(BlockedCaller.removed_at).is_(None),
                )
                .with_for_update()
            ).all()
            for row in rows:
                row.removed_at = now
            if rows:
                region = session.get_one(Business, actor.business_id).region
                self._note(session, actor, "unblocked", [row.pattern for row in rows], region)
        return Changed(len(rows), _topics(actor) if rows else frozenset())

    def put_back(self, actor: Actor, entries: Sequence[str]) -> Changed[int]:
        """Undo an unblocking of the last hour and return how many entries stand again."""
        require(actor, Capability.BLOCK_CALLERS)
        now = self._clock.now()
        with self._database.write() as session:
            session.exec(select(Business.id).where(Business.id == actor.business_id).with_for_update()).one()
            rows = session.exec(
                select(BlockedCaller).where(
                    BlockedCaller.business_id == actor.business_id,
                    col(BlockedCaller.id).in_(list(entries)[:MOST_AT_ONCE]),
                    col(BlockedCaller.removed_at) > now - UNDO_WITHIN,
                )
            ).all()
            taken = set(
                session.exec(
                    select(BlockedCaller.pattern).where(
                        BlockedCaller.business_id == actor.business_id,
                        col(BlockedCaller.pattern).in_([row.pattern for row in rows]),
                        col(BlockedCaller.removed_at).is_(None),
                    )
                )
            )
            back = [row for row in rows if row.pattern not in taken]
            for row in back:
                row.removed_at = None
            if back:
                region = session.get_one(Business, actor.business_id).region
                self._note(session, actor, "blocked again", [row.pattern for row in back], region)
        return Changed(len(back), _topics(actor) if back else frozenset())

    def entries_for(self, actor: Principal, callers: Sequence[str]) -> dict[str, str]:
        """Return the entry in force that is just for the caller, by caller, of those that have one."""
        require(actor, Capability.SEE_CALLS)
        with self._database.read() as session:
            rows = session.exec(
                select(BlockedCaller.pattern, BlockedCaller.id).where(
                    *_live(actor.business_id, self._clock.now()), col(BlockedCaller.pattern).in_(set(callers))
                )
            ).all()
        return dict(rows)

    def _note(self, session: Session, actor: Principal, what: str, patterns: list[str], region: str) -> None:
        shown = [shown_pattern(pattern, region) for pattern in patterns]
        words = {"Callers": ", ".join(shown) if len(shown) <= 3 else f"{len(shown):,} entries"}
        by = {"API key": actor.name} if isinstance(actor, KeyActor) else {}
        gone = what == "unblocked"
        record(
            session,
            TOPIC,
            what,
            at=self._clock.now(),
            actor=actor,
            before=words if gone else {},
            after=by if gone else words | by,
        )


def read_inputs(inputs: Sequence[str], region: str) -> list[Blocked]:
    """Return what each text would block; what cannot be read is invalid, with the way to mend it."""
    results = []
    for text in inputs:
        try:
            pattern = parse_pattern(text, region, field="numbers")
        except Invalid as error:
            results.append(Blocked(text, None, None, Result.INVALID, error.message))
            continue
        cut = extension_of(text, region)
        message = f"The extension {cut} was left out: a caller's number has none." if cut else ""
        results.append(Blocked(text, pattern, None, Result.BLOCKED, message))
    return results


def insert_patterns(
    session: Session, actor: Principal, results: list[Blocked], *, note: str, until: datetime | None, now: datetime
) -> None:
    """Insert what is to be blocked in the caller's transaction, and bring `results` to what became of each."""
    wanted = {r.number: new_id("blk") for r in results if r.result is Result.BLOCKED and r.number}
    if not wanted:
        return
    session.exec(
        update(BlockedCaller)
        .where(
            col(BlockedCaller.business_id) == actor.business_id,
            col(BlockedCaller.pattern).in_(wanted),
            col(BlockedCaller.removed_at).is_(None),
            col(BlockedCaller.until) <= now,
        )
        .values(removed_at=now)
    )
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    table = BlockedCaller.__table__  # type: ignore[attr-defined]
    rows = [
        {
            "id": entry,
            "business_id": actor.business_id,
            "pattern": pattern,
            "note": note,
            "until": until,
            "created_by": actor.user_id if isinstance(actor, Actor) else None,
            "created_at": now,
        }
        for pattern, entry in sorted(wanted.items())
    ]
    session.connection().execute(dialect.insert(table).on_conflict_do_nothing(), rows)
    standing = dict(
        session.exec(
            select(BlockedCaller.pattern, BlockedCaller.id).where(
                BlockedCaller.business_id == actor.business_id,
                col(BlockedCaller.pattern).in_(wanted),
                col(BlockedCaller.removed_at).is_(None),
            )
        ).all()
    )
    fresh = {pattern for pattern, entry in wanted.items() if standing.get(pattern) == entry}
    for place, result in enumerate(results):
        if result.result is not Result.BLOCKED or result.number is None:
            continue
        new = result.number in fresh
        fresh.discard(result.number)  # the same number again in one request is blocked already
        kind = Result.BLOCKED if new else Result.ALREADY
        results[place] = Blocked(result.input, result.number, standing[result.number], kind, result.message)


def clean_note(note: str) -> str:
    """Return a note with single spaces; raise Invalid at `note` if it is too long or cannot be seen."""
    kept = " ".join(note.split())
    if len(kept) > NOTE_LENGTH or has_invisible(kept):
        raise Invalid(f"A note has up to {NOTE_LENGTH} visible characters.", field="note")
    return kept


def _live(business_id: str, now: datetime) -> list[Any]:
    return [
        col(BlockedCaller.business_id) == business_id,
        col(BlockedCaller.removed_at).is_(None),
        col(BlockedCaller.until).is_(None) | (col(BlockedCaller.until) > now),
    ]


def _matching(search: str) -> list[Any]:
    words = search.strip()[:100]
    if not words:
        return []
    digits = "".join(c for c in words if c.isdigit())
    found = col(BlockedCaller.note).icontains(words, autoescape=True)
    return [found | col(BlockedCaller.pattern).contains(digits) if digits else found]


def _order(sort: Sort, stopped: Any) -> list[Any]:
    newest: list[Any] = [col(BlockedCaller.created_at).desc(), col(BlockedCaller.id)]
    orders: dict[Sort, list[Any]] = {
        Sort.ADDED: newest,
        Sort.NUMBER: [col(BlockedCaller.pattern)],
        Sort.STOPPED: [stopped.desc(), *newest],
        Sort.LAST: [col(BlockedCaller.last_stopped_at).desc().nulls_last(), *newest],
    }
    return orders[sort]


def _stopped_since(business_id: str, first: date) -> Any:
    columns: Any = (col(StopCount.blocked_caller_id).label("entry"), sql.func.sum(StopCount.stopped).label("stopped"))
    return (
        sql.select(*columns)
        .where(col(StopCount.business_id) == business_id, col(StopCount.day) >= first)
        .group_by(col(StopCount.blocked_caller_id))
        .subquery()
    )


def _stopped_by_day(session: Session, business_id: str, first: date) -> list[tuple[date, int]]:
    columns: Any = (DayCount.day, sql.func.sum(DayCount.stopped))
    rows = session.connection().execute(
        sql.select(*columns)
        .where(col(DayCount.business_id) == business_id, col(DayCount.day) >= first)
        .group_by(col(DayCount.day))
    )
    return [(day, int(count)) for day, count in rows]


def _count(session: Session, conditions: list[Any]) -> int:
    query = sql.select(sql.func.count()).select_from(BlockedCaller).where(*conditions)
    return int(session.connection().execute(query).scalar_one())


def _topics(actor: Principal) -> frozenset[str]:
    return frozenset({business_topic(actor.business_id)})
