"""What the Payouts tab shows."""

from dataclasses import dataclass

from settings_ui.state.views.common import MomentView


@dataclass(frozen=True)
class DestinationView:
    """A payout destination; empty if there is none."""

    id: str = ""
    email: str = ""
    confirmed: bool = False
    at: MomentView = MomentView()
    spoken: str = ""


@dataclass(frozen=True)
class HistoryView:
    """A line of the payout history."""

    id: str
    text: str
    badge: str
    kind: str
    at: MomentView
