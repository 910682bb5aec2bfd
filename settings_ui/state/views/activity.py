"""What the Activity page shows."""

from dataclasses import dataclass

from settings_ui.state.views.common import ChangeView, MomentView


@dataclass(frozen=True)
class FilterView:
    """The filter, each part as text."""

    period: str = ""
    first: str = ""
    last: str = ""
    what: str = ""
    who: str = ""


@dataclass(frozen=True)
class ChoiceView:
    """A choice of a filter."""

    value: str
    label: str


@dataclass(frozen=True)
class ActivityView:
    """A change with what it did: `effect` in words, followed by `moment` if it has one; `undo` names the way back and
    `place` is where what was changed stands, both empty where there is none."""

    change: ChangeView
    section: str
    effect: str = ""
    moment: MomentView = MomentView()
    undo: str = ""
    place: str = ""
