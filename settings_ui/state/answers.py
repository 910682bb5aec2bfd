"""From a service's errors to what a form shows: once, for every tab."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from settings_ui.domain.errors import DomainError, Invalid
from settings_ui.services.kit.changes import Changed
from settings_ui.state import live
from settings_ui.state.binding import in_thread

T = TypeVar("T")
WHOLE_FORM = ""
DAY = "Choose a day, like 2027-03-31."


class Refused(Exception):
    """The service refused; `errors` has the message by field, under "" when it belongs to the whole form."""

    def __init__(self, error: DomainError) -> None:
        super().__init__(error.message)
        self.errors = {error.field or WHOLE_FORM: error.message}
        self.code = error.code


async def call(work: Callable[[], T]) -> T:
    """Run a service off the event loop and publish what it changed; raise Refused for a domain error."""
    return await call_async(in_thread(work))


async def call_async(work: Awaitable[T]) -> T:
    """Await a service that is asynchronous itself, as `call` does."""
    try:
        result = await work
    except DomainError as error:
        raise Refused(error) from error
    if isinstance(result, Changed):
        await live.publish(result.topics)
    return result


def day_of(written: str, *, field: str) -> date | None:
    """Return the day that a form names, or None for none; raise Invalid at the field."""
    if not written.strip():
        return None
    try:
        return date.fromisoformat(written.strip())
    except ValueError:
        raise Invalid(DAY, field=field) from None


def end_of_day(written: str, time_zone: str, *, field: str) -> datetime | None:
    """Return the end of the day that a form names, in the zone, or None for none; raise Invalid at the field."""
    day = day_of(written, field=field)
    try:
        return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(time_zone)) if day else None
    except OverflowError:
        raise Invalid(DAY, field=field) from None


def last_day(end: datetime | None, time_zone: str) -> str:
    """Return the last day before an end, in the zone, as a form's field has it; empty for no end."""
    return (end - timedelta(microseconds=1)).astimezone(ZoneInfo(time_zone)).date().isoformat() if end else ""


def text(form: dict[str, Any], field: str) -> str:
    """Return a form's field as text; anything else that a client may send counts as empty."""
    value = form.get(field, "")
    return value if isinstance(value, str) else ""
