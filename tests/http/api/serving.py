"""The API alone, served as in production, for tests with several processes."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from settings_ui.config import ROOT, config
from settings_ui.http.api.front import Api
from tests.ports import free_port

START_WITHIN_S = 60


def app() -> Api:
    """Return the application of one server process."""
    return Api(config())


@contextlib.contextmanager
def serving(count: int, folder: Path, **environment: str) -> Iterator[list[str]]:
    """Run this many servers with this environment; yield their addresses once all of them respond."""
    ports = [free_port() for _ in range(count)]
    command = [sys.executable, "-m", "settings_ui.server", "tests.http.api.serving:app"]
    log = folder / "log"
    with log.open("wb") as written, contextlib.ExitStack() as stack:
        for port in ports:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | {"DEMO": "1", "PORT": str(port)} | environment,
                stdout=written,
                stderr=subprocess.STDOUT,
            )
            stack.callback(process.wait, 15)
            stack.callback(process.terminate)
        origins = [f"http://127.0.0.1:{port}" for port in ports]
        for origin in origins:
            _wait_for(origin, log)
        yield origins


def status(origin: str, path: str, key: str = "") -> int:
    """GET a path of the API and return the status."""
    request = Request(f"{origin}/api/v1{path}", headers={"Authorization": f"Bearer {key}"} if key else {})
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code


def _wait_for(origin: str, log: Path) -> None:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        with contextlib.suppress(URLError, OSError):
            if status(origin, "/docs.css") == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"no answer from {origin}:\n{log.read_text()[-3000:]}")
