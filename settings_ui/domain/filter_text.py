"""A list's filter in a URL, so that it can be copied, exported and revisited."""

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
    """The filter as text, part by part; `first` and `last` apply when `period` is custom. Lists add their own parts."""

    period: str = "all"
    first: str = ""
    last: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Return the filter in a query; missing parts have their default."""
        return cls(**{name: query[name][:200] for name in cls.__dataclass_fields__ if query.get(name)})

    def query(self) -> str:
        """Return the query string; parts with their default are left out."""
        default = vars(type(self)())
        return urlencode({name: value for name, value in vars(self).items() if value and value != default[name]})

    def days(self, time_zone: str, now: datetime) -> tuple[date | None, date | None]:
        """Return the first and last day, both inclusive, in the zone; None is unbounded. Raise Invalid at `first` or
        `last`."""
        if self.period == "all":
            return None, None
        if self.period == "custom":
            first, last = _day(self.first, "first"), _day(self.last, "last")
            if first and last and first > last:
                raise Invalid("The first day is after the last.", field="first")
            return first, last
        if self.period not in PERIODS:
            raise Invalid("This period does not exist. Choose one from the list.", field="period")
        today = local_day(now, time_zone)
        return today - timedelta(days=int(self.period) - 1), today


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid("Enter a date, like 2026-03-31.", field=field) from None
    if not 2000 <= day.year <= 2200:
        raise Invalid("Choose a date between 2000 and 2200.", field=field)
    return day
