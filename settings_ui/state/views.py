"""What may reach a browser. Reflex sends a var whole, so states hold these and never a row."""

from dataclasses import dataclass
from datetime import datetime

from settings_ui.domain.times import exact
from settings_ui.services.activity import RecentChange


@dataclass(frozen=True)
class MomentView:
    """A time: ISO 8601 UTC for the browser to say how long ago, and in words in the business's zone."""

    iso: str = ""
    exact: str = ""


@dataclass(frozen=True)
class UserView:
    """Who is signed in; the photos are addresses, empty where initials stand instead."""

    name: str = ""
    email: str = ""
    verified: bool = True
    initials: str = ""
    photo: str = ""
    small_photo: str = ""


@dataclass(frozen=True)
class HomeView:
    """A business that the user belongs to; `role` as a word, `current` if this window is in it."""

    id: str = ""
    name: str = ""
    role: str = ""
    as_role: str = ""
    current: bool = False


@dataclass(frozen=True)
class PageView:
    """A page in the sidebar."""

    path: str
    label: str


@dataclass(frozen=True)
class TabView:
    """A tab in the bar."""

    slug: str
    label: str
    href: str


@dataclass(frozen=True)
class NoticeView:
    """A remark above the tab: the first words stand out."""

    strong: str = ""
    text: str = ""


@dataclass(frozen=True)
class ToastView:
    """What just happened; `kind` is good or bad, `undo` says whether there is a way back."""

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
class DestinationView:
    """A payout destination; empty when there is none."""

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


@dataclass(frozen=True)
class SessionView:
    """A browser that is signed in."""

    id: str
    device: str
    network: str
    this: bool
    seen: MomentView


@dataclass(frozen=True)
class KeyView:
    """An API key as it may be shown ever after; never its secret."""

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
    ends_soon: bool = False
    replaced_by: str = ""


@dataclass(frozen=True)
class NumberView:
    """A tracking number."""

    id: str = ""
    number: str = ""
    source: str = ""
    since: MomentView = MomentView()


@dataclass(frozen=True)
class FilterView:
    """The filter of the call log, each part as it stands in the address."""

    period: str = "7"
    first: str = ""
    last: str = ""
    source: str = ""
    qualified: str = ""
    status: str = ""
    number: str = ""


@dataclass(frozen=True)
class CallView:
    """A call in the log; `kind` colours its result, `then` says what it counted as when it was recorded.

    `number` is the caller in E.164, `entry` the one that blocks just that number now.
    """

    id: str = ""
    number: str = ""
    entry: str = ""
    day: str = ""
    time: str = ""
    started: MomentView = MomentView()
    caller: str = ""
    dialled: str = ""
    source: str = ""
    duration: str = ""
    result: str = ""
    kind: str = ""
    reason: str = ""
    then: str = ""


@dataclass(frozen=True)
class ReadingView:
    """How a number that was typed is read, or why it is `wrong`; `remark` is what was left out."""

    input: str
    shown: str
    remark: str
    wrong: bool


@dataclass(frozen=True)
class EntryView:
    """An entry of the list of blocked callers."""

    id: str = ""
    shown: str = ""
    kind: str = ""
    note: str = ""
    creator: str = ""
    added: MomentView = MomentView()
    ends: MomentView = MomentView()
    stopped: str = ""
    last: MomentView = MomentView()


@dataclass(frozen=True)
class StatView:
    """A figure with its name and a remark; `trend` is up, down or empty."""

    label: str
    value: str
    remark: str
    trend: str


@dataclass(frozen=True)
class BarView:
    """A bar of a chart: `first` stands below `second`; `cells` are its line in the table behind the chart.

    `label` names it, `mark` stands under it where there is room, `note` above it where something happened.
    """

    label: str
    mark: str
    first: int
    second: int
    cells: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True)
class CompareView:
    """How many calls qualify under a threshold, and which share."""

    at: str = ""
    calls: str = ""
    share: str = ""


@dataclass(frozen=True)
class SourceView:
    """A line of the table by source."""

    source: str
    calls: str
    qualified: str
    rate: str
    stopped: str


def moment_view(moment: datetime, time_zone: str) -> MomentView:
    """Return the view of a time."""
    return MomentView(moment.isoformat(), exact(moment, time_zone))


def change_view(change: RecentChange, time_zone: str) -> ChangeView:
    """Return a recent change in words: `before → after` for each part that has both."""
    parts = []
    for name in {**change.before, **change.after}:
        sides = [side[name] for side in (change.before, change.after) if name in side]
        parts.append(f"{name}: {' → '.join(sides)}")
    return ChangeView(
        change.id, change.who or "The operator", change.what, ", ".join(parts), moment_view(change.at, time_zone)
    )
