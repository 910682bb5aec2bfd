"""What the Numbers page shows."""

from dataclasses import dataclass

from settings_ui.state.views.common import MomentView


@dataclass(frozen=True)
class NumberView:
    """A tracking number; `rate` is its monthly cost, empty if it is not charged."""

    id: str = ""
    number: str = ""
    source: str = ""
    since: MomentView = MomentView()
    rate: str = ""
