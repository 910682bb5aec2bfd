"""What the Profile tab shows."""

from dataclasses import dataclass

from settings_ui.state.views.common import MomentView


@dataclass(frozen=True)
class NoticeChoiceView:
    """A mail that the person may get; a `fixed` one cannot be switched off."""

    name: str
    label: str
    when: str
    on: bool
    fixed: bool


@dataclass(frozen=True)
class SessionView:
    """A browser that is signed in."""

    id: str
    device: str
    network: str
    this: bool
    seen: MomentView
