"""The built pages and their assets, served from memory: no thread, no file and no stat on the way to first paint."""

from pathlib import Path

from starlette.types import ASGIApp, Receive, Scope, Send

from settings_ui.http.client import header
from settings_ui.http.encodings import best_encoding

SUFFIXES = {"br": ".br", "gzip": ".gz"}
"""The build writes each encoding next to its file."""
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}

Variants = dict[str, tuple[list[tuple[bytes, bytes]], bytes]]
"""Encoding ("" for none) -> headers and body."""


class BuiltPages:
    """Answers GET and HEAD for `/assets/*` and for each built page (with its slash); the app answers the rest.

    The files are read once: a new build needs a new process, as it does for the policy that hashes its scripts.
    """

    def __init__(self, app: ASGIApp, build: Path) -> None:
        self._app = app
        files = [path for path in build.glob("assets/*") if path.suffix in TYPES] + list(build.glob("**/index.html"))
        self._files = {_path(path, build): _variants(path) for path in files}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        known = self._files.get(scope["path"]) if scope["type"] == "http" else None
        if known is None or scope["method"] not in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        headers, body = known[best_encoding(header(scope, b"accept-encoding"), known)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body if scope["method"] == "GET" else b""})


def _path(path: Path, build: Path) -> str:
    served = f"/{path.relative_to(build).as_posix()}"
    return served.removesuffix("index.html")


def _variants(path: Path) -> Variants:
    found: Variants = {}
    for encoding, suffix in {**SUFFIXES, "": ""}.items():
        file = path.with_name(path.name + suffix)
        if file.is_file():
            body = file.read_bytes()
            headers = [("content-type", TYPES[path.suffix]), ("content-length", str(len(body)))]
            headers += [("vary", "Accept-Encoding")]
            headers += [("content-encoding", encoding)] if encoding else []
            found[encoding] = ([(name.encode(), value.encode()) for name, value in headers], body)
    return found
