"""Values as they stand in addresses and bodies: one way of writing each, and everything else is refused."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from settings_ui.domain.text import has_invisible

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
A_TIME = "A time looks like 2026-03-04T12:00:00Z: with its zone, and six digits after the second at most."
A_DAY_OR_TIME = "This is a day, like 2026-03-04, or a time with its zone, like 2026-03-04T12:00:00Z."
A_DAY = "This is a day, like 2026-03-04."
FIRST_YEAR, LAST_YEAR = 2000, 2200


def parse_moment(value: Any) -> datetime:
    """Return an RFC 3339 time in UTC; a `datetime` passes. Raise ValueError for anything else."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise ValueError(A_TIME)
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("There is no such time.") from None
    return moment


def parse_day(value: Any) -> date:
    """Return a day like 2026-03-04 between 2000 and 2200; raise ValueError for anything else."""
    if not isinstance(value, str) or not DAY.fullmatch(value):
        raise ValueError(A_DAY)
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError("There is no such day.") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"Choose a day between {FIRST_YEAR} and {LAST_YEAR}.")
    return day


def parse_day_or_moment(value: Any) -> date | datetime:
    """Return a day, or a time in UTC; raise ValueError for anything else."""
    if isinstance(value, str) and DAY.fullmatch(value):
        return parse_day(value)
    try:
        moment = parse_moment(value)
    except ValueError as error:
        raise ValueError(A_DAY_OR_TIME if str(error) == A_TIME else str(error)) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"Choose a time between {FIRST_YEAR} and {LAST_YEAR}.")
    return moment


def parse_whole(value: Any) -> Any:
    """Return the number that an address's digits say; leave anything else to be refused."""
    return int(value) if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII) else value


def parse_yes_no(value: Any) -> Any:
    """Return what `true` and `false` say; leave anything else to be refused."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def without_nul(value: str) -> str:
    """Return the text; raise ValueError if no database can hold it."""
    if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise ValueError("This has a character that no text can have.")
    return value


def visible(value: str) -> str:
    """Return the text; raise ValueError if any of it cannot be seen."""
    if has_invisible(value):
        raise ValueError("This has a character that cannot be seen.")
    return value


Moment = Annotated[
    datetime,
    BeforeValidator(parse_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Day = Annotated[date, BeforeValidator(parse_day), WithJsonSchema({"type": "string", "format": "date"})]
DayOrMoment = Annotated[
    date | datetime,
    BeforeValidator(parse_day_or_moment),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}),
]
Whole = Annotated[int, BeforeValidator(parse_whole)]
YesNo = Annotated[bool, BeforeValidator(parse_yes_no)]
Word = Annotated[str, AfterValidator(without_nul)]
Visible = Annotated[str, AfterValidator(visible)]
