"""When a call is qualified, and why not. Reports apply the same rule in SQL; tests check that both agree."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from settings_ui.domain.errors import Invalid

DEFAULT_THRESHOLD_S = 90
LEAST_THRESHOLD_S, MOST_THRESHOLD_S = 1, 7200
MOST_DURATION_S = 86_400


class CallStatus(StrEnum):
    """How a call ended."""

    COMPLETED = "completed"
    MISSED = "missed"
    VOICEMAIL = "voicemail"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Verdict:
    """Whether a call qualifies at a threshold, and the reason in words."""

    qualified: bool
    reason: str


def judge(status: CallStatus, duration_s: int, threshold_s: int) -> Verdict:
    """Return the verdict on a call: a completed one of `threshold_s` seconds or more is qualified."""
    if status is not CallStatus.COMPLETED:
        return Verdict(False, _OTHER[status])
    if duration_s >= threshold_s:
        return Verdict(True, f"{duration_s} s, at or above the {threshold_s} s threshold")
    return Verdict(False, f"{duration_s} s, under the {threshold_s} s threshold")


_OTHER = {
    CallStatus.MISSED: "Nobody answered",
    CallStatus.VOICEMAIL: "Went to voicemail",
    CallStatus.STOPPED: "Stopped: the caller is blocked",
}


def spoken_duration(seconds: int) -> str:
    """Return like "1 min 30 s", "45 s" or "1 h 2 min"."""
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    if minutes:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{rest} s"


def parse_threshold(text: str, *, field: str) -> int:
    """Return a threshold in seconds; 90, 90s, 90 s and 1:30 all mean ninety. Raise Invalid at `field`."""
    given = unicodedata.normalize("NFKC", text).strip().casefold()
    if not given:
        raise Invalid("Enter a number of seconds, like 90.", field=field)
    if match := re.fullmatch(r"(\d{1,18}) ?(?:s|sec|seconds)?", given, re.ASCII):
        seconds = int(match[1])
    elif match := re.fullmatch(r"(\d{1,4}):([0-5]\d)", given, re.ASCII):
        seconds = 60 * int(match[1]) + int(match[2])
    else:
        raise Invalid("Enter whole seconds, like 90, or minutes and seconds, like 1:30.", field=field)
    if not LEAST_THRESHOLD_S <= seconds <= MOST_THRESHOLD_S:
        raise Invalid(f"Choose {LEAST_THRESHOLD_S} to {MOST_THRESHOLD_S:,} seconds (up to two hours).", field=field)
    return seconds
