"""Passwords: argon2id through passlib, and which may be set. Hashing takes tens of milliseconds: never on the loop."""

import functools
import math
import re
import unicodedata
import warnings
from collections.abc import Iterable

from zxcvbn import zxcvbn
from zxcvbn.matching import L33T_TABLE

from settings_ui.domain.common_passwords import COMMON
from settings_ui.domain.errors import Invalid

with warnings.catch_warnings():
    # passlib 1.7.4 looks for `crypt` and for argon2's old version attribute; both are only deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.context import CryptContext

LEAST = 15
MOST = 1000
LEAST_GUESSES_LOG10 = 10
"""What zxcvbn's estimate must reach: beyond what can be tried offline against argon2 in a lifetime of interest."""
MOST_JUDGED = 72
"""Characters of it that are judged."""
MOST_EFFORT = 32 * MOST_JUDGED**2
OWN_WORD = 4
BESIDES_OWN_WORDS = 8

_context = CryptContext(
    schemes=["argon2"],
    argon2__type="ID",
    argon2__memory_cost=19456,
    argon2__time_cost=2,
    argon2__parallelism=1,
)


def digest(password: str) -> str:
    """Return a salted argon2id hash (m=19456, t=2, p=1) in PHC form."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return str(_context.hash(_normal(password)))


def matches(password: str, stored: str | None) -> bool:
    """Whether the password is the one behind `stored`; takes the same time when there is none or it is too long."""
    usable = stored is not None and len(password) <= MOST and _can_be_kept(password)
    right = bool(_context.verify(_normal(password) if usable else "no such password", stored or _nobody()))
    return right and usable


def same(one: str, other: str) -> bool:
    """Whether two passwords are one, however their letters were composed."""
    return _normal(one) == _normal(other)


def accept(password: str, *, field: str, own: Iterable[str] = ()) -> str:
    """Return the password if it may be set: 15 to 1,000 characters, not common, not made of `own` words.

    `own` is what others know of the person: name, email, businesses. Raises Invalid at `field` with the reason.
    """
    if len(password) > MOST:
        raise Invalid(f"A password can have {MOST:,} characters; this has {len(password):,}.", field=field)
    if not _can_be_kept(password):
        raise Invalid("This password has a character that cannot be typed.", field=field)
    normal = _normal(password)  # what will be hashed is what is judged
    if len(normal) < LEAST:
        raise Invalid(f"Use at least {LEAST} characters. A few words are easy to remember.", field=field)
    if (word := _own_word(normal, list(own))) is not None:
        raise Invalid(f"Leave out “{word}”: others know it of you.", field=field)
    known = [*(word for text in own for word in _words(text)), *COMMON]
    guess = zxcvbn(_judged(normal), user_inputs=known, max_length=MOST_JUDGED)
    if float(guess["guesses_log10"]) < LEAST_GUESSES_LOG10:
        why = str(guess["feedback"]["warning"]).rstrip(".") or "This is easy to guess"
        raise Invalid(f"{why}. Use words that do not belong together.", field=field)
    return password


def _judged(password: str) -> str:
    """Return the beginning of a password by which it is judged.

    zxcvbn looks at every part of it in every reading of the signs that may stand for letters: four seconds for 72
    characters with all of them. The more readings there are, the less of it is read; a beginning is never harder to
    guess than the whole.
    """
    beginning = password[:MOST_JUDGED]
    readings = math.prod(max(1, sum(sign in beginning for sign in signs)) for signs in L33T_TABLE.values())
    return beginning[: math.isqrt(MOST_EFFORT // readings)]


def warm() -> None:
    """Do once, at start, what the first check would otherwise wait for."""
    matches("warm", None)
    zxcvbn("warm")


def _can_be_kept(password: str) -> bool:
    """Argon2 takes no NUL, and half of a character is none."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in password)


@functools.cache
def _nobody() -> str:
    """A hash that no password has, so that unknown users cost the same work as known ones."""
    return digest("nobody has this password")


def _normal(password: str) -> str:
    """Keyboards compose accents in different ways; NFKC makes them one."""
    return unicodedata.normalize("NFKC", password)


def _own_word(password: str, own: list[str]) -> str | None:
    """Return what of `own` the password is made of: a whole name in it, or little besides such words."""
    flat = _flat(password)
    for text in own:
        if len(_words(text)) > 1 and (whole := _flat(text)) in flat and len(whole) >= OWN_WORD:
            return text
    rest, found = flat, None
    for word in sorted({w for text in own for w in _words(text)}, key=len, reverse=True):
        if word in rest:
            rest, found = rest.replace(word, ""), found or word
    return found if found and len(rest) < BESIDES_OWN_WORDS else None


def _words(text: str) -> list[str]:
    return [word for word in re.split(r"[\W_]+", _normal(text).casefold()) if len(word) >= OWN_WORD]


def _flat(text: str) -> str:
    return re.sub(r"[\W_]+", "", _normal(text).casefold())
