"""What the Blocked Callers tab and the block dialog show."""

from dataclasses import dataclass

from settings_ui.state.views.common import MomentView


@dataclass(frozen=True)
class ReadingView:
    """How a typed number was read, or why it is `wrong`; `remark` says what was left out."""

    input: str
    shown: str
    remark: str
    wrong: bool


@dataclass(frozen=True)
class EntryView:
    """An entry of the block list."""

    id: str = ""
    shown: str = ""
    kind: str = ""
    note: str = ""
    creator: str = ""
    added: MomentView = MomentView()
    ends: MomentView = MomentView()
    stopped: str = ""
    last: MomentView = MomentView()
