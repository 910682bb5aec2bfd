"""Runs the sandbox: `python -m sandbox`. README.md lists its environment variables."""

import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.app import Sandbox
from sandbox.web import Server
from sandbox.webhooks import Webhooks
from sandbox.world import World

DEFAULT_PORT = 8001


def main() -> None:
    """Serve until a signal ends it."""
    port = int(os.environ.get("SANDBOX_PORT") or DEFAULT_PORT)
    url, secret = os.environ.get("SANDBOX_WEBHOOK_URL", ""), os.environ.get("STRIPE_WEBHOOK_SECRET", "")
    if url and not secret:
        sys.exit("SANDBOX_WEBHOOK_URL needs STRIPE_WEBHOOK_SECRET, which signs what goes there.")
    file = os.environ.get("SANDBOX_STATE")
    world = World(f"http://127.0.0.1:{port}", Path(file) if file else None, webhooks=bool(url))
    application = Sandbox(world)
    webhooks = Webhooks(world, url, secret) if url else None
    if webhooks:
        world.deliver = webhooks.deliver
        webhooks.start()
    parent = int(os.environ.get("SANDBOX_PARENT") or 0)
    try:
        server = Server(port, application, parent or None)
    except OSError as error:
        sys.exit(f"The sandbox cannot listen on port {port}: {error.strerror}.")
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"Sandbox on {world.origin}, control at {world.origin}/_sandbox", flush=True)
    server.serve_forever(poll_interval=0.1)
    server.server_close()
    if webhooks:
        webhooks.stop()
    with world.lock:
        world.store.close()


if __name__ == "__main__":
    main()
