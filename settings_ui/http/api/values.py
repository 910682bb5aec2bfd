"""Values in URLs and bodies: one format each, everything else is refused."""

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from settings_ui.domain.text import SAYS_SOMETHING, VISIBLE
from settings_ui.services.calls.reported import RESERVED_IDS

A_REAL_DAY = (
    "(?:(?:2[01][0-9]{2}|2200)-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)"
    "|(?:0[13578]|1[02])-31)|(?:2[01](?:0[48]|[2468][048]|[13579][26])|2000)-02-29)"
)
"""From 2000 to 2200, leap days only in leap years."""
A_REAL_TIME = (
    rf"{A_REAL_DAY}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){{2}}(?:\.[0-9]{{1,6}})?"
    "(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
SHAPED_LIKE_A_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
SHAPED_LIKE_A_TIME = re.compile(
    rf"{SHAPED_LIKE_A_DAY.pattern}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}(\.[0-9]{{1,6}})?(Z|[+-][0-9]{{2}}:[0-9]{{2}})"
)
A_TIME = "Give a time like 2026-03-04T12:00:00Z, with its zone and at most six digits after the second."
A_DAY_OR_TIME = "Give a day like 2026-03-04, or a time with its zone like 2026-03-04T12:00:00Z."
A_DAY = "Give a day like 2026-03-04."
NO_PLUS = "In a URL, write the plus sign of a zone as %2B."
FIRST_YEAR, LAST_YEAR = 2000, 2200
OUT_OF_RANGE = f"Choose a date between {FIRST_YEAR} and {LAST_YEAR}."


def parse_moment(value: Any) -> datetime:
    """Return an RFC 3339 time in UTC; a `datetime` passes. Raise ValueError for anything else."""
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not SHAPED_LIKE_A_TIME.fullmatch(value):
        raise ValueError(A_TIME)
    if re.fullmatch(A_REAL_TIME, value):
        return datetime.fromisoformat(value).astimezone(UTC)
    raise ValueError("This time does not exist." if _in_range(value) else OUT_OF_RANGE)


def parse_day(value: Any) -> date:
    """Return a day like 2026-03-04 between 2000 and 2200; raise ValueError for anything else."""
    if not isinstance(value, str) or not SHAPED_LIKE_A_DAY.fullmatch(value):
        raise ValueError(A_DAY)
    if re.fullmatch(A_REAL_DAY, value):
        return date.fromisoformat(value)
    raise ValueError("This day does not exist." if _in_range(value) else OUT_OF_RANGE)


def parse_day_or_moment(value: Any) -> date | datetime:
    """Return a day, or a time in UTC; raise ValueError for anything else."""
    if isinstance(value, str) and SHAPED_LIKE_A_DAY.fullmatch(value):
        return parse_day(value)
    try:
        return parse_moment(value)
    except ValueError as error:
        if isinstance(value, str) and " " in value and SHAPED_LIKE_A_TIME.fullmatch(value.replace(" ", "+")):
            raise ValueError(NO_PLUS) from None
        raise ValueError(A_DAY_OR_TIME if str(error) == A_TIME else str(error)) from None


def parse_whole(value: Any) -> Any:
    """Return the number for a string of digits; leave anything else to be refused."""
    return int(value) if isinstance(value, str) and re.fullmatch("0|[1-9][0-9]{0,8}", value) else value


def parse_integral(value: Any) -> Any:
    """Return 90 for 90.0, which JSON Schema calls an integer; leave anything else to be refused."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def parse_yes_no(value: Any) -> Any:
    """Return the boolean for `true` and `false`; leave anything else to be refused."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def without_nul(value: str) -> str:
    """Return the text; raise ValueError if no database can store it."""
    if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise ValueError("This contains a character that is not allowed in text.")
    return value


def visible(value: str) -> str:
    """Return the text; raise ValueError if it contains invisible characters."""
    if not _VISIBLE.fullmatch(value):
        raise ValueError("This contains an invisible character.")
    return value


def call_id(value: str) -> str:
    """Return a visible id; raise ValueError for a word that is part of an API path."""
    if value in RESERVED_IDS:
        raise ValueError(f"“{value}” is part of an API path and cannot be the id of a call. Choose another.")
    return visible(value)


def named(value: str) -> str:
    """Return a visible text; raise ValueError if it has only spaces and accents."""
    if not _SAYING.search(visible(value)):
        raise ValueError("This needs at least one visible character.")
    return value


def _in_range(value: str) -> bool:
    return FIRST_YEAR <= int(value[:4]) <= LAST_YEAR


def _said(**what: str) -> Any:
    """Return the JSON Schema of a text, apart from its length."""
    return Field(json_schema_extra={**what})


_RESERVED = "|".join(sorted(RESERVED_IDS))
_VISIBLE = re.compile(f"{VISIBLE}*")
_SAYING = re.compile(SAYS_SOMETHING)
_DAY = {"type": "string", "format": "date", "pattern": f"^{A_REAL_DAY}$"}
_TIME = {"type": "string", "format": "date-time", "pattern": f"^{A_REAL_TIME}$"}
Moment = Annotated[datetime, BeforeValidator(parse_moment), WithJsonSchema(_TIME)]
Day = Annotated[date, BeforeValidator(parse_day), WithJsonSchema(_DAY)]
DayOrMoment = Annotated[date | datetime, BeforeValidator(parse_day_or_moment), WithJsonSchema({"anyOf": [_DAY, _TIME]})]
# After the bounds of a number, so that the document has them too.
Whole = BeforeValidator(parse_whole)
Integral = BeforeValidator(parse_integral)
YesNo = Annotated[bool, BeforeValidator(parse_yes_no)]
Word = Annotated[str, AfterValidator(without_nul), _said(pattern=r"^[^\u0000]*$")]
Visible = Annotated[str, AfterValidator(visible), _said(pattern=f"^{VISIBLE}*$")]
CallId = Annotated[str, AfterValidator(call_id), _said(pattern=f"^(?!(?:{_RESERVED})$){VISIBLE}+$")]
Name = Annotated[str, AfterValidator(named), _said(pattern=f"^{VISIBLE}*{SAYS_SOMETHING}{VISIBLE}*$")]
Number = Annotated[str, _said(format="phone-number")]
CallerNumber = Annotated[str, AfterValidator(without_nul), _said(format="caller-number", pattern=r"^[^\u0000]*$")]
Cursor = Annotated[str, AfterValidator(without_nul), _said(format="cursor")]
