"""What the Qualified Calls tab shows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CompareView:
    """How many calls qualify at a threshold, and which share."""

    at: str = ""
    calls: str = ""
    share: str = ""
