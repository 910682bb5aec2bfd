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
    """An option of a filter."""

    value: str
    label: str


@dataclass(frozen=True)
class ActivityView:
    """A change with its effect: `effect` in words, followed by `moment` if there is one; `undo` is the label of the
    undo button and `place` the path of what was changed, each empty if there is none."""

    change: ChangeView
    section: str
    effect: str = ""
    moment: MomentView = MomentView()
    undo: str = ""
    place: str = ""
