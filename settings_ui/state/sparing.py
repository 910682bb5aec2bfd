"""Limits what each socket can make us write into the log, whatever it sends."""

from collections import OrderedDict

MOST_LINES = 5
"""Per socket and process. A page of ours causes none, unless its rights or the release changed under it."""
MOST_SOCKETS = 10_000
"""Those that caused a line last; for each of the others the count would begin again."""


class Lines:
    """Counts the lines of the log that each socket caused."""

    def __init__(self) -> None:
        self._written: OrderedDict[str, int] = OrderedDict()

    def room(self, sid: str) -> bool:
        """Count one line of this socket; return whether it may be written."""
        written = self._written.pop(sid, 0) + 1
        self._written[sid] = written
        if len(self._written) > MOST_SOCKETS:
            self._written.popitem(last=False)
        return written <= MOST_LINES


lines = Lines()
