"""Servers of pages that ours is compared with."""

import contextlib
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen


@contextlib.contextmanager
def running(
    command: Sequence[str], port: int, *, folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run a server in a folder and yield its origin once it answers."""
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    try:
        origin = f"http://localhost:{port}"
        _wait_for(f"{origin}/")
        yield origin
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(url: str) -> None:
    for _ in range(200):
        with contextlib.suppress(URLError, OSError), urlopen(url, timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(url)
