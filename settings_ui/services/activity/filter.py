"""The filter of the activity as it stands in an address, so that it can be copied, exported and gone back to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from settings_ui.domain.days import moments
from settings_ui.domain.errors import Invalid
from settings_ui.domain.text import has_invisible
from settings_ui.services.calls.log_filter import FilterText, days_of

DEFAULT_PERIOD = "30"
OPERATOR, KEYS = "operator", "keys"
"""Who did it, where it was no member."""


@dataclass(frozen=True)
class Filter:
    """Which changes: from `start` on and before `end`, of a topic, by a member (user id), OPERATOR or KEYS; empty and
    None mean any."""

    start: datetime | None = None
    end: datetime | None = None
    topic: str = ""
    who: str = ""


@dataclass(frozen=True)
class Asked:
    """The filter as it was asked for, each part as text; `first` and `last` count when `period` is custom."""

    period: str = DEFAULT_PERIOD
    first: str = ""
    last: str = ""
    what: str = ""
    who: str = ""

    def query(self) -> str:
        """Return what stands in an address; parts that are at their default are left out."""
        parts = {k: v for k, v in vars(self).items() if v and (k, v) != ("period", DEFAULT_PERIOD)}
        return urlencode(parts)


def asked(query: Mapping[str, str]) -> Asked:
    """Return what an address asks for; parts that it does not have are at their default."""
    return Asked(**{name: query[name][:200] for name in Asked.__dataclass_fields__ if query.get(name)})


def filter_of(wanted: Asked, time_zone: str, now: datetime) -> Filter:
    """Return the filter that an address asks for; raise Invalid if a part of it cannot be used."""
    days = days_of(FilterText(period=wanted.period, first=wanted.first, last=wanted.last), time_zone, now)
    start, end = moments(*days, time_zone)
    if has_invisible(wanted.what + wanted.who):
        raise Invalid("There is nothing of this name to filter by.")
    return Filter(start, end, wanted.what, wanted.who)
