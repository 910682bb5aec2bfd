"""The minimum that a page costs on this machine: static HTML from Starlette, served like ours."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from settings_ui.config import ROOT

PORT = 8767
PAGE = '<!doctype html><html lang="en"><title>Floor</title><h2 id="floor">Floor</h2></html>'


def app() -> Starlette:
    """Return the application."""
    return Starlette(routes=[Route("/", _page)])


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Serve it and yield its origin."""
    granian = str(Path(sys.executable).parent / "granian")
    process = subprocess.Popen(
        [granian, "--interface", "asgi", "--factory", "--port", str(PORT), "--no-log", "bench.floor:app"], cwd=ROOT
    )
    try:
        wait_for(f"http://localhost:{PORT}/")
        yield f"http://localhost:{PORT}"
    finally:
        process.terminate()
        process.wait(10)


async def _page(_request: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)


def wait_for(url: str) -> None:
    """Wait until the port answers."""
    for _ in range(200):
        with contextlib.suppress(URLError, OSError), urlopen(url, timeout=1):
            return
        time.sleep(0.05)
    raise TimeoutError(url)
