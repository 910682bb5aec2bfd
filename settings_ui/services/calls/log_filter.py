"""The filter of the call log as it stands in an address, so that it can be copied, exported and gone back to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from settings_ui.domain.days import moments
from settings_ui.domain.errors import Invalid
from settings_ui.domain.phone import parse_caller
from settings_ui.domain.qualification import Status
from settings_ui.domain.text import has_invisible
from settings_ui.services.calls.log import Filter

PERIODS = {"7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days", "all": "All time", "custom": "From and to"}
QUALIFIED = {"": "Qualified: any", "yes": "Qualified", "no": "Not qualified"}
DEFAULT_PERIOD = "7"


@dataclass(frozen=True)
class FilterText:
    """The filter as it was asked for, each part as text; `first` and `last` count when `period` is custom."""

    period: str = DEFAULT_PERIOD
    first: str = ""
    last: str = ""
    source: str = ""
    qualified: str = ""
    status: str = ""
    number: str = ""

    def query(self) -> str:
        """Return what stands in an address; parts that are at their default are left out."""
        parts = {
            name: value for name, value in vars(self).items() if value and (name, value) != ("period", DEFAULT_PERIOD)
        }
        return urlencode(parts)

    @property
    def by_day_and_source_only(self) -> bool:
        """Whether the counts can say how many calls match."""
        return not (self.qualified or self.status or self.number)


def filter_text(query: Mapping[str, str]) -> FilterText:
    """Return what an address asks for; parts that it does not have are at their default."""
    known = {name: query[name][:200] for name in FilterText.__dataclass_fields__ if query.get(name)}
    return FilterText(**known)


def days_of(wanted: FilterText, time_zone: str, now: datetime) -> tuple[date | None, date | None]:
    """Return the first and last day, both in it, in the zone; None is open. Raise Invalid at `first` or `last`."""
    today = now.astimezone(ZoneInfo(time_zone)).date()
    if wanted.period == "all":
        return None, None
    if wanted.period == "custom":
        first, last = _day(wanted.first, "first"), _day(wanted.last, "last")
        if first and last and first > last:
            raise Invalid("The first day is after the last.", field="first")
        return first, last
    if wanted.period not in PERIODS:
        raise Invalid("There is no such period.", field="period")
    return today - timedelta(days=int(wanted.period) - 1), today


def filter_of(wanted: FilterText, time_zone: str, region: str, now: datetime) -> Filter:
    """Return the filter that an address asks for; raise Invalid at the part that cannot be used."""
    first, last = days_of(wanted, time_zone, now)
    start, end = moments(first, last, time_zone)
    if has_invisible(wanted.source):
        raise Invalid("There is no such source.", field="source")
    if wanted.qualified not in QUALIFIED:
        raise Invalid("Qualified is yes or no.", field="qualified")
    try:
        status = Status(wanted.status) if wanted.status else None
    except ValueError:
        raise Invalid("There is no such status.", field="status") from None
    return Filter(
        start=start,
        end=end,
        qualified={"yes": True, "no": False}.get(wanted.qualified),
        source=wanted.source,
        status=status,
        caller=parse_caller(wanted.number, region, field="number") if wanted.number else "",
    )


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
