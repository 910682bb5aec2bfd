"""What a threshold would change, from counts by duration. Every answer comes from precomputed suffix sums."""

import bisect
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

MOST_MOVED = 3
WIDTHS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600)
MOST_BINS = 30


@dataclass(frozen=True)
class Bin:
    """Calls of at least `start_s` and less than `end_s` seconds (None: unbounded); `below` are under the threshold."""

    start_s: int
    end_s: int | None
    below: int
    above: int


@dataclass(frozen=True)
class Durations:
    """Completed calls by duration: `seconds` ascending, and for each the number of calls at least that long."""

    seconds: tuple[int, ...] = ()
    at_least: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        """All completed calls."""
        return self.at_least[0] if self.at_least else 0

    def above(self, threshold_s: int) -> int:
        """Return the number of calls of `threshold_s` seconds or more."""
        place = bisect.bisect_left(self.seconds, threshold_s)
        return self.at_least[place] if place < len(self.seconds) else 0

    def bins(self, threshold_s: int) -> list[Bin]:
        """Return at most thirty bins of equal width; the last one is open-ended, so that together they contain every
        call."""
        width = self._width()
        found, start = [], 0
        for place in range(MOST_BINS):
            end = None if place == MOST_BINS - 1 else start + width
            inside = self.above(start) - (self.above(end) if end is not None else 0)
            split = max(start, threshold_s)
            above = self.above(split) - (self.above(max(split, end)) if end is not None else 0)
            found.append(Bin(start, end, inside - above, above))
            start += width
        return found

    def _width(self) -> int:
        """Return the smallest width at which 95% of calls lie before the last bin."""
        allowed = self.total // 20
        for width in WIDTHS_S:
            if self.above(width * (MOST_BINS - 1)) <= allowed:
                return width
        return WIDTHS_S[-1]


def durations(completed: Mapping[int, int]) -> Durations:
    """Return the durations for completed calls by duration in seconds."""
    seconds = sorted(completed)
    sums = list(accumulate(completed[s] for s in reversed(seconds)))
    return Durations(tuple(seconds), tuple(reversed(sums)))


def most_moved(moves: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the sources with the largest changes in either direction, ties by name."""
    return sorted(moves.items(), key=lambda move: (-abs(move[1]), move[0]))[:MOST_MOVED]
