"""Times as people read them, in the business's time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo


def spoken(moment: datetime, time_zone: str) -> str:
    """Return like "Friday 27 November, 14:20" in the given zone."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"


def exact(moment: datetime, time_zone: str) -> str:
    """Return like "27 November 2026, 14:20 CET" in the given zone."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{local.day} {local:%B %Y}, {local:%H:%M} {local.tzname() or ''}".strip()
