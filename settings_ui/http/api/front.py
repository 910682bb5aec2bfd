"""The API as one ASGI application, and how it comes before everything else."""

import logging
from collections.abc import Callable
from time import perf_counter

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from settings_ui.bootstrap import Services
from settings_ui.bootstrap import services as of_this_process
from settings_ui.config import Config
from settings_ui.domain.errors import DomainError
from settings_ui.http.api.admission import IN_ADDRESS, has_key_in_address
from settings_ui.http.api.answers import PREFIX, Failed, ForeignOrigin, dumps, error, rate_limit
from settings_ui.http.api.app import application
from settings_ui.http.api.hot import Hot, hot
from settings_ui.http.client import client_address
from settings_ui.http.edge import SAFE, same_origin, security_headers
from settings_ui.http.encodings import best_encoding
from settings_ui.http.observing import answered
from settings_ui.services.api_keys.check import Caller
from settings_ui.telemetry import trail

LENGTH, END = len(PREFIX), ("/", "")
LARGE, IN_A_THREAD = 1024, 16 * 1024
"""Bytes from which on an answer is compressed, and from which on that would hold up others."""
log = logging.getLogger(__name__)


class ApiFirst:
    """Answers API requests, and passes everything else on. It is the outermost layer, since every layer above the two
    hot paths would cost as much as they do."""

    def __init__(self, api: ASGIApp, others: ASGIApp) -> None:
        self._api = api
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        ours = (
            scope["type"] == "http" and scope["path"].startswith(PREFIX) and scope["path"][LENGTH : LENGTH + 1] in END
        )
        await (self._api if ours else self._others)(scope, receive, send)


class Api:
    """Gives the request an id, adds the headers to its answer, refuses keys in URLs, and lets no exception out."""

    def __init__(self, config: Config, services: Callable[[], Services] = of_this_process) -> None:
        self._origin = config.origin
        self._hops = config.trusted_proxy_hops
        self._services = services
        self._app = GZipMiddleware(
            application(config.origin), minimum_size=LARGE, compresslevel=4, thread_minimum_size=IN_A_THREAD
        )
        times, within_s = config.api_limit
        headers = security_headers(config) | {
            "Cache-Control": "no-store",
            "RateLimit-Policy": f'"key";q={times};w={within_s}',
        }
        self._headers = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. HEAD is GET, whose body the server leaves out."""
        if scope["method"] == "HEAD":
            scope = {**scope, "method": "GET"}
        began, name = perf_counter(), trail.begin().id
        services = self._services()
        scope = {**scope, "root_path": PREFIX, "api_request_id": name, "api_services": services}
        headers = [*self._headers, (b"x-request-id", name.encode())]
        status, answer = 0, hot(scope)

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = message["headers"]
                names = {header for header, _ in own}
                ours = (*headers, *_left(scope))
                message = {**message, "headers": [*own, *(pair for pair in ours if pair[0] not in names)]}
            await send(message)

        try:
            if has_key_in_address(scope):
                raise services.api_keys.admission.refuse(client_address(scope, self._hops), IN_ADDRESS)
            if scope["method"] not in SAFE and not same_origin(scope, self._origin):
                raise ForeignOrigin("This request came from another site.")
            if answer:
                await self._ok(scope, headers, await answer(scope, receive, services), send)
                status = 200
            else:
                scope["headers"] = [_offer(*pair) for pair in scope["headers"]]
                await self._app(scope, receive, sending)
        except DomainError as problem:
            await error(scope, problem)(scope, receive, sending)
        except ClientDisconnect:
            return
        except Exception:
            log.exception("request %s failed", name)
            if not status:
                await error(scope, Failed())(scope, receive, sending)
        finally:
            answered(scope, _route(scope, answer), status, perf_counter() - began, hot=bool(answer))

    async def _ok(self, scope: Scope, headers: list[tuple[bytes, bytes]], data: object, send: Send) -> None:
        """Send 200 with this data, without a layer in between."""
        body = dumps({"data": data})
        own = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body)), *headers, *_left(scope)]
        await send({"type": "http.response.start", "status": 200, "headers": own})
        await send({"type": "http.response.body", "body": body})


def _offer(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """Return a header, of those that offer encodings a simple one: Starlette looks only for the word."""
    if name != b"accept-encoding":
        return name, value
    return name, best_encoding(value.decode("latin-1"), {"gzip"}).encode()


def _left(scope: Scope) -> tuple[tuple[bytes, bytes], ...]:
    """Return the header that says what is left of the key's limit, once the key was admitted."""
    caller: Caller | None = scope.get("api_caller")
    return ((b"ratelimit", rate_limit(caller.left)),) if caller and caller.left else ()


def _route(scope: Scope, answer: Hot | None) -> str:
    """Return the path as in the document; one label for all unknown paths."""
    if answer:
        return f"{scope['method']} {scope['path']}"
    path = getattr(scope.get("route"), "path", None)
    return f"{scope['method']} {PREFIX}{path}" if path else f"{PREFIX}/…"
