"""Helpers for calls and thresholds, and what the Qualified Calls tab should show for them."""

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.qualification import CallStatus
from settings_ui.domain.what_if import durations, most_moved
from settings_ui.models import Business, Call
from settings_ui.services.calls.reported import NewCall
from tests.calls import a_key


def record(services: Services, business: str, *new: NewCall) -> None:
    """Record calls for a business."""
    for call in new:
        services.calls.recording.record(a_key(business), call)


def change(services: Services, actor: Actor, seconds: int) -> None:
    """Set the threshold, based on the one now in force."""
    services.qualified_calls.set(actor, str(seconds), seen_s=services.qualified_calls.see(actor).seconds)


def sees_what_is_there(services: Services, owner: Actor) -> bool:
    """Whether the tab's counts match the completed calls of today and the 29 days before, in total and by source."""
    with services.database.read() as session:
        home = session.get_one(Business, owner.business_id)
        rows = session.exec(select(Call).where(Call.business_id == owner.business_id)).all()
    zone = ZoneInfo(home.time_zone)
    today = services.clock.now().astimezone(zone).date()
    lengths = [
        (call.source, call.duration_s)
        for call in rows
        if call.status == CallStatus.COMPLETED
        and today - timedelta(days=29) <= call.started_at.astimezone(zone).date() <= today
    ]
    for tried_s in (1, 100, 101, 7200):
        seen = services.qualified_calls.see(owner, tried_s=tried_s)
        assert seen.recent == durations(Counter(duration_s for _, duration_s in lengths))
        moves = Counter[str]()
        for source, duration_s in lengths:
            moves[source] += (duration_s >= tried_s) - (duration_s >= home.threshold_s)
        expected = tuple(most_moved({source: n for source, n in moves.items() if n}))
        assert seen.moved == services.qualified_calls.moved(owner, tried_s) == expected
    return True
