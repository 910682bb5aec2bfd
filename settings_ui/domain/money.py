"""Money as integer micro-units of a currency, so that a rate of $0.0125 per minute is exact."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from settings_ui.domain.errors import Invalid

MICROS = 1_000_000
CENT = 10_000
"""Micro-units per cent, the smallest unit that a card is charged; all currencies in `places` have cents."""
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "AUD": "A$", "CAD": "CA$", "NZD": "NZ$"}
_AMOUNT = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.(\d{1,12}))?", re.ASCII)


@dataclass(frozen=True)
class Money:
    """An amount of a currency in micro-units; may be negative."""

    micros: int
    currency: str

    @classmethod
    def of_cents(cls, cents: int, currency: str) -> "Money":
        """Return the amount for a number of cents."""
        return cls(cents * CENT, currency)

    def __str__(self) -> str:
        """Return it like $1,234.56. Fractions of a cent are truncated, so that it never shows more than there is."""
        sign = "−" if self.micros < 0 else ""
        cents = -(self.micros // CENT) if self.micros < 0 else self.micros // CENT
        return f"{sign}{prefix(self.currency)}{cents // 100:,}.{cents % 100:02}"

    @property
    def exact(self) -> str:
        """The exact amount without a currency sign, with two or more decimals: 1234.5625."""
        whole, decimals = self._parts
        return f"{'-' if self.micros < 0 else ''}{whole}.{decimals}"

    @property
    def full(self) -> str:
        """The amount as people write it, with all of its decimals, at least two: $1,234.5625."""
        whole, decimals = self._parts
        return f"{'−' if self.micros < 0 else ''}{prefix(self.currency)}{whole:,}.{decimals}"

    @property
    def _parts(self) -> tuple[int, str]:
        whole, rest = divmod(abs(self.micros), MICROS)
        return whole, f"{rest:06}".rstrip("0").ljust(2, "0")


def in_a_column(amounts: Sequence[str]) -> list[str]:
    """Return amounts aligned at their decimal points: shorter ones are padded with spaces as wide as digits."""
    most = max((len(amount.partition(".")[2]) for amount in amounts), default=0)
    return [amount + "\u2007" * (most - len(amount.partition(".")[2])) for amount in amounts]


def shown_rate(micros: int, currency: str) -> str:
    """Return a rate with four decimals, or six where four would not be exact: $0.0125."""
    decimals = 4 if micros % 100 == 0 else 6
    whole, rest = divmod(micros, MICROS)
    return f"{prefix(currency)}{whole:,}.{f'{rest:06}'[:decimals]}"


def prefix(currency: str) -> str:
    """Return what precedes an amount: the currency's sign, or its code if it has no well-known sign."""
    return SIGNS.get(currency, f"{currency} ")


def parse_cents(text: str, currency: str, *, least: int, most: int, field: str) -> int:
    """Return an amount as people write it ("25", "$1,250.50") in cents; raise Invalid at `field`.

    `least` and `most` are cents.
    """
    bounds = f"{_short(least, currency)} to {_short(most, currency)}"
    given = text.strip().removesuffix(currency).removeprefix(currency).strip().removeprefix(prefix(currency).strip())
    found = _AMOUNT.fullmatch(given.strip())
    if found is None:
        raise Invalid(f"Enter an amount from {bounds}, like {_short(2500, currency)}.", field=field)
    decimals = (found[2] or "").ljust(2, "0")
    if decimals[2:].strip("0"):
        raise Invalid("Enter an amount with at most two decimals.", field=field)
    cents = int(found[1].replace(",", "")) * 100 + int(decimals[:2])
    if not least <= cents <= most:
        raise Invalid(f"Enter an amount from {bounds}.", field=field)
    return cents


def _short(cents: int, currency: str) -> str:
    return str(Money.of_cents(cents, currency)).removesuffix(".00")
