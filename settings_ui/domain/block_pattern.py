"""What an entry of the block list stops: a number, a prefix, or hidden numbers."""

import re
import unicodedata
from collections.abc import Iterable

import phonenumbers

from settings_ui.domain.errors import Invalid
from settings_ui.domain.phone import (
    ANONYMOUS,
    LONGEST_E164,
    MOST_LENGTH,
    is_hidden,
    parse_number,
    shown_number,
    western,
)

NOTE_LENGTH = 200
PREFIX_DIGITS = 3
SHORTEST_PREFIX = 5
"""Characters of the shortest prefix that can be stored: a plus sign, one digit of country code, three more."""
LONGEST_PREFIX = LONGEST_E164 - 1
MOST_PATTERNS = 1 + LONGEST_PREFIX - SHORTEST_PREFIX + 1
"""A number and all prefixes that can match it."""
_WRITTEN_EXTENSION = re.compile(r"[^\W\d_]|[;,#~]")
_LETTER_OR_DIGIT = re.compile(r"[^\W_]")


def parse_pattern(text: str, region: str, *, field: str) -> str:
    """Return the pattern that the text would block: E.164, an E.164 prefix followed by `*`, or "anonymous"; raise
    Invalid at `field`.

    A prefix ends with `*` and has at least the country code and three digits.
    """
    if len(text.strip()) > MOST_LENGTH:
        return parse_number(text, region, field=field)  # which says so
    given = unicodedata.normalize("NFKC", text.strip()).strip()
    if _LETTER_OR_DIGIT.search(given) and is_hidden(given.casefold().removesuffix(" callers")):
        return ANONYMOUS
    return _prefix(given, region, field) if given.endswith("*") else parse_number(text, region, field=field)


def can_be_blocked(caller: str) -> bool:
    """Whether there can be an entry for just this caller: not for short codes and the like."""
    try:
        return parse_pattern(caller, "ZZ", field="") == caller
    except Invalid:
        return False


def extension_of(text: str, region: str) -> str:
    """Return the extension in a written number, or empty. Nobody can be blocked by extension."""
    if not _WRITTEN_EXTENSION.search(text):
        return ""
    try:
        return phonenumbers.parse(unicodedata.normalize("NFKC", text), region).extension or ""
    except phonenumbers.NumberParseException:
        return ""


def patterns_for(caller: str) -> list[str]:
    """Return every pattern that would stop the caller, the most specific first.

    A prefix may be as long as a number: then it stops that number and longer ones.
    """
    if caller == ANONYMOUS:
        return [ANONYMOUS]
    longest = min(len(caller), LONGEST_PREFIX)
    return [caller, *(f"{caller[:length]}*" for length in range(longest, SHORTEST_PREFIX - 1, -1))]


def strongest(patterns: Iterable[str]) -> str | None:
    """Return the pattern that takes precedence: an exact number over a prefix, a longer prefix over a shorter one."""
    return max(patterns, key=lambda pattern: (not pattern.endswith("*"), len(pattern)), default=None)


def is_prefix(pattern: str) -> bool:
    """Whether the pattern is a prefix."""
    return pattern.endswith("*")


def shown_pattern(pattern: str, region: str) -> str:
    """Return the pattern as people read it."""
    if pattern == ANONYMOUS:
        return "Anonymous callers"
    return f"{_typed(pattern[:-1])}…" if is_prefix(pattern) else shown_number(pattern, region)


def _typed(beginning: str) -> str:
    """Return the beginning of a number as a phone shows it while it is dialled: +1 415-555."""
    shown, formatter = "", phonenumbers.AsYouTypeFormatter("ZZ")
    for character in beginning:
        shown = formatter.input_digit(character)
    return shown.rstrip("- ")


def _prefix(given: str, region: str, field: str) -> str:
    body = western(given.rstrip("*"))
    if not re.fullmatch(r"\s*\+?[\d\s().\-/]*", body, re.ASCII):
        raise Invalid("A prefix is digits followed by a star, like +1 415 555*.", field=field)
    digits = re.sub(r"\D", "", body)
    if not body.lstrip().startswith("+"):
        digits = _international(digits, region, field)
    code = next((digits[:n] for n in (1, 2, 3) if _is_country(digits[:n])), None)
    if code is None:
        raise Invalid("Start the prefix with + and a country code, like +1 415 555*.", field=field)
    if len(digits) < len(code) + PREFIX_DIGITS:
        raise Invalid(
            f"A prefix needs at least {PREFIX_DIGITS} digits after +{code}, so that it does not stop too many calls.",
            field=field,
        )
    if len(digits) >= LONGEST_PREFIX:
        raise Invalid("This prefix is as long as a number. Leave out the star to block just that number.", field=field)
    return f"+{digits}*"


def _is_country(code: str) -> bool:
    return code.isdigit() and int(code) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE and not code.startswith("0")


def _international(digits: str, region: str, field: str) -> str:
    """Turn digits as dialled in the region into those after a plus sign; raise Invalid if ambiguous."""
    data = phonenumbers.PhoneMetadata.metadata_for_region(region)
    if data is None:  # the region has no numbering plan, so nothing can be read as national
        return ""
    if data.international_prefix and (abroad := re.match(data.international_prefix, digits)):
        return digits[abroad.end() :]
    trunk = data.national_prefix or ""
    if trunk and digits.startswith(trunk):
        if trunk[0] not in "01":  # it may also be the first digit of an area code
            raise Invalid(f"Start the prefix with +{data.country_code}, so that its country is clear.", field=field)
        digits = digits[len(trunk) :]
    return f"{data.country_code}{digits}"
