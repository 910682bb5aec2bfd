"""The call log's filter."""

from dataclasses import dataclass
from datetime import datetime

from settings_ui.domain.days import moments
from settings_ui.domain.errors import Invalid
from settings_ui.domain.filter_text import FilterText
from settings_ui.domain.phone import parse_sought_caller
from settings_ui.domain.qualification import CallStatus
from settings_ui.domain.text import has_invisible
from settings_ui.services.calls.log import Filter

QUALIFIED = {"": "Qualified: any", "yes": "Qualified", "no": "Not qualified"}


@dataclass(frozen=True)
class CallFilterText(FilterText):
    """The call log's filter in a URL."""

    period: str = "7"
    source: str = ""
    qualified: str = ""
    status: str = ""
    number: str = ""

    @property
    def by_day_and_source_only(self) -> bool:
        """Whether the number of matching calls can be read from the counts."""
        return not (self.qualified or self.status or self.number)


def filter_of(wanted: CallFilterText, time_zone: str, region: str, now: datetime) -> Filter:
    """Return the filter; raise Invalid at the part that is not valid."""
    start, end = moments(*wanted.days(time_zone, now), time_zone)
    if has_invisible(wanted.source):
        raise Invalid("This source does not exist. Choose one from the list.", field="source")
    if wanted.qualified not in QUALIFIED:
        raise Invalid("Use yes or no for Qualified.", field="qualified")
    try:
        status = CallStatus(wanted.status) if wanted.status else None
    except ValueError:
        raise Invalid("This status does not exist. Choose one from the list.", field="status") from None
    return Filter(
        start=start,
        end=end,
        qualified={"yes": True, "no": False}.get(wanted.qualified),
        source=wanted.source,
        status=status,
        caller=parse_sought_caller(wanted.number, region, field="number") if wanted.number else "",
    )
