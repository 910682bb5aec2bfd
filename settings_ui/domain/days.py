"""Calendar days in a business's time zone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def local_day(moment: datetime, time_zone: str) -> date:
    """Return the day of a moment in a zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def day_starts(day: date, time_zone: str) -> datetime:
    """Return the first moment of a day in a zone, also where clocks change at midnight."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def moments(first: date | None, last: date | None, time_zone: str) -> tuple[datetime | None, datetime | None]:
    """Return the half-open interval [start, end) of the days `first` to `last`, both included; None is open."""
    start = day_starts(first, time_zone) if first else None
    return start, day_starts(last + timedelta(days=1), time_zone) if last else None
