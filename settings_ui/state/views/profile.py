"""What the Profile tab shows."""

from dataclasses import dataclass

from settings_ui.state.views.common import MomentView


@dataclass(frozen=True)
class NoticeChoiceView:
    """A notification email that the user can get; a `fixed` one cannot be turned off."""

    name: str
    label: str
    when: str
    on: bool
    fixed: bool


@dataclass(frozen=True)
class SessionView:
    """A signed-in browser."""

    id: str
    device: str
    network: str
    this: bool
    seen: MomentView
