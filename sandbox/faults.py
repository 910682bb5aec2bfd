"""Faults on demand."""

from dataclasses import dataclass


@dataclass
class Faults:
    """All off until turned on; `fail` and `cut_after_charge` count down."""

    fail: int = 0  # this many calls are answered with `status` and do nothing
    status: int = 500
    delay_s: float = 0.0  # every answer of the API is delayed by this
    cut_after_charge: int = 0  # this many connections are closed after a charge was made and stored; -1: always
    duplicate: bool = False  # every webhook is delivered twice
    shuffle: bool = False  # webhooks are delivered out of order

    def fails(self) -> bool:
        """Return whether this call fails, and count it."""
        if self.fail <= 0:
            return False
        self.fail -= 1
        return True

    def cuts(self) -> bool:
        """Return whether this connection is cut, and count it."""
        if self.cut_after_charge > 0:
            self.cut_after_charge -= 1
            return True
        return self.cut_after_charge < 0
