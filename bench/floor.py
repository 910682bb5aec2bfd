"""The minimum that a page costs on this machine: static HTML from Starlette, served like ours."""

import sys
from contextlib import AbstractContextManager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from bench.serving import running
from settings_ui.config import ROOT

PORT = 8767
PAGE = '<!doctype html><html lang="en"><title>Floor</title><h2 id="floor">Floor</h2></html>'


def app() -> Starlette:
    """Return the application."""
    return Starlette(routes=[Route("/", _page)])


def serving() -> AbstractContextManager[str]:
    """Serve the app and yield its origin."""
    server = [sys.executable, "-m", "uvicorn", "--factory", "--log-level", "error"]
    return running([*server, "--port", str(PORT), "bench.floor:app"], PORT, folder=ROOT)


async def _page(_request: Request) -> HTMLResponse:
    return HTMLResponse(PAGE)
