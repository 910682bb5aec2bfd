"""Times in the formats of other systems' exports."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import StrEnum

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


class DateOrder(StrEnum):
    """What 3/4/2026 means."""

    MONTH_FIRST = "month-first"
    DAY_FIRST = "day-first"


class Unreadable(ValueError):
    """The text is not an unambiguous time; the message says why."""


_TIME = (
    r"(?:[T ,]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?"
    r" ?(?P<half>[ap]\.?m\.?)?(?: ?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})(?: ?(?:UTC|GMT))?)?)?"
)
_FORMS = tuple(
    re.compile(date + _TIME, re.IGNORECASE)
    for date in (
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})",
        r"(?P<first>\d{1,2})(?P<mark>[/.-])(?P<second_part>\d{1,2})(?P=mark)(?P<year>\d{4}|\d{2})",
        r"(?:[a-z]{3,9},? )?(?P<name>[a-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})",
        r"(?:[a-z]{3,9},? )?(?P<day>\d{1,2})(?:st|nd|rd|th)?[ -](?P<name>[a-z]{3,9})\.?[ -](?P<year>\d{4})",
    )
)
_EITHER_WAY = re.compile(r"\s*(\d{1,2})[/-](\d{1,2})[/-]\d{2,4}(?!\d)")
_SINCE_1970 = re.compile(r"\d{10}(?:\d{3})?(?:\.0+)?")


def parse_time(text: str, zone: tzinfo, order: DateOrder | None) -> datetime:
    """Return the aware time; a time without a zone is in `zone`.

    Understands ISO 8601, "3/4/2026 2:15 PM" in the given order, "4.3.2026 14:15" (always day first),
    "Mar 4, 2026 2:15 PM", and seconds or milliseconds since 1970. In the hour that is repeated in autumn, the
    first occurrence is meant. Raises Unreadable.
    """
    plain = " ".join(text.split())
    if _SINCE_1970.fullmatch(plain):
        number = int(plain.partition(".")[0])
        return datetime.fromtimestamp(number if number < 10**10 else number / 1000, UTC)
    found = next((match for form in _FORMS if (match := form.fullmatch(plain))), None)
    if found is None:
        raise Unreadable("is not a time like 2026-03-04 14:15:00")
    part = found.groupdict()
    if part["hour"] is None:
        raise Unreadable("has a date but no time")
    year = int(part["year"]) + (2000 if len(part["year"]) == 2 else 0)
    try:
        return datetime(
            year,
            *_month_and_day(part, order),
            _hour(part),
            int(part["minute"]),
            int(part["second"] or 0),
            int((part["fraction"] or "").ljust(6, "0")[:6]),
            tzinfo=_zone(part["zone"]) if part["zone"] else zone,
        )
    except ValueError as error:
        raise Unreadable(str(error) if isinstance(error, Unreadable) else "does not exist") from None


def order_of(texts: Iterable[str]) -> DateOrder | None:
    """Return the order that is evident from a number above 12 in any of the texts, else None."""
    for text in texts:
        if found := _EITHER_WAY.match(text):
            first, second = int(found[1]), int(found[2])
            if first > 12 >= second:
                return DateOrder.DAY_FIRST
            if second > 12 >= first:
                return DateOrder.MONTH_FIRST
    return None


def reads_two_ways(text: str) -> bool:
    """Whether the text has an ambiguous date like 3/4/2026."""
    return _EITHER_WAY.match(text) is not None


def _month_and_day(part: dict[str, str | None], order: DateOrder | None) -> tuple[int, int]:
    if name := part.get("name"):
        if name[:3].casefold() not in MONTHS:
            raise Unreadable(f"has an unknown month: {name}")
        return MONTHS.index(name[:3].casefold()) + 1, int(part["day"] or 0)
    if part.get("month"):
        return int(part["month"] or 0), int(part["day"] or 0)
    first, second = int(part["first"] or 0), int(part["second_part"] or 0)
    if part["mark"] == ".":
        return second, first
    if order is None:
        raise Unreadable("is ambiguous: either number could be the month")
    month, day = (first, second) if order is DateOrder.MONTH_FIRST else (second, first)
    if month > 12:
        raise Unreadable(f"is not {order}, unlike the rest of the file")
    return month, day


def _hour(part: dict[str, str | None]) -> int:
    hour, half = int(part["hour"] or 0), (part["half"] or "")[:1].casefold()
    if not half:
        return hour
    if not 1 <= hour <= 12:
        raise Unreadable("has an hour that is not 1 to 12 before AM or PM")
    return hour % 12 + (12 if half == "p" else 0)


def _zone(written: str) -> tzinfo:
    if written[0] not in "+-":
        return UTC
    sign = -1 if written[0] == "-" else 1
    hours, minutes = int(written[1:3]), int(written[-2:])
    if hours > 23 or minutes > 59:
        raise Unreadable("has an unknown time zone")
    return timezone(sign * timedelta(hours=hours, minutes=minutes))
