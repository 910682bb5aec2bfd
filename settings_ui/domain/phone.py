"""Phone numbers: one E.164 form for every way of writing a number, and the form that people read."""

import re
import unicodedata
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from settings_ui.domain.errors import Invalid
from settings_ui.domain.text import without_invisible

ANONYMOUS = "anonymous"
_HIDDEN = {
    "",
    "anonymous",
    "anonymous@anonymous.invalid",
    "blocked",
    "private",
    "restricted",
    "unavailable",
    "unknown",
    "withheld",
    # Networks that can only send digits spell the words above on a phone keypad.
    "+2562533",
    "+266696687",
    "+7378742833",
    "+7748283",
    "+86282452253",
    "+8656696",
}
_SAID_OTHERWISE = {
    *("anonymouscaller", "blockedcaller", "callerunknown", "idunavailable", "nocallerid", "nonumber", "notavailable"),
    *("numberwithheld", "outofarea", "privatecaller", "privatenumber", "restrictednumber", "unknowncaller"),
    *("unknownnumber", "withheldnumber"),
}
"""Longer words for a hidden number, that callers may have and nobody types into the block list."""
_SEPARATORS = re.compile(r"[\s()\-]")
_BETWEEN_DIGITS = re.compile(r"[\s().\-/]")
_SIP = re.compile(r"(?:[^<]*<)?\s*sips?:(\+?[0-9().-]+|[a-z]+)[@;].*", re.IGNORECASE)
"""A SIP address whose user is a number or a word, alone or after a display name."""
_ADDRESS = re.compile(r"(?:[^<]*<)?\s*(?:sips?|tel):([^@;>]+).*", re.IGNORECASE)
"""A SIP or telephone address with any user."""
_SHORTENED = re.compile(r"[0-9]+(?:[.,][0-9]+)?e\+?[0-9]+", re.IGNORECASE)
_LOCAL_DIGITS = range(7, 16)
MOST_LENGTH = 64
MOST_SENT = 255
"""Characters of a caller as a network sends it: a SIP address with a display name and parameters."""
LONGEST_E164 = 16
"""A plus sign and 15 digits; some numbering plans would accept more."""


def parse_number(text: str, region: str, *, field: str) -> str:
    """Return the number, or the user of a SIP address, as E.164 without its extension. Raise Invalid at `field`, saying
    how to fix it.

    `region` is the two-letter country in which national formats are read.
    """
    given = unicodedata.normalize("NFKC", text.strip()[: MOST_LENGTH + 1]).strip()
    if not given:
        raise Invalid("Enter a phone number.", field=field)
    if len(text.strip()) > MOST_LENGTH or len(given) > MOST_LENGTH:
        raise Invalid("This number is too long for a phone number.", field=field)
    number = _e164(_user(given), region)
    if number is None:
        raise Invalid(_help(region), field=field)
    return number


def parse_caller(text: str, region: str, *, field: str) -> str:
    """Return a caller as E.164, or "anonymous" for the values that networks send for a hidden number.

    Anything else stays as the network sent it, up to 64 characters: a short code, an extension, a name, a forged number
    of the wrong length. The call took place whoever made it. Raises Invalid at `field` only for a number that a
    spreadsheet has shortened.
    """
    given = unicodedata.normalize("NFKC", text[:MOST_SENT]).strip().replace("%2B", "+")
    if is_hidden(given) or _SEPARATORS.sub("", given.casefold()) in _SAID_OTHERWISE:
        return ANONYMOUS
    user = _user(given)
    if len(user) <= MOST_LENGTH and (number := _e164(user, region)):
        return number
    if _SHORTENED.fullmatch(given):
        raise Invalid("A spreadsheet has shortened this number. Format the column as text.", field=field)
    return _as_sent(given)


def parse_sought_caller(text: str, region: str, *, field: str) -> str:
    """Return a caller to look for, as `parse_caller`. Raise Invalid at `field` for a number without its area code,
    saying how to fix it: nobody would be found by it."""
    caller = parse_caller(text, region, field=field)
    if caller.isdigit() and len(caller) in _LOCAL_DIGITS:
        raise Invalid(_help(region), field=field)
    return caller


def is_hidden(text: str) -> bool:
    """Whether this is what networks send for a hidden number, including nothing at all."""
    given = unicodedata.normalize("NFKC", text[:MOST_SENT]).strip()
    return _SEPARATORS.sub("", _user(given).casefold()) in _HIDDEN


@lru_cache(maxsize=16_384)
def is_toll_free(number: str) -> bool:
    """Whether the number is toll-free for the caller."""
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.number_type(parsed) == PhoneNumberType.TOLL_FREE


def shown_number(number: str, region: str) -> str:
    """Return the number as people in the region write it: national for their country, else international."""
    if number == ANONYMOUS:
        return "Anonymous"
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return number
    own = parsed.country_code == phonenumbers.country_code_for_region(region)
    return phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL if own else PhoneNumberFormat.INTERNATIONAL)


def western(digits: str) -> str:
    """Return digits of any script as 0 to 9, and anything else unchanged."""
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else c for c in digits)


def _as_sent(given: str) -> str:
    """Return a caller without a number: digits without what separates them, or a text in one line."""
    address = _ADDRESS.fullmatch(given)
    sent = " ".join(without_invisible(address[1] if address else given).split())
    digits = western(_BETWEEN_DIGITS.sub("", sent))
    kept = digits if digits.removeprefix("+").isdigit() and digits.isascii() else sent
    return kept[:MOST_LENGTH].strip() or ANONYMOUS


def _user(given: str) -> str:
    """Return the user of a SIP address, or anything else as it is."""
    found = _SIP.fullmatch(given)
    return found[1] if found else given


@lru_cache(maxsize=16_384)
def _e164(given: str, region: str) -> str | None:
    """Return the number as E.164, or None if it is not a number. A number without area code is not one."""
    try:
        number = phonenumbers.parse(given, region)
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number_with_reason(number) == phonenumbers.ValidationResult.IS_POSSIBLE
    if not possible or number.national_number == 0:
        return None
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return e164 if len(e164) <= LONGEST_E164 else None


def _help(region: str) -> str:
    example = phonenumbers.example_number(region)
    if example is None:
        return "Enter the number with its country code, like +1 415 555 0132."
    shown = phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL)
    return f"Enter the number with its area code, like {shown}."
