"""The activity's filter."""

from dataclasses import dataclass
from datetime import datetime

from settings_ui.domain.days import moments
from settings_ui.domain.errors import Invalid
from settings_ui.domain.filter_text import FilterText
from settings_ui.domain.text import has_invisible

KEYS = "keys"
"""Any API key, as the one who made a change."""


@dataclass(frozen=True)
class Filter:
    """Changes from `start` (inclusive) to `end` (exclusive), of a topic, by a member (user id), OPERATOR, AUTOMATIC or
    KEYS; empty and None mean any."""

    start: datetime | None = None
    end: datetime | None = None
    topic: str = ""
    who: str = ""


@dataclass(frozen=True)
class ActivityFilterText(FilterText):
    """The activity's filter in a URL."""

    period: str = "30"
    what: str = ""
    who: str = ""


def filter_of(wanted: ActivityFilterText, time_zone: str, now: datetime) -> Filter:
    """Return the filter from a URL; raise Invalid if a part of it is not valid."""
    start, end = moments(*wanted.days(time_zone, now), time_zone)
    if has_invisible(wanted.what + wanted.who):
        raise Invalid("This filter value does not exist. Choose one from the list.")
    return Filter(start, end, wanted.what, wanted.who)
