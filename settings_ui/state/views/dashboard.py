"""What the dashboard shows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SourceView:
    """A line of the table by source."""

    source: str
    calls: str
    qualified: str
    rate: str
    stopped: str
