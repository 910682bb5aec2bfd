"""The call log: pages of calls by filter, newest first, equally fast with many calls and few."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import tuple_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from settings_ui.domain.access import Capability, Principal, require
from settings_ui.domain.errors import Invalid, NotFound
from settings_ui.domain.qualification import CallStatus, Verdict, judge
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, Call, DayCount
from settings_ui.services.calls.log_index import along
from settings_ui.services.kit.database import Database

PAGE, MOST = 50, 500


@dataclass(frozen=True)
class Filter:
    """Calls from `start` (inclusive) to `end` (exclusive); None and empty mean any. `caller` is E.164 or
    "anonymous"."""

    start: datetime | None = None
    end: datetime | None = None
    qualified: bool | None = None
    source: str = ""
    status: CallStatus | None = None
    caller: str = ""
    least_duration_s: int = 0


@dataclass(frozen=True)
class SeenCall:
    """A call with its verdicts: at the threshold in force now, and at the one it was recorded with."""

    call: Call
    verdict: Verdict
    qualified_then: bool


@dataclass(frozen=True)
class LogPage:
    """Calls, newest first; `older` and `newer` are the cursors of the adjacent pages, or None."""

    calls: tuple[SeenCall, ...]
    older: str | None
    newer: str | None
    time_zone: str
    region: str
    threshold_s: int


class CallLog:
    """Reads the calls of the actor's business."""

    def __init__(self, database: Database, clock: Clock, secret: str) -> None:
        self._database = database
        self._clock = clock
        self._cursors = URLSafeSerializer(secret, salt="settings-ui:call-cursor")

    def page(
        self, actor: Principal, wanted: Filter, *, cursor: str = "", limit: int = PAGE, newer: bool = False
    ) -> LogPage:
        """Return a page of calls after the cursor, or before it with `newer`; raise Invalid at `cursor` or `limit`."""
        require(actor, Capability.SEE_CALLS)
        if not 1 <= limit <= MOST:
            raise Invalid(f"Use a limit from 1 to {MOST}.", field="limit")
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            query = _matching(wanted, business)
            place = tuple_(col(Call.started_at), col(Call.seq))
            at = self._read_cursor(cursor, business.id) if cursor else None
            if at is not None:
                query = query.where(place > at if newer else place < at)
            order = (
                (col(Call.started_at), col(Call.seq)) if newer else (col(Call.started_at).desc(), col(Call.seq).desc())
            )
            query = _along(wanted, business, query, session)
            rows = list(session.exec(query.order_by(*order).limit(limit + 1)))
        more, rows = len(rows) > limit, rows[:limit]
        if newer:
            rows.reverse()
        has_older, has_newer = (True, more) if newer else (more, at is not None)
        return LogPage(
            tuple(_seen(call, business.threshold_s) for call in rows),
            self._cursor(business.id, rows[-1]) if rows and has_older else None,
            self._cursor(business.id, rows[0]) if rows and has_newer else None,
            business.time_zone,
            business.region,
            business.threshold_s,
        )

    def get(self, actor: Principal, call_id: str) -> SeenCall:
        """Return one call by the platform's id; raise NotFound, also for another business's."""
        require(actor, Capability.SEE_CALLS)
        with self._database.read() as session:
            found = session.exec(select(Call).where(Call.business_id == actor.business_id, Call.id == call_id)).first()
            if found is None:
                raise NotFound
            return _seen(found, session.get_one(Business, actor.business_id).threshold_s)

    def export(self, actor: Principal, wanted: Filter) -> Iterator[SeenCall]:
        """Yield every matching call, newest first, reading page by page, so that any number fits in memory."""
        require(actor, Capability.SEE_CALLS)
        cursor = ""
        while True:
            page = self.page(actor, wanted, cursor=cursor, limit=MOST)
            yield from page.calls
            if page.older is None:
                return
            cursor = page.older

    def sources(self, actor: Principal) -> list[str]:
        """Return the names of all sources that had calls, in order."""
        require(actor, Capability.SEE_CALLS)
        with self._database.read() as session:
            query = select(DayCount.source).where(DayCount.business_id == actor.business_id).distinct()
            return sorted(session.exec(query), key=str.casefold)

    def _cursor(self, business_id: str, call: Call) -> str:
        return str(self._cursors.dumps([business_id, call.started_at.isoformat(), call.seq]))

    def _read_cursor(self, cursor: str, business_id: str) -> tuple[datetime, int]:
        try:
            business, moment, seq = self._cursors.loads(cursor[:500])
        except (BadSignature, ValueError, TypeError):
            raise Invalid(
                "This cursor is not valid. Use one from a previous answer, unchanged.", field="cursor"
            ) from None
        if business != business_id:
            raise Invalid("This cursor is not valid. Use one from a previous answer, unchanged.", field="cursor")
        return datetime.fromisoformat(moment), int(seq)


def _matching(wanted: Filter, business: Business) -> SelectOfScalar[Call]:
    query = select(Call).where(Call.business_id == business.id)
    if wanted.start:
        query = query.where(col(Call.started_at) >= wanted.start)
    if wanted.end:
        query = query.where(col(Call.started_at) < wanted.end)
    if wanted.source:
        query = query.where(Call.source == wanted.source)
    if wanted.status:
        query = query.where(Call.status == wanted.status.value)
    if wanted.caller:
        query = query.where(Call.from_number == wanted.caller)
    if wanted.least_duration_s:
        query = query.where(col(Call.duration_s) >= wanted.least_duration_s)
    long_enough = col(Call.duration_s) >= business.threshold_s
    if wanted.qualified is True:
        query = query.where(Call.status == CallStatus.COMPLETED.value, long_enough)
    elif wanted.qualified is False:
        query = query.where((col(Call.status) != CallStatus.COMPLETED.value) | ~long_enough)
    return query


def _along(wanted: Filter, business: Business, query: SelectOfScalar[Call], session: Session) -> SelectOfScalar[Call]:
    """Return the query with its index; qualified means completed and long enough."""
    qualified = wanted.qualified is True
    return along(
        query,
        session,
        business.id,
        caller=wanted.caller,
        source=wanted.source,
        status=wanted.status or (CallStatus.COMPLETED if qualified else None),
        least_duration_s=max(wanted.least_duration_s, business.threshold_s if qualified else 0),
    )


def _seen(call: Call, threshold_s: int) -> SeenCall:
    status = CallStatus(call.status)
    return SeenCall(
        call,
        judge(status, call.duration_s, threshold_s),
        judge(status, call.duration_s, call.threshold_s).qualified,
    )
