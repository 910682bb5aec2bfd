"""What usage costs: its kinds, rates with the time in which they apply, and exact amounts."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class UsageKind(StrEnum):
    """What the balance pays for, in display order."""

    LOCAL_MINUTE = "local_minute"
    TOLL_FREE_MINUTE = "toll_free_minute"
    LOCAL_NUMBER = "local_number"
    TOLL_FREE_NUMBER = "toll_free_number"
    CALL = "call"


@dataclass(frozen=True)
class Words:
    """The label and the unit of a kind of usage."""

    label: str
    unit: str


WORDS: Mapping[UsageKind, Words] = MappingProxyType(
    {
        UsageKind.LOCAL_MINUTE: Words("Local minutes", "minute"),
        UsageKind.TOLL_FREE_MINUTE: Words("Toll-free minutes", "minute"),
        UsageKind.LOCAL_NUMBER: Words("Local numbers", "month"),
        UsageKind.TOLL_FREE_NUMBER: Words("Toll-free numbers", "month"),
        UsageKind.CALL: Words("Calls", "call"),
    }
)
MINUTES = frozenset({UsageKind.LOCAL_MINUTE, UsageKind.TOLL_FREE_MINUTE})
MINUTE_S = 60
MOST_INCREMENT_S = 3600


@dataclass(frozen=True)
class Rate:
    """The price of one unit in micro-units, set by a plan or an add-on (`owner`), from `since` until `until`.

    Minutes are rounded up to `increment_s` seconds. `price` is the catalogue's own name for it.
    """

    kind: UsageKind
    owner: str
    micros: int
    currency: str
    increment_s: int
    since: datetime
    until: datetime | None = None
    price: str = ""

    @property
    def unit(self) -> str:
        """What one of it is: minute, or minute in steps of 30 s."""
        steps = self.kind in MINUTES and self.increment_s != MINUTE_S
        return WORDS[self.kind].unit + (f" in steps of {self.increment_s} s" if steps else "")

    @property
    def is_of_add_on(self) -> bool:
        """Whether an add-on sets it instead of the plan."""
        return self.owner.startswith("add_on:")

    def billed_s(self, duration_s: int) -> int:
        """Return the seconds charged for a call of this duration, rounded up to whole increments."""
        return whole(duration_s, self.increment_s)

    def cost(self, quantity: int) -> int:
        """Return the cost in micro-units of a quantity: seconds for minutes, otherwise pieces.

        A fraction of a micro-unit is dropped once, for the whole quantity.
        """
        return quantity * self.micros // (MINUTE_S if self.kind in MINUTES else 1)


def whole(duration_s: int, increment_s: int) -> int:
    """Return a duration rounded up to whole increments."""
    return -(-duration_s // increment_s) * increment_s


def plan_owner(plan: str) -> str:
    """Return the owner of a plan's rates."""
    return f"plan:{plan}"


def add_on_owner(add_on: str) -> str:
    """Return the owner of an add-on's rates."""
    return f"add_on:{add_on}"


def rate_of(rates: Iterable[Rate], kind: UsageKind, plan: str, add_ons: Collection[str], at: datetime) -> Rate | None:
    """Return the rate of a kind in force at a moment, or None.

    An add-on's rate replaces the plan's; of several, the lowest applies. Before the first known rate, the first one
    applies.
    """
    owners = [plan_owner(plan), *map(add_on_owner, add_ons)]
    found: dict[str, Rate] = {}
    for rate in sorted((r for r in rates if r.kind is kind and r.owner in owners), key=lambda r: r.since):
        if rate.owner not in found or rate.since <= at:
            found[rate.owner] = rate
    in_force = [rate for rate in found.values() if rate.until is None or at < rate.until]
    return min(in_force, key=lambda rate: (not rate.is_of_add_on, rate.micros), default=None)


def shown_quantity(kind: UsageKind, quantity: int) -> str:
    """Return how much was used: 12 min, 12.5 min, 3 numbers, 7 calls."""
    if kind in MINUTES:
        minutes = f"{quantity / MINUTE_S:,.2f}".rstrip("0").rstrip(".")
        return f"{minutes} min"
    word = "call" if kind is UsageKind.CALL else "number"
    return f"{quantity:,} {word}{'' if quantity == 1 else 's'}"
