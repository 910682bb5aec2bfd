"""The real application on a real server, without built pages, for tests that need Reflex and the server together."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
from simple_websocket import Client, ConnectionClosed

from settings_ui.bootstrap import Services, build
from settings_ui.config import ROOT, Config
from settings_ui.services.kit import schema
from tests.ports import free_port

SECRET = "thirty-two characters of a secret, or more"


class Running:
    """A server on a free port, with its own database and, if given, its own Valkey."""

    def __init__(self, folder: Path, redis_url: str) -> None:
        self._folder = folder
        self._log = folder / "log"
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        self.environment = {
            "DEMO": "0",
            "PORT": str(self.port),
            "APP_URL": self.origin,
            "DATABASE_URL": f"sqlite:///{folder / 'settings.db'}",
            "REDIS_URL": redis_url,
            "SECRET_KEY": SECRET,
            "API_KEY_PEPPER": SECRET,
            "MAIL_DIR": str(folder / "mail"),
            "STORAGE_URL": f"file://{folder / 'storage'}",
            "REFLEX_WEB_WORKDIR": str(folder / "no-pages"),
        }
        config = Config(_env_file=None, **{name.lower(): value for name, value in self.environment.items()})  # type: ignore[arg-type]
        self.services: Services = build(config)

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Run the server."""
        schema.upgrade(self.services.database)
        command = [sys.executable, "-m", "settings_ui.server"]
        reflex = {"REFLEX_ENV_MODE": "prod", "__REFLEX_SKIP_COMPILE": "true", "REFLEX_TELEMETRY_ENABLED": "false"}
        with self._log.open("wb") as log:
            self.process = process = subprocess.Popen(
                command, cwd=ROOT, env=os.environ | self.environment | reflex, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            self._await_answer(process)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)
            self.services.database.close()

    def log(self) -> str:
        """Return everything it logged."""
        return self._log.read_text(errors="replace")

    def sign_in(self, email: str, password: str) -> str:
        """Sign in as a browser does and return the cookie."""
        form = {"email": email, "password": password}
        answer = httpx.post(f"{self.origin}/auth/sign-in", data=form, headers={"origin": self.origin})
        return str(answer.cookies["session"])

    def sign_in_refused(self, email: str) -> None:
        """Try to sign in with a wrong password."""
        form = {"email": email, "password": "a password that nobody has"}
        assert httpx.post(f"{self.origin}/auth/sign-in", data=form, headers={"origin": self.origin}).status_code == 401

    def socket(self, cookie: str = "", *, token: str) -> "Socket":
        """Open a window's WebSocket."""
        return Socket(self, cookie, token)

    def _await_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 110
        while True:
            try:
                if httpx.get(f"{self.origin}/health", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the server did not start:\n{self.log()[-3000:]}")
            time.sleep(0.05)


class Socket:
    """The client end of a window's WebSocket, at the level of frames."""

    def __init__(self, server: Running, cookie: str, token: str) -> None:
        headers = {"Origin": server.origin} | ({"Cookie": f"session={cookie}"} if cookie else {})
        url = f"ws://localhost:{server.port}/_event/?EIO=4&transport=websocket&token={token}"
        self._client = Client.connect(url, headers=headers)
        self.say("40/_event,")
        self.hear("40/_event,")

    def say(self, frame: str | bytes) -> None:
        """Send a raw frame."""
        self._client.send(frame)

    def hear(self, until: str, within_s: float = 10) -> list[str]:
        """Return the frames received, up to the first that contains these words."""
        frames: list[str] = []
        deadline = time.monotonic() + within_s
        while not frames or until not in frames[-1]:
            frame = self._client.receive(max(0.0, deadline - time.monotonic()))
            assert frame is not None, f"never heard {until!r}, only {[f[:300] for f in frames]}"
            frames.append(str(frame))
        return frames

    def event(self, name: str, payload: Any, address: str = "/settings") -> None:
        """Send an event as a page does."""
        router = {"pathname": address.partition("?")[0], "asPath": address, "query": {}}
        self.say(
            "42/_event,"
            + json.dumps(["event", {"name": name, "payload": payload, "router_data": router}]).replace(
                '["event", ', '["event",'
            )
        )

    def load(self, address: str = "/settings") -> list[str]:
        """Load the page at this address and return everything received until it was complete."""
        self.event("reflex___state____state.hydrate_and_load", {}, address)
        return self.hear('"is_hydrated_rx_state_":true')

    def is_closed_by(self, frames: list[str | bytes]) -> bool:
        """Send frames and return whether the server closed the socket because of them."""
        try:
            for frame in frames:
                self.say(frame)
            self.hear("nothing that it would say", within_s=2)
        except (ConnectionClosed, OSError):  # the latter while there is still something to send
            return True
        except AssertionError:
            return False
        return False

    def close(self) -> None:
        with suppress(ConnectionClosed):
            self._client.close()
        self._client.sock.close()
