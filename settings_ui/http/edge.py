"""The outermost layer: every request and socket passes here first."""

import logging
import re
from pathlib import Path
from time import perf_counter
from urllib.parse import parse_qs, quote

import anyio.to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings_ui.bootstrap import services
from settings_ui.config import Config
from settings_ui.domain.access import DESK_PATH, Page, Person, StaffActor, pages
from settings_ui.domain.attachments import MOST_BYTES as MOST_ATTACHMENT_BYTES
from settings_ui.domain.errors import Unavailable
from settings_ui.http.app import routes
from settings_ui.http.auth import safe_next
from settings_ui.http.client import client_address, header
from settings_ui.http.cookies import session_token
from settings_ui.http.errors import TooLarge, failed, json_error, too_large
from settings_ui.http.filled_pages import FILLS
from settings_ui.http.frames import only_spoken
from settings_ui.http.observing import answered
from settings_ui.http.plain_page import THEME_SCRIPT
from settings_ui.http.script_hash import script_hash
from settings_ui.http.strangers import OpenSockets
from settings_ui.http.webhooks import MOST_BYTES as MOST_EVENT_BYTES
from settings_ui.http.webhooks import WEBHOOK_PATH
from settings_ui.services.account.access import token_digest
from settings_ui.services.account.avatars import MOST_BYTES, UPLOAD_PATH
from settings_ui.services.account.sign_in import network_of
from settings_ui.services.blocked_callers.import_file import IMPORT_PATH
from settings_ui.services.blocked_callers.import_file import MOST_BYTES as MOST_FILE_BYTES
from settings_ui.services.support.attachments import ATTACHMENTS_PATH
from settings_ui.telemetry import trail

log = logging.getLogger(__name__)
BODY_LIMIT = 64 * 1024
BODY_LIMITS = {
    UPLOAD_PATH: MOST_BYTES,
    IMPORT_PATH: MOST_FILE_BYTES,
    ATTACHMENTS_PATH: MOST_ATTACHMENT_BYTES,
    WEBHOOK_PATH: 4 * MOST_EVENT_BYTES,
}
SAFE = {"GET", "HEAD", "OPTIONS"}
MEMBER_PAGES = {*(page.path for page in Page), "/vocabulary"}
OUR_PAGES = MEMBER_PAGES | {DESK_PATH}
PUBLIC_PAGES = {"/sign-in", "/sign-in-link", "/forgot-password", "/reset-password"}
ANY_HOST = ("/api/", "/health", "/metrics", "/ping")
SEVERAL = ("/assets/", "/avatars/", "/api/", "/_event")
OF_SOCKETS = {b"connection", b"origin", b"sec-websocket-protocol", b"upgrade"}
"""The headers of a handshake that Socket.IO and Reflex look at."""
LONGEST_QUERY = 256
"""Bytes of a socket's query: the window's token and a few words. Anything longer was written by hand."""
NOWHERE = "base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


