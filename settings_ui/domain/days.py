"""Calendar days in a business's time zone."""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def local_day(moment: datetime, time_zone: str) -> date:
    """Return the day of a moment in a zone."""
    return moment.astimezone(ZoneInfo(time_zone)).date()


def day_starts(day: date, time_zone: str) -> datetime:
    """Return the first moment of a day in a zone, even where clocks change at midnight."""
    return datetime.combine(day, time(), ZoneInfo(time_zone)).astimezone(UTC)


def months_later(day: date, months: int) -> date:
    """Return the same day of the month that many months later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def moments(first: date | None, last: date | None, time_zone: str) -> tuple[datetime | None, datetime | None]:
    """Return the half-open interval [start, end) of the days `first` to `last`, both inclusive; None is unbounded."""
    start = day_starts(first, time_zone) if first else None
    return start, day_starts(last + timedelta(days=1), time_zone) if last else None
