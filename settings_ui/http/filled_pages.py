"""Pages of signed-in users, sent with what they show: as built first, for the browser to paint, then its content."""

import asyncio
import logging
import zlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from settings_ui.config import Config
from settings_ui.domain.errors import Unavailable
from settings_ui.http.built_pages import TYPES
from settings_ui.http.client import header
from settings_ui.http.cookies import session_token
from settings_ui.http.encodings import best_encoding
from settings_ui.services.account.access import token_digest

log = logging.getLogger(__name__)
GZIP = 16 + zlib.MAX_WBITS
BEST = 9
STREAMED = (b"x-accel-buffering", b"no")
"""Without it nginx would send both parts together."""
WAITS_S = 0.5
MOST_AT_ONCE = 4
"""Pages that are filled at the same time; a further one gets its content sooner over the socket."""
FILLS = Path(__file__).with_name("fill_page.js").read_text()


@dataclass(frozen=True)
class Content:
    """What fills a page: the elements of its body, the vars they were drawn from as JSON, and the business that these
    are of."""

    body: str
    state: str
    home: str


Filling = Callable[[str, str, str], Awaitable[Content | None]]
"""Path, query string and digest of the session -> content; None if there is none for them."""


class FilledPages:
    """Answers GET for the pages at `paths` in two parts; `app` answers everything else.

    The second part waits for the content for at most half a second; without it, the page is as it was built, and gets
    its content over the socket.
    """

    def __init__(
        self,
        app: ASGIApp,
        build: Path,
        paths: Iterable[str],
        fill: Filling,
        config: Config,
        *,
        waits_s: float = WAITS_S,
    ) -> None:
        self._app = app
        self._fill = fill
        self._waits_s = waits_s
        self._config = config
        self._filling = 0
        files = {f"{path}/": build / path.removeprefix("/") / "index.html" for path in paths}
        self._pages = {path: _Page(file.read_text()) for path, file in files.items() if file.is_file()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        page = self._pages.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "GET" else None
        in_parts = scope.get("http_version") != "1.0"  # whose clients know no chunks
        token = session_token(self._config, scope) if page and in_parts else None
        if page is None or token is None:
            await self._app(scope, receive, send)
            return
        gzip = best_encoding(header(scope, b"accept-encoding"), {"gzip"}) == "gzip"
        headers = [(b"content-type", TYPES[".html"].encode()), (b"vary", b"Accept-Encoding"), STREAMED]
        headers += [(b"content-encoding", b"gzip")] if gzip else []
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": page.beginning(gzip), "more_body": True})
        query = scope["query_string"].decode("latin-1")
        content = await self._content(scope["path"].rstrip("/"), query, token_digest(token))
        await send({"type": "http.response.body", "body": page.end(content, gzip)})

    async def _content(self, path: str, query: str, digest: str) -> Content | None:
        if self._filling >= MOST_AT_ONCE:
            return None
        self._filling += 1
        # Not cancelled when it takes too long: what it does in a thread would go on, and nothing would count it.
        filling = asyncio.ensure_future(self._fill(path, query, digest))
        filling.add_done_callback(self._end)
        done, _ = await asyncio.wait({filling}, timeout=self._waits_s)
        return filling.result() if done and not filling.exception() else None

    def _end(self, filling: asyncio.Future[Content | None]) -> None:
        self._filling -= 1
        error = None if filling.cancelled() else filling.exception()
        if error and not isinstance(error, Unavailable):  # the page says that itself, once it has asked
            log.error("a page could not be filled", exc_info=error)


class _Page:
    """A built page, cut where its content goes: after its own elements and before its scripts."""

    def __init__(self, html: str) -> None:
        cut = html.index("<script", html.index("<body>"))
        self._beginning, self._end = html[:cut].encode(), html[cut:]
        self._packer = zlib.compressobj(BEST, zlib.DEFLATED, GZIP)
        self._packed = self._packer.compress(self._beginning) + self._packer.flush(zlib.Z_SYNC_FLUSH)

    def beginning(self, gzip: bool) -> bytes:
        """Return the part that the browser can paint."""
        return self._packed if gzip else self._beginning

    def end(self, content: Content | None, gzip: bool) -> bytes:
        """Return the rest."""
        rest = f"{_filling(content) if content else ''}{self._end}".encode()
        if not gzip:
            return rest
        packer = self._packer.copy()
        return packer.compress(rest) + packer.flush()


def _filling(content: Content) -> str:
    state = content.state.replace("<", "\\u003c")
    return (
        f'<template id="filled">{content.body}</template>'
        f'<script type="application/json" id="carried" data-home="{escape(content.home)}">{state}</script>'
        f"<script>{FILLS}</script>"
    )