class Edge:
    """Checks host, origin, body size and page access, replaces the cookie by its digest, and adds headers to every
    answer."""

    def __init__(self, app: ASGIApp, config: Config, build: Path) -> None:
        self._app = app
        self._config = config
        self._headers = security_headers(config)
        self._page_policy = page_policy(build)
        self._strangers = OpenSockets()
        self._routes = {*(route.path for route in routes().routes), *MEMBER_PAGES, *PUBLIC_PAGES, "/"}  # type: ignore[attr-defined]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        elif scope["type"] == "http":
            await self._observed(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not same_origin(scope, self._config.origin):
            return await _refuse(receive, send, 4403, "foreign origin")
        if len(scope["query_string"]) > LONGEST_QUERY:
            return await _refuse(receive, send, 4414, "too long an address")
        token = session_token(self._config, scope)
        # Reflex keeps the headers in its state, for an hour, maybe in Redis: the digest may be there, the cookie must
        # not, and nothing else is needed, so the rest is dropped.
        kept = {k: v for k, v in scope["headers"] if k in OF_SOCKETS and len(v) <= LONGEST_QUERY}
        if token:
            kept[b"authorization"] = f"session {token_digest(token)}".encode()
        inside, speaking = {**scope, "headers": list(kept.items())}, only_spoken(receive, send)
        if person := await _known(token) if token else None:
            if await anyio.to_thread.run_sync(services().account.strangers.person_may_begin, person.user_id):
                return await self._app(inside, speaking, send)
            return await _refuse(receive, send, 4429, "too many windows")
        network = network_of(client_address(scope, self._config.trusted_proxy_hops))
        with self._strangers.room(network) as room:
            if room and await anyio.to_thread.run_sync(services().account.strangers.may_begin, network):
                return await self._app(inside, speaking, send)
        return await _refuse(receive, send, 4429, "too many windows without a session")

    async def _observed(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Give the request an id, also on its answer, and let no exception out: the log has it under that id."""
        began, name, status = perf_counter(), trail.begin().id, 0
        guarded = self._with_headers(scope, name, send)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await guarded(message)

        try:
            await self._request(scope, receive, sending)
        except Exception:
            log.exception("request %s failed", name)
            if not status:
                await failed(Request(scope))(scope, receive, sending)
        finally:
            answered(scope, self._route(scope["path"]), status, perf_counter() - began)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        if scope["method"] in SAFE:
            if header(scope, b"host").lower() != self._config.host and not path.startswith(ANY_HOST):
                return await self._redirect(self._config.origin + _full_path(scope), 307, scope, receive, send)
        elif not same_origin(scope, self._config.origin):
            return await json_error(403, "foreign_origin", "This request came from another site.")(scope, receive, send)
        declared = header(scope, b"content-length")
        limit = BODY_LIMITS.get(path, BODY_LIMIT)
        if declared and not _is_at_most(limit, declared):
            return await too_large(limit)(scope, receive, send)
        if (target := await self._elsewhere(scope, path)) is not None:
            return await self._redirect(target, 303, scope, receive, send)
        if path.rstrip("/") in OUR_PAGES | PUBLIC_PAGES:
            scope = {**scope, "path": f"{path.rstrip('/')}/"}
        return await self._app(scope, _counted(receive, limit), send)

    async def _elsewhere(self, scope: Scope, path: str) -> str | None:
        """Return where to redirect the visitor of a page, or None to serve it."""
        page = path.rstrip("/") or "/"
        if scope["method"] not in SAFE or page not in OUR_PAGES | {"/", "/sign-in"}:
            return None
        token = session_token(self._config, scope)
        try:
            person = await _person(token) if token else None
        except Unavailable:
            return None  # the page says that the database is down; the sign-in page could not help
        if page == "/sign-in":
            asked = parse_qs(scope["query_string"].decode("latin-1")).get("next", [""])[0]
            return safe_next(asked) if person else None
        if person is None:
            return "/sign-in" if page == "/" else f"/sign-in?next={quote(_full_path(scope), safe='')}"
        if isinstance(person, StaffActor):
            return None if page == DESK_PATH else DESK_PATH
        return pages(person)[0].path if page in ("/", DESK_PATH) else None

    def _route(self, path: str) -> str:
        """Return the path of a known page or route, one label per kind of file, and one for everything else."""
        page = path.rstrip("/") or "/"
        if page in self._routes:
            return page
        return next((f"{beginning}…" for beginning in SEVERAL if path.startswith(beginning)), "other")

    def _with_headers(self, scope: Scope, request_id: str, send: Send) -> Send:
        immutable = scope["path"].startswith("/assets/")
        # Cuts the page off from a foreign opener, for which browsers start another process. With a typed URL, or from
        # our own pages, there is no foreign opener, and the page loads faster without.
        cut_off = header(scope, b"sec-fetch-site") not in ("none", "same-origin")

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                for name, value in self._headers.items():
                    headers[name] = value
                if cut_off:
                    headers["Cross-Origin-Opener-Policy"] = "same-origin"
                if headers.get("content-type", "").startswith("text/html"):
                    headers["Content-Security-Policy"] = self._page_policy
                if immutable and message["status"] < 400:
                    headers["Cache-Control"] = "public, max-age=31536000, immutable"
                elif "cache-control" not in headers:
                    page = headers.get("content-type", "").startswith(("text/html", "application/json"))
                    headers["Cache-Control"] = "no-store" if page else "no-cache"
            await send(message)

        return sending

    async def _redirect(self, to: str, status: int, scope: Scope, receive: Receive, send: Send) -> None:
        await RedirectResponse(to, status)(scope, receive, send)


def same_origin(scope: Scope, origin: str) -> bool:
    """Browsers send the origin of a request; a client that does not is not a browser and has nobody's cookie."""
    if said := header(scope, b"origin"):
        return said.lower() == origin
    return header(scope, b"sec-fetch-site") in ("", "same-origin", "none")


def security_headers(config: Config) -> dict[str, str]:
    """Return the headers of every answer; pages get a longer policy instead."""
    headers = {
        "Content-Security-Policy": f"default-src 'none'; {NOWHERE}",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if config.secure:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return headers


def page_policy(build: Path) -> str:
    """Return the policy of pages; it allows only the inline scripts of the build."""
    allowed = {script_hash(THEME_SCRIPT), script_hash(FILLS)}
    for page in sorted(build.glob("**/*.html")):
        allowed.update(script_hash(script) for script in SCRIPT.findall(page.read_bytes()))
    scripts = " ".join(sorted(allowed))
    return (
        f"default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; "
        f"{NOWHERE}"
    )


def _is_at_most(limit: int, declared: str) -> bool:
    return declared.isascii() and declared.isdigit() and len(declared) < 20 and int(declared) <= limit


def _counted(receive: Receive, limit: int) -> Receive:
    """Stop reading at the limit, even if no length was declared; reading further raises TooLarge."""
    seen = 0

    async def receiving() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise TooLarge(limit)
        return message

    return receiving


def _full_path(scope: Scope) -> str:
    path = quote(scope["path"], safe="/%:@!$&'()*+,;=~-._")
    query = scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


async def _refuse(receive: Receive, send: Send, code: int, reason: str) -> None:
    await receive()
    await send({"type": "websocket.close", "code": code, "reason": reason})


async def _known(token: str) -> Person | None:
    try:
        return await _person(token)
    except Unavailable:
        return None


async def _person(token: str) -> Person | None:
    return await anyio.to_thread.run_sync(services().account.access.person, token_digest(token))
