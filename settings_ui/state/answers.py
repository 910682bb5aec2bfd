"""Turning a service's errors into form messages, in one place for every tab."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from settings_ui.bootstrap import services
from settings_ui.domain.errors import DomainError, Invalid
from settings_ui.services.kit.changes import Changed
from settings_ui.state import live
from settings_ui.state.binding import current_person, in_thread

T = TypeVar("T")
WHOLE_FORM = ""
DAY = "Enter a date, like 2027-03-31."


class Refused(Exception):
    """The service raised a domain error; `errors` maps fields to messages, "" being the form as a whole."""

    def __init__(self, error: DomainError) -> None:
        super().__init__(error.message)
        self.errors = {error.field or WHOLE_FORM: error.message}
        self.code = error.code


async def call(work: Callable[[], T]) -> T:
    """Run a service that changes something off the event loop and publish its topics; raise Refused for a domain
    error, or when this session has changed too much for now."""
    return await call_async(lambda: in_thread(work))


async def call_async(work: Callable[[], Awaitable[T]]) -> T:
    """Do the same as `call` for an asynchronous service."""
    session_id = current_person().session_id
    try:
        await in_thread(lambda: services().changes.count(session_id))
        result = await work()
    except DomainError as error:
        raise Refused(error) from error
    if isinstance(result, Changed):
        await live.publish(result.topics)
    return result


def day_of(written: str, *, field: str) -> date | None:
    """Return the day in a form's field, or None if empty; raise Invalid at the field."""
    if not written.strip():
        return None
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise Invalid(DAY, field=field) from None


def end_of_day(written: str, time_zone: str, *, field: str) -> datetime | None:
    """Return the end, in the zone, of the day in a form's field, or None if empty; raise Invalid at the field."""
    day = day_of(written, field=field)
    try:
        return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone)) if day else None
    except OverflowError:
        raise Invalid(DAY, field=field) from None


def last_day(end: datetime | None, time_zone: str) -> str:
    """Return the last day before an end, in the zone, as the value of a form's field; empty for no end."""
    return (end - timedelta(microseconds=1)).astimezone(ZoneInfo(time_zone)).date().isoformat() if end else ""


def text(form: dict[str, Any], field: str) -> str:
    """Return a form's field as text; anything that is not text counts as empty."""
    value = form.get(field, "")
    return value if isinstance(value, str) else ""
