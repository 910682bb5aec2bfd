"""What the call log shows."""

from dataclasses import dataclass

from settings_ui.state.views.common import MomentView


@dataclass(frozen=True)
class FilterView:
    """The filter of the call log, each part as in the URL."""

    period: str = "7"
    first: str = ""
    last: str = ""
    source: str = ""
    qualified: str = ""
    status: str = ""
    number: str = ""


@dataclass(frozen=True)
class CallView:
    """A call in the log; `kind` colours its result, `then` is the verdict when it was recorded; if its duration is
    `told`, the result has it too.

    `number` is the caller as stored, `blockable` whether an entry can be made for it, `entry` the one that blocks just
    that number now, `ask` where support is asked about the call by those who may.
    """

    id: str = ""
    number: str = ""
    blockable: bool = True
    entry: str = ""
    day: str = ""
    time: str = ""
    started: MomentView = MomentView()
    caller: str = ""
    dialled: str = ""
    source: str = ""
    duration: str = ""
    told: bool = False
    result: str = ""
    kind: str = ""
    reason: str = ""
    then: str = ""
    ask: str = ""
