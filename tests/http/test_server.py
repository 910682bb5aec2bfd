"""The server as a process: its signals and its workers."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from urllib.request import urlopen

import psutil
import pytest
import uvicorn

from settings_ui import server
from settings_ui.config import ROOT, Config
from tests.http import connecting
from tests.ports import free_port, is_free


def test_a_signal_that_comes_while_the_app_is_imported_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn, "run", lambda *_, **__: signal.raise_signal(signal.SIGTERM))
    before = signal.getsignal(signal.SIGTERM)
    try:
        with pytest.raises(SystemExit) as ended:
            server.serve(Config(_env_file=None, demo=True))  # type: ignore[call-arg]
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended.value.code == 0


def test_workers_end_with_their_parent_however_it_ends() -> None:
    port = free_port()
    settings = {"DEMO": "1", "PORT": str(port), "WORKERS": "2"}
    command = [sys.executable, "-m", "settings_ui.server", f"{connecting.__name__}:app"]
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | settings) as parent:
        _until_served(port)
        workers = psutil.Process(parent.pid).children()
        assert len(workers) >= 2
        parent.kill()
    assert psutil.wait_procs(workers, 10)[1] == []
    assert is_free(port)


def _until_served(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), urlopen(f"http://127.0.0.1:{port}/", timeout=5):
            return
        time.sleep(0.05)
    raise AssertionError("the workers do not answer")
