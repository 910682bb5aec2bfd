"""Times as people read them, in the business's time zone."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

_WRITTEN_DAY = re.compile(r"\b20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])\b", re.ASCII)


def spoken(moment: datetime, time_zone: str) -> str:
    """Return like "Friday 27 November, 14:20" in the given zone."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"


def exact(moment: datetime, time_zone: str) -> str:
    """Return like "27 November 2026, 14:20 CET" in the given zone."""
    local = moment.astimezone(ZoneInfo(time_zone))
    return f"{local.day} {local:%B %Y}, {local:%H:%M} {local.tzname() or ''}".strip()


def short_day(day: date) -> str:
    """Return like "27 Nov 2026"."""
    return f"{day.day} {day:%b %Y}"


def with_days_in_words(text: str) -> str:
    """Return one of our texts with each date like 2026-11-27 as "27 Nov 2026"; invalid dates are left unchanged."""
    return _WRITTEN_DAY.sub(lambda found: _in_words(found[0]), text)


def _in_words(written: str) -> str:
    try:
        return short_day(date.fromisoformat(written))
    except ValueError:  # the 31st of February
        return written
