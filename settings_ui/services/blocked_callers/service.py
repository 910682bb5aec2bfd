"""The block list of a business: blocking, unblocking, and stopped calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from settings_ui.domain.access import Actor, Capability, KeyActor, Principal, require
from settings_ui.domain.block_pattern import shown_pattern
from settings_ui.domain.days import day_starts, local_day
from settings_ui.domain.errors import Invalid, NotFound
from settings_ui.gateways.ports import Clock
from settings_ui.models import BlockedCaller, Business
from settings_ui.services.blocked_callers.entries import (
    Blocked,
    Result,
    clean_note,
    insert_patterns,
    read_inputs,
    retire,
)
from settings_ui.services.blocked_callers.listing import (
    Entry,
    Sort,
    Stretch,
    count_in_force,
    count_matching,
    in_force,
    rows_after,
    rows_in_order,
    stopped_by_day,
    with_counts,
)
from settings_ui.services.kit.activity import BY_KEY, record
from settings_ui.services.kit.changes import Changed, topics
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business

TOPIC = "blocked_callers"
DAYS = 30
PAGE, MOST = 50, 500
MOST_AT_ONCE = 1000
UNDO_WITHIN = timedelta(hours=1)
YEARS = 10
GONE = "This entry was not found. It may have been unblocked."


@dataclass(frozen=True)
class Listing:
    """A page of entries; `entries` counts all active ones, `matching` those that match the search."""

    page: tuple[Entry, ...]
    entries: int
    matching: int
    by_day: tuple[tuple[date, int], ...]
    time_zone: str
    region: str

    @property
    def stopped(self) -> int:
        """Calls stopped in the last 30 days, including by removed entries."""
        return sum(count for _, count in self.by_day)


class BlockList:
    """The block list of the actor's business."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def page(
        self, actor: Principal, *, search: str = "", sort: Sort = Sort.ADDED, offset: int = 0, limit: int = PAGE
    ) -> Listing:
        """Return a page of the active entries whose number or note contains the text."""
        require(actor, Capability.SEE_BLOCKED)
        now = self._clock.now()
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            stretch = _last_days(now, business.time_zone)
            rows = rows_in_order(
                session, business.id, stretch, now, search=search, sort=sort, offset=offset, limit=limit
            )
            page = with_counts(session, rows, stretch)
            every = count_in_force(session, business.id, now)
            if not search.strip():
                found = every
            elif len(rows) < limit and (rows or not offset):  # the last page already gives the total
                found = offset + len(rows)
            else:
                found = count_matching(session, business.id, search, now)
            by_day = stopped_by_day(session, business.id, stretch)
        days = [stretch.first + timedelta(days=n) for n in range(DAYS)]
        return Listing(
            page, every, found, tuple((day, by_day.get(day, 0)) for day in days), business.time_zone, business.region
        )

    def after(self, actor: Principal, *, cursor: str = "", limit: int = PAGE) -> tuple[tuple[Entry, ...], str | None]:
        """Return the newest active entries, or those after the entry whose id is the cursor, and the next cursor.

        Entries added or removed in between do not shift the pages. Raises Invalid at `cursor` or `limit`.
        """
        require(actor, Capability.SEE_BLOCKED)
        if not 1 <= limit <= MOST:
            raise Invalid(f"Use a limit from 1 to {MOST}.", field="limit")
        now = self._clock.now()
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            last = session.get(BlockedCaller, cursor) if cursor else None
            if cursor and (last is None or last.business_id != business.id):
                raise Invalid("This cursor is not valid. Use one from a previous answer, unchanged.", field="cursor")
            rows = rows_after(session, business.id, now, last, limit + 1)
            page = with_counts(session, rows[:limit], _last_days(now, business.time_zone))
        return page, rows[limit - 1].id if len(rows) > limit else None

    def get(self, actor: Principal, entry_id: str) -> Entry:
        """Return an active entry; raise NotFound, also if it was removed, has expired, or is another business's."""
        require(actor, Capability.SEE_BLOCKED)
        now = self._clock.now()
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            row = session.exec(
                select(BlockedCaller).where(BlockedCaller.id == entry_id, *in_force(business.id, now))
            ).first()
            if row is None:
                raise NotFound(GONE)
            return with_counts(session, [row], _last_days(now, business.time_zone))[0]

    def block(
        self, actor: Principal, inputs: Sequence[str], *, note: str = "", until: datetime | date | None = None
    ) -> Changed[list[Blocked]]:
        """Block numbers, prefixes or "anonymous" and return the result of each, in order.

        At most 1,000 at a time. `until` is an aware moment, or the last day (inclusive) in the business's time zone,
        within ten years. Raises Invalid at `numbers`, `note` or `until`.
        """
        require(actor, Capability.BLOCK_CALLERS)
        now = self._clock.now()
        if not 1 <= len(inputs) <= MOST_AT_ONCE:
            raise Invalid(f"Send 1 to {MOST_AT_ONCE:,} numbers at once.", field="numbers")
        kept = clean_note(note)
        with self._database.write() as session:
            home = session.get_one(Business, actor.business_id)
            end = checked_end(until, now, home.time_zone)
            read = read_inputs(inputs, home.region)  # before the lock, so that others wait less
            business = lock_business(session, actor.business_id)
            results = insert_patterns(
                session, actor, business, read, notes=[kept] * len(read), ends=[end] * len(read), now=now
            )
            blocked = [result for result in results if result.result is Result.BLOCKED]
            new = {result.id: result.number for result in blocked if result.id and result.number}
            if new:
                self._note(session, actor, "blocked", new, business.region)
        return Changed(results, topics(actor.business_id) if new else frozenset())

    def unblock(self, actor: Principal, entries: Sequence[str]) -> Changed[int]:
        """Unblock up to 1,000 entries and return how many; their callers get through immediately.

        Entries that are not active, or of another business, are ignored.
        """
        require(actor, Capability.BLOCK_CALLERS)
        now = self._clock.now()
        with self._database.write() as session:
            rows = _locked(session, actor, entries, now)
            if rows:
                self._take_off(session, actor, rows, session.get_one(Business, actor.business_id), now)
        return Changed(len(rows), topics(actor.business_id) if rows else frozenset())

    def unblock_one(self, actor: Principal, entry_id: str) -> Changed[Entry]:
        """Unblock an entry and return it as it was; raise NotFound if it is not active, or another business's."""
        require(actor, Capability.BLOCK_CALLERS)
        now = self._clock.now()
        with self._database.write() as session:
            rows = _locked(session, actor, [entry_id], now)
            if not rows:
                raise NotFound(GONE)
            business = session.get_one(Business, actor.business_id)
            [entry] = with_counts(session, rows, _last_days(now, business.time_zone))
            self._take_off(session, actor, rows, business, now)
        return Changed(entry, topics(actor.business_id))

    def put_back(self, actor: Actor, entries: Sequence[str]) -> Changed[int]:
        """Undo an unblock of the last hour and return how many entries are active again.

        Numbers blocked again in the meantime stay as they are, and entries that have expired stay expired.
        """
        require(actor, Capability.BLOCK_CALLERS)
        now = self._clock.now()
        with self._database.write() as session:
            business = lock_business(session, actor.business_id)
            rows = session.exec(
                select(BlockedCaller)
                .where(
                    BlockedCaller.business_id == business.id,
                    col(BlockedCaller.id).in_(list(entries)[:MOST_AT_ONCE]),
                    col(BlockedCaller.removed_at) > now - UNDO_WITHIN,
                    col(BlockedCaller.until).is_(None) | (col(BlockedCaller.until) > now),
                )
                .order_by(col(BlockedCaller.removed_at).desc(), col(BlockedCaller.id))
            ).all()
            patterns = {row.pattern for row in rows}
            retire(session, business.id, patterns, now)
            taken = set(
                session.exec(
                    select(BlockedCaller.pattern).where(
                        BlockedCaller.business_id == business.id,
                        col(BlockedCaller.pattern).in_(patterns),
                        col(BlockedCaller.removed_at).is_(None),
                    )
                )
            )
            back = {}
            for row in rows:
                if row.pattern not in taken:
                    taken.add(row.pattern)
                    row.removed_at = None
                    back[row.id] = row.pattern
            if back:
                self._note(session, actor, "blocked again", back, business.region)
        return Changed(len(back), topics(actor.business_id) if back else frozenset())

    def entries_for(self, actor: Principal, callers: Sequence[str]) -> dict[str, str]:
        """Return the active entry for exactly each caller, by caller, where there is one."""
        require(actor, Capability.SEE_CALLS)
        with self._database.read() as session:
            rows = session.exec(
                select(BlockedCaller.pattern, BlockedCaller.id).where(
                    *in_force(actor.business_id, self._clock.now()), col(BlockedCaller.pattern).in_(set(callers))
                )
            ).all()
        return dict(rows)

    def _take_off(
        self, session: Session, actor: Principal, rows: Sequence[BlockedCaller], business: Business, now: datetime
    ) -> None:
        for row in rows:
            row.removed_at = now
        self._note(session, actor, "unblocked", {row.id: row.pattern for row in rows}, business.region)

    def _note(self, session: Session, actor: Principal, what: str, entries: Mapping[str, str], region: str) -> None:
        shown = [shown_pattern(pattern, region) for pattern in entries.values()]
        words = {"Callers": ", ".join(shown) if len(shown) <= 3 else f"{len(shown):,} entries"}
        by = {BY_KEY: actor.name} if isinstance(actor, KeyActor) else {}
        gone = what == "unblocked"
        record(
            session,
            TOPIC,
            what,
            at=self._clock.now(),
            actor=actor,
            before=words if gone else {},
            after=by if gone else words | by,
            about=list(entries),
        )


