"""Passwords: hashing with argon2id through passlib, and which are accepted. Hashing takes tens of milliseconds and must
never run on the event loop."""

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
    # passlib 1.7.4 uses `crypt` and argon2's old version attribute, which are deprecated but work.
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.context import CryptContext

LEAST = 15
MOST = 1000
LEAST_GUESSES_LOG10 = 10
"""The minimum of zxcvbn's estimate: more than an offline attack on argon2 can try in any useful time."""
MOST_JUDGED = 72
"""The longest prefix that is judged, in characters."""
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
    """Whether the password matches `stored`. Takes the same time if `stored` is None or the password is too long."""
    usable = stored is not None and len(password) <= MOST and _can_be_kept(password)
    right = bool(_context.verify(_normal(password) if usable else "no such password", stored or _nobody()))
    return right and usable


def same(one: str, other: str) -> bool:
    """Whether two passwords are equal after Unicode normalisation."""
    return _normal(one) == _normal(other)


def accept(password: str, *, field: str, own: Iterable[str] = ()) -> str:
    """Return the password if it is acceptable: 15 to 1,000 characters, not common, not derived from `own`.

    `own` is what others know about the person: name, email, businesses. Raises Invalid at `field` with the reason.
    """
    if len(password) > MOST:
        raise Invalid(f"A password can have up to {MOST:,} characters; this has {len(password):,}.", field=field)
    if not _can_be_kept(password):
        raise Invalid("This password contains a character that cannot be typed.", field=field)
    normal = _normal(password)  # judge exactly what will be hashed
    if len(normal) < LEAST:
        raise Invalid(f"Use at least {LEAST} characters; this has {len(normal)}.", field=field)
    if (word := _own_word(normal, list(own))) is not None:
        raise Invalid(f"Do not use “{word}”: others can guess it.", field=field)
    known = [*(word for text in own for word in _words(text)), *COMMON]
    guess = zxcvbn(_judged(normal), user_inputs=known, max_length=MOST_JUDGED)
    if float(guess["guesses_log10"]) < LEAST_GUESSES_LOG10:
        why = str(guess["feedback"]["warning"]).rstrip(".") or "This is easy to guess"
        raise Invalid(f"{why}. Use unrelated words.", field=field)
    return password


def _judged(password: str) -> str:
    """Return the prefix of a password by which its strength is judged.

    zxcvbn examines every substring under every substitution of symbols for letters: four seconds for 72 characters if
    all could be substituted. The more substitutions are possible, the shorter the prefix; a prefix is never harder to
    guess than the whole.
    """
    beginning = password[:MOST_JUDGED]
    readings = math.prod(max(1, sum(sign in beginning for sign in signs)) for signs in L33T_TABLE.values())
    return beginning[: math.isqrt(MOST_EFFORT // readings)]


def warm() -> None:
    """Do the one-time setup at start, so that the first check does not wait for it."""
    matches("warm", None)
    zxcvbn("warm")


def _can_be_kept(password: str) -> bool:
    """Argon2 rejects NUL, and a lone surrogate is not a character."""
    return not any(c == "\0" or "\ud800" <= c <= "\udfff" for c in password)


@functools.cache
def _nobody() -> str:
    """A hash that matches no password, so that unknown users cost the same work as known ones."""
    return digest("nobody has this password")


def _normal(password: str) -> str:
    """Keyboards compose accents differently; NFKC makes the results equal."""
    return unicodedata.normalize("NFKC", password)


def _own_word(password: str, own: list[str]) -> str | None:
    """Return the word of `own` that the password is derived from: a whole name in it, or little else than such
    words."""
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
