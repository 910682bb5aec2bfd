"""Helpers for calls, and a reference implementation that counts them one by one."""

import itertools
from collections.abc import Iterable
from datetime import datetime

from sqlmodel import col, select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import KeyActor
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.days import local_day
from settings_ui.domain.qualification import CallStatus
from settings_ui.models import Business, Call
from settings_ui.services.calls.import_file import store
from settings_ui.services.calls.reported import NewCall, checked
from settings_ui.services.calls.reports import GroupBy, ReportLine
from tests.support import START

CALLER, DIALLED = "+14155550132", "+12125550110"
_numbers = itertools.count(1)


def a_key(business: str, access: KeyAccess = KeyAccess.FULL) -> KeyActor:
    """Return an API client acting for the business, as the key check would."""
    return KeyActor("key_test", business, "Platform", access)


def a_call(
    id: str = "",
    *,
    caller: str = CALLER,
    dialled: str = DIALLED,
    at: datetime = START,
    duration_s: int = 100,
    status: CallStatus = CallStatus.COMPLETED,
    source: str = "Radio",
) -> NewCall:
    """Return a call as a platform reports it, under a new id if none is given."""
    return NewCall(id or f"call-{next(_numbers)}", caller, dialled, at, duration_s, status, source)


def bring_in(services: Services, business: str, *calls: NewCall) -> None:
    """Import calls in one transaction."""
    with services.database.write() as session:
        home = session.get_one(Business, business)
        store(session, business, [(new, checked(new, home, services.clock.now())) for new in calls])


def kept_calls(services: Services, business: str) -> list[Call]:
    """Return the calls of a business in the order they were recorded."""
    with services.database.read() as session:
        return list(session.exec(select(Call).where(Call.business_id == business).order_by(col(Call.seq))))


def counted_one_by_one(
    calls: Iterable[Call], time_zone: str, group_by: GroupBy, threshold_s: int | None
) -> dict[str, ReportLine]:
    """Return a report's non-empty lines, counted call by call; without a threshold, by each call's recorded verdict."""
    lines: dict[str, ReportLine] = {}
    for call in calls:
        key = str(local_day(call.started_at, time_zone)) if group_by is GroupBy.DAY else call.source
        line = lines.get(key, ReportLine(key, 0, 0, 0, 0))
        completed = call.status == CallStatus.COMPLETED
        over = call.threshold_s if threshold_s is None else threshold_s
        lines[key] = ReportLine(
            key,
            line.calls + 1,
            line.completed + completed,
            line.qualified + (completed and call.duration_s >= over),
            line.stopped + (call.status == CallStatus.STOPPED),
        )
    return lines
