"""Passwords: argon2id through passlib, and the one rule that holds so far. Every call here takes tens of milliseconds:
run it off the event loop."""

import functools
import warnings

from settings_ui.domain.errors import Invalid

with warnings.catch_warnings():
    # passlib 1.7.4 looks for `crypt` and for argon2's old version attribute; both are only deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    from passlib.context import CryptContext

LEAST = 15
MOST = 1000

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
        return str(_context.hash(password))


def matches(password: str, stored: str | None) -> bool:
    """Whether the password is the one behind `stored`; takes the same time when there is none or it is too long."""
    usable = stored is not None and len(password) <= MOST and "\0" not in password
    right = bool(_context.verify(password if usable else "no such password", stored or _nobody()))
    return right and usable


def accept(password: str, *, field: str) -> str:
    """Return the password if it may be set: 15 to 1,000 characters, no NUL; raise Invalid at `field` otherwise."""
    if len(password) < LEAST:
        raise Invalid(f"Use at least {LEAST} characters; a few words are easy to remember.", field=field)
    if len(password) > MOST:
        raise Invalid(f"A password can have {MOST:,} characters.", field=field)
    if "\0" in password:
        raise Invalid("This password has a character that cannot be typed.", field=field)
    return password


def warm() -> None:
    """Do once, at start, what the first check would otherwise wait for."""
    matches("warm", None)


@functools.cache
def _nobody() -> str:
    """A hash that no password has, so that unknown users cost the same work as known ones."""
    return digest("nobody has this password")
