"""What the dashboard shows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SourceView:
    """A row of the table by source."""

    source: str
    calls: str
    qualified: str
    rate: str
    stopped: str


@dataclass(frozen=True)
class StepView:
    """A first step: what to do, why, where; `done`, or `next` if it is the first one not done."""

    label: str = ""
    reason: str = ""
    deed: str = ""
    place: str = ""
    done: bool = False
    next: bool = False
