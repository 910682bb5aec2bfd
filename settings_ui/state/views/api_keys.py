"""What the API Keys tab shows."""

from dataclasses import dataclass

from settings_ui.state.views.common import MomentView


@dataclass(frozen=True)
class KeyView:
    """An API key as it may be shown later; never its secret."""

    id: str = ""
    name: str = ""
    shown: str = ""
    access: str = ""
    creator: str = ""
    created: MomentView = MomentView()
    used: MomentView = MomentView()
    requests: str = ""
    evidence: str = ""
    ends: MomentView = MomentView()
    last_day: str = ""
    ends_soon: bool = False
    replaced_by: str = ""
