"""The HTTP server: Uvicorn, which spends least memory on a socket."""

import os
import signal
import sys
import threading
import time
from typing import Any

import uvicorn

from settings_ui.config import Config, config
from settings_ui.connections import MESSAGE_BYTES, BoundedRequests, BoundedSocket
from settings_ui.telemetry import logs

IDLE_S = 125
"""A connection between two requests. Proxies close theirs after at most two minutes, and must be the first to."""
STOP_S = 5
HEALTHY_S = 30
"""A worker that does not answer its parent for so long is replaced."""


def serve(settings: Config, app: str = "settings_ui.settings_ui:app") -> None:
    """Serve the factory `app` until a signal ends it."""
    # It may come before Uvicorn listens for it; and Uvicorn raises it again once it has stopped, for a status of -15.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvicorn.run(app, **options(settings))


def end_with_parent() -> None:
    """End this worker when its parent is gone, however it ended: nobody else would, and it holds the port."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def options(settings: Config) -> dict[str, Any]:
    """Return what Uvicorn is told."""
    return {
        "factory": True,
        "host": settings.bind,
        "port": settings.port,
        "workers": settings.workers,
        "timeout_worker_healthcheck": HEALTHY_S,
        "http": BoundedRequests,
        "ws": BoundedSocket,
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
elif __name__ == "__mp_main__":  # a worker, which Python starts with its parent's main module
    end_with_parent()
