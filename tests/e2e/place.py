"""Where a run's servers listen and where its pages are built."""

import contextlib
import fcntl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from settings_ui.config import ROOT
from tests.ports import free_port, is_free

PORT = 8765


@dataclass(frozen=True)
class Place:
    """Where servers of this run listen, and where their pages are built: the address is part of a build."""

    port: int
    pages: Path

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"


@contextlib.contextmanager
def a_place(folder: Path) -> Iterator[Place]:
    """Yield the usual port with the build that is kept from run to run, or a free one that builds anew.

    The usual one belongs to one run at a time, also while its server is down: a second server would share the port.
    """
    with (Path(tempfile.gettempdir()) / f"port-{PORT}-of-browser-tests").open("w") as claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = is_free(PORT)
        except BlockingIOError:
            ours = False
        yield Place(PORT, ROOT / ".web-test") if ours else Place(free_port(), folder / "pages")
