"""The sandbox that replaces Stripe in the demo: a separate process that ends with ours."""

import contextlib
import os
import socket
import subprocess
import sys
import time

from settings_ui.config import ROOT, VAR, Config

LOG = VAR / "log" / "sandbox.log"
STATE = VAR / "sandbox.db"
PATIENCE_S = 10
WEBHOOK_PATH = "/webhooks/stripe"


class SandboxFailed(Exception):
    """The sandbox did not start; the text is its output."""


def start(config: Config) -> None:
    """Start the sandbox if the configuration uses it, and wait until it responds; raise SandboxFailed if it does
    not."""
    access = config.stripe
    if access is None or not config.sandboxed:
        return
    settings = {
        "SANDBOX_PORT": str(config.sandbox_listens),
        "SANDBOX_WEBHOOK_URL": config.url(WEBHOOK_PATH),
        "SANDBOX_STATE": os.environ.get("SANDBOX_STATE") or str(STATE),
        "SANDBOX_PARENT": str(os.getpid()),
        "STRIPE_WEBHOOK_SECRET": access.webhook_secret,
    }
    until = time.monotonic() + PATIENCE_S
    while answers(config):  # the sandbox of a server that has just ended
        if time.monotonic() > until:
            raise SandboxFailed(f"Port {config.sandbox_listens} is in use. Set SANDBOX_PORT to another port.")
        time.sleep(0.05)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.open("w") as log_file:
        started = subprocess.Popen(
            [sys.executable, "-m", "sandbox"],
            cwd=ROOT,
            env=os.environ | settings,
            stdin=subprocess.DEVNULL,
            stdout=log_file,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C ends the server, and the sandbox with it
        )
    while time.monotonic() < until and started.poll() is None:
        if answers(config):
            return
        time.sleep(0.05)
    raise SandboxFailed(LOG.read_text().strip() or "The sandbox is not responding.")


def answers(config: Config) -> bool:
    """Whether the sandbox runs."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", config.sandbox_listens), 1):
        return config.sandboxed
    return False
