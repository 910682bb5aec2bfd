"""Monthly periods as at Stripe: the day of the anchor, or the last day of a shorter month."""

import calendar
from datetime import UTC, datetime


def month_after(moment: int, anchor: int) -> int:
    """Return the end of the monthly period that starts at this moment."""
    start, kept = datetime.fromtimestamp(moment, UTC), datetime.fromtimestamp(anchor, UTC)
    year, month = start.year + start.month // 12, start.month % 12 + 1
    day = min(kept.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())
