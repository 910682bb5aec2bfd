"""Cleaning text that people type."""

import re
import unicodedata

from settings_ui.domain.errors import Invalid

NAME_LENGTH = 100
MOST_MARKS = 30
"""Per letter, as in Unicode's stream-safe text format."""
# Invisible characters: controls, bidirectional and zero-width marks (except the joiners, which Persian, Hindi and
# Sinhala names and emoji need), private code points, line breaks, and letters and symbols that fonts render as nothing.
# Unassigned code points are rendered as a box, so they are visible.
INVISIBLE = (
    r"\u0000-\u001f\u007f-\u009f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u180e\u200b"
    r"\u200e\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ue000-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bcaf\U0001d173-\U0001d17a"
    "\U0001fffe\U0001ffff\U0002fffe\U0002ffff\U0003fffe-\U000e00ff\U000e01f0-\U0010ffff"
)
"""The inside of a character class, valid in Python and in JSON Schema."""
# The flags of England, Scotland and Wales: a black flag followed by tag characters, which are invisible elsewhere.
_FLAGS = tuple(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in name) + "\U000e007f"
    for name in ("gbeng", "gbsct", "gbwls")
)
VISIBLE = f"[^{INVISIBLE}]"
SAYS_SOMETHING = rf"[^\s\u200c\u200d\u0300-\u036f\ufe00-\ufe0f" "\U000e0100-\U000e01ef" f"{INVISIBLE}]"
"""A visible character other than a space, joiner, accent or selector."""
_VISIBLE = re.compile(rf"(?:{'|'.join(_FLAGS)}|[^\ud800-\udfff{INVISIBLE}])*")
_SAYS_SOMETHING = re.compile(SAYS_SOMETHING)
_MADE_OF_MARKS = "\u0f73\u0f75\u0f81"
"""Tibetan vowels that are not marks themselves, but consist only of marks."""
_DROPPED = re.compile(rf"(?![\n\t])[\ud800-\udfff{INVISIBLE}]")


def has_invisible(text: str) -> bool:
    """Whether the text has control, bidirectional, private or blank characters, or line breaks."""
    return not (text.isprintable() if text.isascii() else _VISIBLE.fullmatch(text))


def without_invisible(text: str) -> str:
    """Return the text without those characters; tabs and line breaks stay."""
    return text if text.isascii() and text.isprintable() else _DROPPED.sub("", text)


def clean_name(text: str, *, field: str, what: str) -> str:
    """Return the name in NFC with single spaces, 1 to 100 characters; raise Invalid at `field` otherwise.

    `what` is the visible label of the field, used in the message.
    """
    if has_invisible(text.strip()):
        raise Invalid(f"{what} contains an invisible character. Type it again instead of pasting it.", field=field)
    name = " ".join(composed(text).split())
    if not _SAYS_SOMETHING.search(name):
        raise Invalid(f"Enter {_article(what)}.", field=field)
    if len(name) > NAME_LENGTH:
        raise Invalid(
            f"{what} can have up to {NAME_LENGTH} characters; this has {len(name):,}. Shorten it to save.", field=field
        )
    return name


def clean_prose(text: str, *, field: str, what: str, most: int) -> str:
    """Return multi-line text in NFC without invisible characters, 1 to `most` characters; raise Invalid at `field`.

    Pasted text contains marks that people do not know about, so they are dropped rather than refused.
    """
    lines = composed(text.replace("\r\n", "\n").replace("\r", "\n"))
    prose = without_invisible(lines).strip()
    if not _SAYS_SOMETHING.search(prose):
        raise Invalid(f"Enter {_article(what)}.", field=field)
    if len(prose) > most:
        raise Invalid(f"{what} can have up to {most:,} characters; this has {len(prose):,}. Shorten it.", field=field)
    return prose


def composed(text: str) -> str:
    """Return the text in NFC, with at most 30 combining marks per letter.

    Normalizing sorts the marks of a letter in quadratic time: tens of thousands take seconds, during which the whole
    process is blocked.
    """
    if text.isascii():
        return text
    kept, run = [], 0
    for character in text:
        run = run + 1 if unicodedata.combining(character) or character in _MADE_OF_MARKS else 0
        if run <= MOST_MARKS:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))


def initials(name: str) -> str:
    """Return one or two capital initials of the name, or a bullet if it has no letters."""
    words = [w for w in (w.lstrip("\"'([{<-_.,") for w in name.split()) if w and w[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [w[0] for w in words]
    return "".join(letter.upper()[:1] for letter in letters) or "•"


def _article(what: str) -> str:
    return f"a {what[0].lower()}{what[1:]}"
