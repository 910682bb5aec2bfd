"""No secret in a log line, whoever wrote it there: ours by value, those of others by how they look."""

import re
from collections.abc import Callable, Iterable

CUT = "…"
LOOKS = [
    (re.compile(r"\bcs_key_\w+"), f"cs_key_{CUT}"),
    (re.compile(r"\b((?:sk|rk|pk)_(?:live|test)_|whsec_)\w+"), rf"\g<1>{CUT}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s'\",]+"), rf"\g<1> {CUT}"),
    (re.compile(r"(?i)\b((?:set-)?cookie|authorization)(['\"]?\s*[:=]\s*)[^\n]+"), rf"\g<1>\g<2>{CUT}"),
    (
        re.compile(r"(?i)\b(\w*(?:token|passw(?:or)?d|secret|session|pepper|api_?key))(['\"]?\s*[:=]\s*)[^\s&,;})]+"),
        rf"\g<1>\g<2>{CUT}",
    ),
    (re.compile(r"(://)[^/\s@]+@"), rf"\g<1>{CUT}@"),
]
SHORTEST = 8
"""A shorter value of ours would cut innocent words out of every line."""


def redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return what takes these values, and all that looks like a secret, out of a text."""
    ours = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=len, reverse=True)
    values = re.compile("|".join(map(re.escape, ours))) if ours else None

    def redact(text: str) -> str:
        if values:
            text = values.sub(CUT, text)
        for look, instead in LOOKS:
            text = look.sub(instead, text)
        return text

    return redact
