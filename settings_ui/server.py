"""The HTTP server: Uvicorn, which spends least memory on a socket, with bounds on the head of a request."""

import signal
import sys
from asyncio import BaseTransport, TimerHandle
from typing import Any

import uvicorn
from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from settings_ui.config import Config, config
from settings_ui.telemetry import logs

HEAD_BYTES = 64 * 1024
"""The request line and the headers together. Browsers send 1 to 8 KiB."""
HEAD_S = 30.0
"""From the first byte of a head, or from the connection, to its end."""
IDLE_S = 125
"""A connection between two requests. Proxies close theirs after at most two minutes, and must be the first to."""
MESSAGE_BYTES = 1_000_000
"""A message of a socket; Engine.IO announces the same to the page."""
STOP_S = 5
HEALTHY_S = 60
"""A worker that does not answer its parent for so long is replaced."""


class BoundedHeads(HttpToolsProtocol):
    """A connection that is closed if the head of a request is too large or takes too long."""

    _head: int | None = None
    _deadline: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Give the first request its time."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._deadline = self.loop.call_later(HEAD_S, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head has become too large."""
        if self._head is not None:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                return self.transport.close()
        super().data_received(data)
        if self._head is not None and self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_S, self.transport.close)
        return None

    def on_message_begin(self) -> None:
        """Begin to count a head."""
        super().on_message_begin()
        self._head = 0

    def on_headers_complete(self) -> None:
        """Serve the request; refuse a head that came at once and is too large all the same."""
        self._head = None
        self._in_time()
        if sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:  # httptools bounds the address
            raise HttpParserError
        super().on_headers_complete()

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def serve(settings: Config, app: str = "settings_ui.settings_ui:app") -> None:
    """Serve the factory `app` until a signal ends it."""
    # Uvicorn raises the signal again once it has stopped; without a handler that would be an exit status of -15.
    signal.signal(signal.SIGTERM, lambda *_: None)
    uvicorn.run(app, **options(settings))


def options(settings: Config) -> dict[str, Any]:
    """Return what Uvicorn is told."""
    return {
        "factory": True,
        "host": settings.bind,
        "port": settings.port,
        "workers": settings.workers,
        "timeout_worker_healthcheck": HEALTHY_S,
        "http": f"{__package__}.server:{BoundedHeads.__name__}",  # workers import it
        "ws": "websockets-sansio",
        "ws_max_size": MESSAGE_BYTES,
        "ws_ping_interval": None,  # Engine.IO has pings of its own
        "ws_per_message_deflate": False,  # 60 kB for each socket, for messages of 2 kB
        "timeout_keep_alive": IDLE_S,
        "timeout_graceful_shutdown": STOP_S,
        "proxy_headers": False,  # the edge counts proxies itself
        "server_header": False,
        "access_log": False,
        "log_config": logs.settings(settings.log_format),
    }


if __name__ == "__main__":
    serve(config(), *sys.argv[1:])
