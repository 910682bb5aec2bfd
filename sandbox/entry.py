"""A card as typed."""

import re
from datetime import UTC, datetime

from sandbox.cards import BY_NUMBER, Card
from sandbox.errors import Refused
from sandbox.params import Params

_EXPIRY = re.compile(r"\s*([0-9]{1,2})\s*/?\s*([0-9]{2}|20[0-9]{2})\s*\Z")
_CVC = re.compile(r"[0-9]{3,4}\Z")


def read_card(fields: Params, now: int) -> tuple[Card, int, int]:
    """Return the test card, its month and its year; raise Refused, saying how to fix it, if the input is not valid."""
    number = re.sub(r"[\s-]", "", fields.text("number") or "")
    if not (number.isascii() and number.isdecimal() and 12 <= len(number) <= 19 and _luhn(number)):
        raise _wrong("Your card number is incorrect.", "incorrect_number")
    expiry = _EXPIRY.match(fields.text("expiry") or "")
    if not expiry:
        raise _wrong("Your card's expiry is incomplete. Write it like 12 / 34.", "invalid_expiry_month")
    month, year = int(expiry[1]), int(expiry[2][-2:]) + 2000
    if not 1 <= month <= 12:
        raise _wrong("Your card's expiration month is invalid.", "invalid_expiry_month")
    today = datetime.fromtimestamp(now, UTC)
    if (year, month) < (today.year, today.month):
        raise _wrong("Your card has expired.", "expired_card")
    if year > today.year + 50:
        raise _wrong("Your card's expiration year is invalid.", "invalid_expiry_year")
    if not _CVC.match(fields.text("cvc") or ""):
        raise _wrong("Your card's security code is incomplete.", "invalid_cvc")
    if number not in BY_NUMBER:
        raise _wrong("Your card was declined. The sandbox takes test cards only.", "card_declined")
    return BY_NUMBER[number], month, year


def _luhn(number: str) -> bool:
    doubled = [int(digit) * (1 + (place % 2)) for place, digit in enumerate(reversed(number))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def _wrong(words: str, code: str) -> Refused:
    return Refused(402, "card_error", words, code=code)
