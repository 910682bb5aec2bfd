"""Durations as people and exports write them, in whole seconds."""

import re
import unicodedata

_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,5}):([0-5]\d)")
_UNITS = re.compile(
    r"(?:(\d{1,4}) ?h(?:rs?|ours?)?)? ?(?:(\d{1,5}) ?m(?:ins?|inutes?)?)? ?(?:(\d{1,9}) ?s(?:ecs?|econds?)?)?"
)
_WHOLE = re.compile(r"(\d{1,9})(?:\.0+)?")


def wait_in_words(seconds: int) -> str:
    """Return a wait of up to an hour in whole minutes, rounded up: "1 minute", "15 minutes", "1 hour"."""
    minutes = -(-seconds // 60)
    if minutes == 60:
        return "1 hour"
    return "1 minute" if minutes == 1 else f"{minutes} minutes"


def parse_duration(text: str) -> int | None:
    """Return the seconds of "90", "90s", "90 s", "1:30", "0:01:30" or "1 min 30 s"; None if it is not a duration.

    A fraction of a second is refused unless it is zero, as spreadsheets add it.
    """
    plain = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    if whole := _WHOLE.fullmatch(plain):
        return int(whole[1])
    if clock := _CLOCK.fullmatch(plain):
        hours, minutes, seconds = (int(part or 0) for part in clock.groups())
        return None if clock[1] and minutes > 59 else hours * 3600 + minutes * 60 + seconds
    if plain and (units := _UNITS.fullmatch(plain)):
        hours, minutes, seconds = (int(part or 0) for part in units.groups())
        return hours * 3600 + minutes * 60 + seconds
    return None
