"""A list's filter as it stands in an address, so that it can be copied, exported and gone back to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self
from urllib.parse import urlencode

from settings_ui.domain.days import local_day
from settings_ui.domain.errors import Invalid

PERIODS = {"7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days", "all": "All time", "custom": "From and to"}


@dataclass(frozen=True)
class FilterText:
    """What was asked for, each part as text; `first` and `last` count when `period` is custom. Lists add their own."""

    period: str = "all"
    first: str = ""
    last: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Return what an address asks for; parts that it does not have are at their default."""
        return cls(**{name: query[name][:200] for name in cls.__dataclass_fields__ if query.get(name)})

    def query(self) -> str:
        """Return what stands in an address; parts that are at their default are left out."""
        default = vars(type(self)())
        return urlencode({name: value for name, value in vars(self).items() if value and value != default[name]})

    def days(self, time_zone: str, now: datetime) -> tuple[date | None, date | None]:
        """Return the first and last day, both in it, in the zone; None is open. Raise Invalid at `first` or `last`."""
        if self.period == "all":
            return None, None
        if self.period == "custom":
            first, last = _day(self.first, "first"), _day(self.last, "last")
            if first and last and first > last:
                raise Invalid("The first day is after the last.", field="first")
            return first, last
        if self.period not in PERIODS:
            raise Invalid("There is no such period.", field="period")
        today = local_day(now, time_zone)
        return today - timedelta(days=int(self.period) - 1), today


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid("Choose a day, like 2026-03-31.", field=field) from None
    if not 2000 <= day.year <= 2200:
        raise Invalid("Choose a day between 2000 and 2200.", field=field)
    return day
