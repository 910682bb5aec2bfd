"""What several pages show: times, changes, toasts, notices, figures and bars."""

from dataclasses import dataclass
from datetime import datetime

from settings_ui.domain.times import exact, with_days_in_words
from settings_ui.services.kit.activity import RecentChange


@dataclass(frozen=True)
class MomentView:
    """A time: ISO 8601 UTC, from which the browser shows how long ago, and in words in the business's zone."""

    iso: str = ""
    exact: str = ""


@dataclass(frozen=True)
class NoticeView:
    """A notice above the tab; its first words are bold."""

    strong: str = ""
    text: str = ""


@dataclass(frozen=True)
class ToastView:
    """A toast; `kind` is good or bad, `undo` says whether it offers Undo."""

    id: str
    text: str
    kind: str = "good"
    undo: bool = False


@dataclass(frozen=True)
class ChangeView:
    """A line of "Recent changes"."""

    id: str
    who: str
    what: str
    detail: str
    at: MomentView


@dataclass(frozen=True)
class StatView:
    """A figure with its label and a remark; `change`, up or down by `trend`, begins the remark where there is one."""

    label: str
    value: str
    remark: str
    change: str = ""
    trend: str = ""


@dataclass(frozen=True)
class BarView:
    """A bar of a chart: `first` is stacked below `second`; `cells` are its row in the table behind the chart.

    `label` names it, `mark` is shown below it if there is room, `note` above it if something happened.
    """

    label: str
    mark: str
    first: int
    second: int
    cells: tuple[str, ...]
    note: str = ""


OBJECTS = ("Callers",)
"""Parts of a change that are the object of its verb: "blocked (415) 555-0132"."""

DAYS = ("Ends",)
"""Parts of a change that are days."""


def moment_view(moment: datetime, time_zone: str) -> MomentView:
    """Return the view of a time."""
    return MomentView(moment.isoformat(), exact(moment, time_zone))


def change_view(change: RecentChange, time_zone: str) -> ChangeView:
    """Return a recent change as a sentence, then `before → after` for each part that has both."""
    parts, what = [], change.what
    for name in {**change.before, **change.after}:
        if name in OBJECTS:
            what = f"{what} {change.after.get(name, change.before.get(name))}"
            continue
        sides = [side[name] for side in (change.before, change.after) if name in side]
        if name in DAYS:
            sides = [with_days_in_words(side) for side in sides]
        parts.append(f"{name}: {' → '.join(sides)}")
    return ChangeView(change.id, change.who, what, ", ".join(parts), moment_view(change.at, time_zone))
