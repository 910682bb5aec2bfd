"""Helpers for calls and thresholds, and what the Qualified Calls tab should show for them."""

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

from sqlmodel import select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.qualification import CallStatus
from settings_ui.models import Business, Call
from settings_ui.services.calls.recording import NewCall
from tests.calls import a_key


def record(services: Services, business: str, *new: NewCall) -> None:
    """Record calls for a business."""
    for call in new:
        services.calls.recording.record(a_key(business), call)


def change(services: Services, actor: Actor, seconds: int) -> None:
    """Set the threshold, based on the one now in force."""
    services.qualified_calls.set(actor, str(seconds), seen_s=services.qualified_calls.see(actor).seconds)


def sees_what_is_there(services: Services, owner: Actor) -> bool:
    """Whether the tab's counts match the completed calls of today and the 29 days before."""
    with services.database.read() as session:
        zone = session.get_one(Business, owner.business_id).time_zone
        rows = session.exec(select(Call).where(Call.business_id == owner.business_id)).all()
    today = services.clock.now().astimezone(ZoneInfo(zone)).date()
    first = today - timedelta(days=29)
    lengths: dict[str, Counter[int]] = {}
    for call in rows:
        if call.status == CallStatus.COMPLETED and first <= call.started_at.astimezone(ZoneInfo(zone)).date() <= today:
            lengths.setdefault(call.source, Counter())[call.duration_s] += 1
    seen = services.qualified_calls.see(owner).what_if
    assert seen.all.total == sum(counts.total() for counts in lengths.values())
    for source, counts in lengths.items():
        found = seen.by_source[source]
        assert {s: found.above(s) - found.above(s + 1) for s in found.seconds if s in counts} == dict(counts)
    return True