def _locked(session: Session, actor: Principal, entries: Sequence[str], now: datetime) -> Sequence[BlockedCaller]:
    """Return the active ones of these entries, locked."""
    return session.exec(
        select(BlockedCaller)
        .where(*in_force(actor.business_id, now), col(BlockedCaller.id).in_(list(entries)[:MOST_AT_ONCE]))
        .order_by(col(BlockedCaller.id))  # in a fixed order, so that two of these never deadlock
        .with_for_update()
    ).all()


def _last_days(now: datetime, time_zone: str) -> Stretch:
    today = local_day(now, time_zone)
    first = today - timedelta(days=DAYS - 1)
    return Stretch(first, today, day_starts(first, time_zone))


def checked_end(until: datetime | date | None, now: datetime, time_zone: str) -> datetime | None:
    """Return the moment at which entries expire; raise Invalid unless it is within ten years. A last day is
    inclusive."""
    today = local_day(now, time_zone)
    last = today.replace(year=today.year + YEARS, day=min(today.day, 28) if today.month == 2 else today.day)
    if until is None:
        return None
    if isinstance(until, datetime):
        end, good = until, now < until <= day_starts(last + timedelta(days=1), time_zone)
    else:
        good = today <= until <= last
        end = day_starts(until + timedelta(days=1), time_zone) if good else now
    if not good:
        raise Invalid(f"Choose a date from today on, within {YEARS} years.", field="until")
    return end
