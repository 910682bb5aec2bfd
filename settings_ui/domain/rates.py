"""What usage costs: the kinds of it, rates with the time in which they were in force, and exact amounts."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType


class UsageKind(StrEnum):
    """What the balance pays for, in the order in which it is shown."""

    LOCAL_MINUTE = "local_minute"
    TOLL_FREE_MINUTE = "toll_free_minute"
    LOCAL_NUMBER = "local_number"
    TOLL_FREE_NUMBER = "toll_free_number"
    CALL = "call"


@dataclass(frozen=True)
class Words:
    """How a kind of usage is called, and what one of it is."""

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
    """What one of a kind costs, in micro-units, by a plan or an add-on (`owner`), from `since` until `until`.

    Of minutes, begun `increment_s` seconds count whole. `price` is the catalogue's own name for it.
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
        """What one of it is: minute, or minute, begun 30 s count whole."""
        steps = self.kind in MINUTES and self.increment_s != MINUTE_S
        return WORDS[self.kind].unit + (f", begun {self.increment_s} s count whole" if steps else "")

    @property
    def is_of_add_on(self) -> bool:
        """Whether an add-on sets it, in place of the plan."""
        return self.owner.startswith("add_on:")

    def billed_s(self, duration_s: int) -> int:
        """Return the seconds that a call of this duration is charged for: whole increments."""
        return whole(duration_s, self.increment_s)

    def cost(self, quantity: int) -> int:
        """Return the micro-units of so many seconds, for minutes, or else of so many pieces.

        Parts of a micro-unit are not charged, once for the whole quantity.
        """
        return quantity * self.micros // (MINUTE_S if self.kind in MINUTES else 1)


def whole(duration_s: int, increment_s: int) -> int:
    """Return a duration in whole increments."""
    return -(-duration_s // increment_s) * increment_s


def plan_owner(plan: str) -> str:
    """Return the owner of a plan's rates."""
    return f"plan:{plan}"


def add_on_owner(add_on: str) -> str:
    """Return the owner of an add-on's rates."""
    return f"add_on:{add_on}"


def rate_of(rates: Iterable[Rate], kind: UsageKind, plan: str, add_ons: Collection[str], at: datetime) -> Rate | None:
    """Return the rate of a kind that was in force at a moment, as far as it is known; None if there is none.

    An add-on's rate stands in place of the plan's; of several the lowest. Before the first one that is known, that one
    counts.
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
