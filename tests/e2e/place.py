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
    """Where this run's servers listen, and where their pages are built: the address is part of the build."""

    port: int
    pages: Path

    @property
    def origin(self) -> str:
        return f"http://localhost:{self.port}"


@contextlib.contextmanager
def a_place(folder: Path) -> Iterator[Place]:
    """Yield the usual port with its cached build or, if it is taken, a free port with a fresh build.

    Only one run at a time holds the usual port, even while its server is down, or a second server could take it.
    """
    with (Path(tempfile.gettempdir()) / f"port-{PORT}-of-browser-tests").open("w") as claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            ours = is_free(PORT)
        except BlockingIOError:
            ours = False
        yield Place(PORT, ROOT / ".web-test") if ours else Place(free_port(), folder / "pages")
