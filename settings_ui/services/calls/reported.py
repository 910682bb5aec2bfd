"""A call as the platform reports it, checked before it is stored."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from settings_ui.domain.errors import Conflict, Invalid
from settings_ui.domain.phone import parse_caller, parse_number
from settings_ui.domain.qualification import MOST_DURATION_S, CallStatus
from settings_ui.domain.text import has_invisible
from settings_ui.models import Business
from settings_ui.models.call import PLATFORM_ID_LENGTH, SOURCE_LENGTH

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
AHEAD = timedelta(hours=24)
RESERVED_IDS = frozenset({"screen"})
"""Path segments after /calls/ in the API that are not calls."""
INTERNATIONAL = "ZZ"
"""The region for numbers with a country code."""


@dataclass(frozen=True)
class NewCall:
    """A call as reported: numbers in any format, `started_at` aware, `source` empty for the number's source."""

    id: str
    caller: str
    dialled: str
    started_at: datetime
    duration_s: int
    status: CallStatus
    source: str = ""


@dataclass(slots=True)
class CheckedCall:
    """A call as it will be stored: everything is normalised, and `threshold_s` is the one in force."""

    business_id: str
    id: str
    from_number: str
    to_number: str
    source: str
    started_at: datetime
    duration_s: int
    status: str
    threshold_s: int
    blocked_caller_id: str | None = None
    screened: bool = False
    due_at: datetime | None = None


def international(caller: str, dialled: str) -> str | None:
    """Return the caller, or None if the region of the business is needed to read either number.

    Raises Invalid at `from` or `to`.
    """
    if not (caller.strip().startswith("+") and dialled.strip().startswith("+")):
        return None
    parse_number(dialled, INTERNATIONAL, field="to")
    return parse_caller(caller, INTERNATIONAL, field="from")


def checked(new: NewCall, business: Business, now: datetime) -> CheckedCall:
    """Return the call as it would be stored; raise Invalid at the field that is not valid."""
    if not 1 <= len(new.id) <= PLATFORM_ID_LENGTH or has_invisible(new.id):
        raise Invalid(f"An id must have 1 to {PLATFORM_ID_LENGTH} visible characters.", field="id")
    if new.id in RESERVED_IDS:
        raise Invalid(f"“{new.id}” is part of an API path and cannot be the id of a call. Choose another.", field="id")
    if len(new.source) > SOURCE_LENGTH or has_invisible(new.source):
        raise Invalid(f"A source can have up to {SOURCE_LENGTH} visible characters.", field="source")
    if new.started_at.tzinfo is None:
        raise Invalid("Give the time with its zone, like 2026-03-04T12:00:00Z.", field="started_at")
    if not EARLIEST <= new.started_at <= now + AHEAD:
        raise Invalid("This time must be after 1999 and at most a day ahead.", field="started_at")
    if not 0 <= new.duration_s <= MOST_DURATION_S:
        raise Invalid(f"A duration must be 0 to {MOST_DURATION_S:,} whole seconds.", field="duration_s")
    return CheckedCall(
        business_id=business.id,
        id=new.id,
        from_number=parse_caller(new.caller, business.region, field="from"),
        to_number=parse_number(new.dialled, business.region, field="to"),
        source=" ".join(new.source.split()),
        started_at=new.started_at.astimezone(UTC),
        duration_s=new.duration_s,
        status=new.status.value,
        threshold_s=business.threshold_s,
    )


def difference(kept: Any, call: CheckedCall, new: NewCall) -> str | None:
    """Return the first field in which a call differs from the stored one with its id, or None.

    The source is compared only if it was reported.
    """
    names = ["from_number", "to_number", "started_at", "duration_s", "status", *(["source"] if new.source else [])]
    return next((name for name in names if getattr(kept, name) != getattr(call, name)), None)


def conflict(call: CheckedCall, field: str) -> Conflict:
    """Return the error for a call that differs from the stored one, at the field's name in the API."""
    name = field.removesuffix("_number")
    return Conflict(f"Call {call.id} was already recorded with another {name}.", field=name)


def is_amended_by(kept: Any, call: CheckedCall) -> bool:
    """Whether the stored call was stopped while ringing and the other is its first report."""
    return bool(kept.screened) and (kept.from_number, kept.to_number) == (call.from_number, call.to_number)
