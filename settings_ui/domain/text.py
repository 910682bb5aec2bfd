"""Text that people type on one line."""

import unicodedata

from settings_ui.domain.errors import Invalid

NAME_LENGTH = 100
# Joiners are part of how names are written in Persian, Hindi or Sinhala, and of emoji; nothing else invisible is.
_JOINERS = {"\u200c", "\u200d"}
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
# Letters and a symbol that fonts draw as nothing: the Hangul fillers and the blank Braille pattern.
_BLANK = {"\u115f", "\u1160", "\u3164", "\uffa0", "\u2800"}


# The flags of England, Scotland and Wales: a black flag with their names in characters that are nowhere else seen.
_FLAGS = tuple(
    "\U0001f3f4" + "".join(chr(0xE0000 + ord(letter)) for letter in name) + "\U000e007f"
    for name in ("gbeng", "gbsct", "gbwls")
)


def has_invisible(text: str) -> bool:
    """Whether the text has control, bidirectional, private, unassigned or blank characters, or line breaks.

    Code points that Unicode keeps for emoji are none of these, also while this Python does not know them yet.
    """
    if text.isascii():
        return not text.isprintable()
    for flag in _FLAGS:
        text = text.replace(flag, "")
    return any(c in _BLANK or _is_invisible(c) for c in text)


def _is_invisible(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cn" and "\U0001f300" <= character <= "\U0001faff":
        return False
    return category in _INVISIBLE and character not in _JOINERS


def clean_name(text: str, *, field: str, what: str) -> str:
    """Return the name in NFC with single spaces, 1 to 100 characters; raise Invalid at `field` otherwise.

    `what` is the field's visible label, for the message.
    """
    if has_invisible(text.strip()):
        raise Invalid(f"{what} has a character that cannot be seen. Type it again instead of pasting it.", field=field)
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not any(unicodedata.category(c)[0] in "LNPS" for c in name):
        raise Invalid(f"Enter {_article(what)}.", field=field)
    if len(name) > NAME_LENGTH:
        raise Invalid(
            f"{what} can have {NAME_LENGTH} characters; this has {len(name):,}. Shorten it to save.", field=field
        )
    return name


def clean_prose(text: str, *, field: str, what: str, most: int) -> str:
    """Return several lines in NFC without what cannot be seen, 1 to `most` characters; raise Invalid at `field`.

    What people paste into prose carries marks that they do not know of, so these are dropped, not refused.
    """
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = lines if lines.isascii() and lines.isprintable() else "".join(c for c in lines if c in "\n\t" or _stays(c))
    prose = kept.strip()
    if not any(unicodedata.category(c)[0] in "LNPS" for c in prose):
        raise Invalid(f"Enter {_article(what)}.", field=field)
    if len(prose) > most:
        raise Invalid(f"{what} can have {most:,} characters; this has {len(prose):,}. Shorten it.", field=field)
    return prose


def _stays(character: str) -> bool:
    return character not in _BLANK and not _is_invisible(character)


def initials(name: str) -> str:
    """Return one or two capital letters that stand for the name, or a bullet when it has none."""
    words = [w for w in (w.lstrip("\"'([{<-_.,") for w in name.split()) if w and w[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [w[0] for w in words]
    return "".join(letter.upper()[:1] for letter in letters) or "•"


def _article(what: str) -> str:
    return f"a {what[0].lower()}{what[1:]}"
