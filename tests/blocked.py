"""Helpers for tests of blocked callers and the calls they stopped."""

import itertools
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sql
from sqlmodel import col, select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Principal
from settings_ui.models import BlockedCaller, StopCount
from settings_ui.services.blocked_callers.listing import Entry
from settings_ui.services.calls.recording import Decision
from tests.calls import CALLER, DIALLED, a_key
from tests.support import START

_numbers = itertools.count(1)


def block(services: Services, actor: Principal, *written: str, until: datetime | None = None) -> list[str]:
    """Block the given numbers and return the ids of their entries, in the same order."""
    results = services.blocked_callers.block_list.block(actor, list(written), until=until).value
    assert all(result.id for result in results), results
    return [str(result.id) for result in results]


def screen(services: Services, business: str, caller: str = CALLER, id: str = "") -> Decision:
    """Screen a call to the business, under a new call id if none is given."""
    return services.calls.recording.screen(a_key(business), caller, DIALLED, id or f"ring-{next(_numbers)}")


def entries(services: Services, business: str) -> list[BlockedCaller]:
    """Return all entries of a business, oldest first, including removed and expired ones."""
    query = select(BlockedCaller).where(BlockedCaller.business_id == business)
    with services.database.read() as session:
        return list(session.exec(query.order_by(col(BlockedCaller.created_at), col(BlockedCaller.pattern))))


def listed(services: Services, actor: Principal, **asked: object) -> list[str]:
    """Return the patterns on a page of the list."""
    page = services.blocked_callers.block_list.page(actor, **asked).page  # type: ignore[arg-type]
    return [entry.row.pattern for entry in page]


def entry_of(services: Services, actor: Principal, pattern: str) -> Entry:
    """Return the entry of a pattern on the first page of the list."""
    [found] = [entry for entry in services.blocked_callers.block_list.page(actor).page if entry.row.pattern == pattern]
    return found


def stops(services: Services, business: str) -> dict[tuple[date, str], int]:
    """Return the counts of stopped calls by day and entry, leaving out those that went back to zero."""
    with services.database.read() as session:
        rows = session.exec(select(StopCount).where(StopCount.business_id == business)).all()
    return {(row.day, row.blocked_caller_id): row.stopped for row in rows if row.stopped}


def counts_agree(services: Services, business: str) -> bool:
    """Whether counts, stops and last stops agree with the calls of the days around the test's own day."""
    span = timedelta(days=3)
    found = services.calls.counts.differences(business, START.date() - span, START.date() + span)
    assert found == []
    return True


def many_entries(services: Services, business: str, patterns: Iterable[str]) -> None:
    """Insert entries directly, bypassing the service, to be fast."""
    rows = [
        {"id": f"blk_{next(_numbers):024}", "business_id": business, "pattern": p, "note": "", "created_at": START}
        for p in patterns
    ]
    with services.database.write() as session:
        session.connection().execute(sql.insert(BlockedCaller), rows)


def explained(services: Services, statement: Any, values: dict[str, Any]) -> str:
    """Return the database's query plan for a statement."""
    how = "EXPLAIN QUERY PLAN" if services.database.embedded else "EXPLAIN"
    compiled = statement.compile(dialect=services.database.engine.dialect)
    with services.database.read() as session:
        raw = session.connection().exec_driver_sql
        places = compiled.positiontup
        given: Any = values if places is None else tuple(str(values[name]) for name in places)
        return "\n".join(str(row) for row in raw(f"{how} {compiled}", given))
