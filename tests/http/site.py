"""Our routes behind the edge, with a small stand-in for Reflex, and in-process browsers."""

import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from settings_ui.bootstrap import Services
from settings_ui.http.app import routes
from settings_ui.http.edge import Edge

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
COOKIE = {"http": "session", "https": "__Host-session"}


@dataclass(frozen=True)
class Answer:
    """The answer to a request that no HTTP library would send."""

    status: int
    headers: httpx.Headers
    body: bytes


class Site:
    """The whole stack between a browser's request and a service."""

    def __init__(self, services: Services, build: Path = Path("no-build")) -> None:
        self.config = services.config
        self.build = build
        self.seen: list[dict[str, Any]] = []
        inside = routes()
        inside.router.routes.insert(0, Route("/crash", crash, methods=["GET", "POST"]))
        inside.mount("", self._pages())
        self.app = Edge(inside, services.config, build)

    def browser(self, cookie: str = "", *, address: str = "192.0.2.7", **headers: str) -> httpx.AsyncClient:
        """Return a browser, optionally with a session cookie; it sends an Origin header, as all browsers do."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app, client=(address, 50000), raise_app_exceptions=False),
            base_url=self.config.origin,
            headers={"origin": self.config.origin, "sec-fetch-site": "same-origin"} | headers,
        )
        if cookie:
            client.cookies.set(COOKIE[client.base_url.scheme], cookie)
        return client

    async def raw(
        self,
        method: str,
        path: str,
        *,
        query: bytes = b"",
        headers: Iterable[tuple[str, str]] = (),
        body: Iterable[bytes] = (),
    ) -> Answer:
        """Send a raw request, without an HTTP library's defaults; the Host header is ours unless given."""
        sent = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
        if not any(name == b"host" for name, _ in sent):
            sent.append((b"host", self.config.host.encode()))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query,
            "root_path": "",
            "headers": sent,
            "client": ("192.0.2.7", 50000),
            "server": ("localhost", 8000),
        }
        chunks = [*body]
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            more = len(chunks) > 1
            return {"type": "http.request", "body": chunks.pop(0) if chunks else b"", "more_body": more}

        async def send(message: Any) -> None:
            messages.append(message)

        await self.app(scope, receive, send)
        starts = [message for message in messages if message["type"] == "http.response.start"]
        assert len(starts) == 1, "one answer, not several"
        content = b"".join(message.get("body", b"") for message in messages)
        return Answer(starts[0]["status"], httpx.Headers(starts[0]["headers"]), content)

    def _pages(self) -> Starlette:
        """Stands in for the built pages: files, served as Reflex does."""

        async def page(request: Request) -> Response:
            self.seen.append(dict(request.scope))
            return HTMLResponse("<!doctype html><title>A page</title>")

        async def asset(_request: Request) -> Response:
            return PlainTextResponse("export {}", media_type="text/javascript")

        async def chunks(request: Request) -> Response:
            await request.body()

            async def parts() -> AsyncIterator[bytes]:
                yield b"a"
                yield b"b"

            return StreamingResponse(parts(), media_type="text/plain")

        pages = [
            Route(f"{path}/", page)
            for path in ("/settings", "/sign-in", "/forgot-password", "/reset-password", "/dashboard", "/calls")
        ]
        others = [
            Route("/chunks", chunks, methods=["GET", "POST"]),
            Route("/switchboard.css", asset),
            Route("/assets/index-1a2b3c.js", asset),
        ]
        return Starlette(routes=[*pages, *others])


async def crash(_request: Request) -> Response:
    """One of our routes that crashes."""
    raise RuntimeError("a secret that only the log may have")


def session_in(answer: httpx.Response) -> str:
    """Return the session that an answer sets; empty if none."""
    found = re.search(r"session=([^;]*)", answer.headers.get("set-cookie", ""))
    return found.group(1).strip('"') if found else ""


def telling(headers: httpx.Headers) -> list[tuple[str, str]]:
    """Return the headers of an answer except the request id, which is unique."""
    return [(name, value) for name, value in headers.multi_items() if name != "x-request-id"]


def assert_guarded(answer: Answer) -> None:
    """Assert that an answer has the security headers of every answer."""
    assert {name: answer.headers.get(name) for name in ALWAYS} == ALWAYS
    policy = answer.headers["content-security-policy"]
    for part in ("default-src 'none'", "base-uri 'none'", "object-src 'none'", "frame-ancestors 'none'"):
        assert part in policy
    for part in ("'unsafe-eval'", "https:", "http:", " * ", "*;", "script-src 'unsafe-inline'"):
        assert part not in policy
    permissions = answer.headers["permissions-policy"]
    assert "camera=()" in permissions
    assert "payment=()" in permissions
    assert answer.headers["cache-control"]
    assert answer.headers["x-request-id"].startswith("req_")
    assert "server" not in answer.headers
