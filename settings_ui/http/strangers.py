"""Limits the number of open sockets without a session."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

MOST_OPEN = 100
"""Per network and process: enough for an office full of sign-in pages, with bounded memory."""


class OpenSockets:
    """Counts the open sockets of each network."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    @contextmanager
    def room(self, network: str) -> Iterator[bool]:
        """Reserve a place while the socket is open; yields False if none is free."""
        if self._open[network] >= MOST_OPEN:
            yield False
            return
        self._open[network] += 1
        try:
            yield True
        finally:
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]
