"""Removes secrets from log lines: ours by value, those of others by their format."""

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
"""Shorter values are not removed by value, since they would match ordinary words."""


def redactor(secrets: Iterable[str]) -> Callable[[str], str]:
    """Return a function that removes these values, and everything that looks like a secret, from a text."""
    ours = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=len, reverse=True)
    values = re.compile("|".join(map(re.escape, ours))) if ours else None

    def redact(text: str) -> str:
        if values:
            text = values.sub(CUT, text)
        for look, instead in LOOKS:
            text = look.sub(instead, text)
        return text

    return redact
