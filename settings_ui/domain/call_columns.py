"""The column names and call statuses that other systems use in exported call logs.

CallRail, Ringba, CallTrackingMetrics and spreadsheets use different names for the same columns. Names are compared
without case, spaces and punctuation, so that "Duration (seconds)" equals duration_seconds.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from settings_ui.domain.errors import Invalid
from settings_ui.domain.qualification import CallStatus

# In order of preference: the documented name first, then unambiguous names, then likely ones.
NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "callid", "inboundcallid", "callsid", "sid", "calluuid", "uuid", "resourceid", "uniqueid"),
    "from": (
        "from",
        "fromnumber",
        "caller",
        "callernumber",
        "callerid",
        "callerphonenumber",
        "callerphone",
        "customernumber",
        "customerphonenumber",
        "customer",
        "contactnumber",
        "contactphone",
        "callingnumber",
        "inboundphonenumber",
        "ani",
        "phonenumber",
    ),
    "to": (
        "to",
        "tonumber",
        "trackingnumber",
        "tracking",
        "trackingphonenumber",
        "dialednumber",
        "diallednumber",
        "dialed",
        "numberdialed",
        "numberphone",
        "callednumber",
        "called",
        "dnis",
        "did",
        "number",
    ),
    "source": (
        "source",
        "trackingsource",
        "sourcename",
        "campaign",
        "campaignname",
        "numbername",
        "trackingnumbername",
        "trackingnumberlabel",
        "marketingcampaign",
    ),
    "started_at": (
        "startedat",
        "starttime",
        "callstart",
        "callstarttime",
        "callstarted",
        "calldate",
        "calldatetime",
        "datetime",
        "dateandtime",
        "timestamp",
        "calltime",
        "calltimestamp",
        "unixtime",
        "date",
    ),
    "duration_s": (
        "durations",
        "durationseconds",
        "durationsecs",
        "durationsec",
        "durationinseconds",
        "duration",
        "callduration",
        "calldurationseconds",
        "calllength",
        "calllengthinseconds",
        "connectedcalllength",
        "talktime",
    ),
    "status": ("status", "callstatus", "dialstatus", "disposition", "callresult", "result", "answered", "connected"),
}
TIME_OF_DAY = ("time", "timeofday", "starttimeofday")
DIRECTION = ("direction", "calldirection")
OPTIONAL = frozenset({"id", "source"})

_STATUSES = {
    CallStatus.COMPLETED: "completed complete answered answeredcall connected success successful yes true 1",
    CallStatus.MISSED: "missed missedcall noanswer unanswered notanswered busy engaged abandoned abandonedcall failed"
    " fail canceled cancelled hangup rejected declined unavailable incomplete notconnected no false 0",
    CallStatus.VOICEMAIL: "voicemail leftvoicemail voicemailleft senttovoicemail answeredbyvoicemail machine",
    CallStatus.STOPPED: "stopped blocked",
}
STATUSES = {word: status for status, words in _STATUSES.items() for word in words.split()}


@dataclass(frozen=True)
class CallColumns:
    """The position of each field in a file; `time_of_day` and `direction` are None if it has no such column."""

    at: dict[str, int]
    time_of_day: int | None
    direction: int | None

    def cell(self, cells: Sequence[str], field: str) -> str:
        """Return a field of a row, stripped; empty if the file has no such column."""
        position = self.at.get(field)
        return _plain(cells, position)

    def started_at(self, cells: Sequence[str]) -> str:
        """Return date and time of a row as written, even if they are in separate columns."""
        return f"{self.cell(cells, 'started_at')} {_plain(cells, self.time_of_day)}".strip()

    def is_outbound(self, cells: Sequence[str]) -> bool:
        """Whether the row is an outbound call."""
        return fold(_plain(cells, self.direction)).startswith("out")


def columns(header: Sequence[str]) -> CallColumns:
    """Return the positions of the columns; raise Invalid, naming the missing ones, if a required column is missing.

    Source (the tracking number has one) and id are optional.
    """
    at = _positions(header)
    if missing := [name for name in NAMES if name not in at and name not in OPTIONAL]:
        raise Invalid(
            f"No column found for {', '.join(missing)}. The first line must name the columns; it says:"
            f" {', '.join(cell.strip() or '(nothing)' for cell in header[:40])}."
        )
    names = [fold(cell) for cell in header]
    has_day_only = names[at["started_at"]] in {"date", "calldate"}
    return CallColumns(at, _first(names, TIME_OF_DAY) if has_day_only else None, _first(names, DIRECTION))


def known(header: Sequence[str]) -> int:
    """Return for how many fields the header has a column."""
    return len(_positions(header))


@lru_cache(maxsize=256)
def status_of(text: str) -> CallStatus | None:
    """Return the status that any of the usual words stands for; None for others, like "ringing"."""
    return STATUSES.get(fold(text))


def fold(name: str) -> str:
    """Return only the letters and digits of a name, case-folded."""
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def _positions(header: Sequence[str]) -> dict[str, int]:
    names = [fold(cell) for cell in header]
    found = {field: _first(names, wanted) for field, wanted in NAMES.items()}
    return {field: position for field, position in found.items() if position is not None}


def _first(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((names.index(name) for name in wanted if name in names), None)


def _plain(cells: Sequence[str], position: int | None) -> str:
    """Return the cell without the mark that our exports put before text that looks like a formula."""
    if position is None or position >= len(cells):
        return ""
    cell = cells[position].strip()
    return cell[1:] if cell[:1] == "'" and cell[1:2] in set("=+-@") else cell
