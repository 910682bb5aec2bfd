"""What the Support tab and the staff desk show."""

from dataclasses import dataclass, field
from urllib.parse import urlencode

from settings_ui.domain.tickets import Category
from settings_ui.services.support.about import AboutKind
from settings_ui.state.views.common import MomentView

PATH = "/settings?tab=support"


@dataclass(frozen=True)
class BeginningView:
    """What the form for a new ticket is filled with."""

    kind: str = ""
    reference: str = ""
    category: str = Category.OTHER.value
    subject: str = ""


def asking(kind: AboutKind, reference: str) -> str:
    """Return the URL that opens the form for a ticket about something."""
    return f"{PATH}&{urlencode({'about_kind': kind.value, 'about': reference})}"


@dataclass(frozen=True)
class TicketView:
    """A ticket in a list; `waits` says for whom it is waiting, `since` is when its status last changed."""

    id: str = ""
    number: str = ""
    subject: str = ""
    kind: str = ""
    priority: str = ""
    status: str = ""
    look: str = ""
    waits: str = ""
    since: MomentView = MomentView()
    updated: MomentView = MomentView()
    opener: str = ""
    business: str = ""
    href: str = ""


@dataclass(frozen=True)
class FileView:
    """An attachment."""

    id: str
    name: str
    size: str
    href: str


@dataclass(frozen=True)
class ThreadEntryView:
    """An entry of a thread: what was written, or in `did` the action."""

    id: str
    author: str
    initials: str
    staff: bool
    did: str
    body: str
    at: MomentView
    files: list[FileView] = field(default_factory=list)


@dataclass(frozen=True)
class FactView:
    """A fact about what a ticket is related to."""

    name: str
    value: str


@dataclass(frozen=True)
class ThreadView:
    """The open ticket and its possible actions; empty if none is open."""

    ticket: TicketView = TicketView()
    opened: MomentView = MomentView()
    earlier: int = 0
    solves: bool = False
    reopens: bool = False
    closes: bool = False
    hint: str = ""
