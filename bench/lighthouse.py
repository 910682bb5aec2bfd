"""Lighthouse, emulating a phone on a slow network. Installed from npm into its own folder."""

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Playwright
from playwright.sync_api import Error as PlaywrightError

from bench.figures import Figure
from settings_ui.config import VAR
from settings_ui.services.demo.seeding import PASSWORD
from tests.e2e.browser import FLAGS
from tests.install_browser import system_browser

VERSION = "13.5.0"
FOLDER = VAR / "bench-node"
TOOL = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
START_WITHIN_S = 30
CONNECT_MS = 5_000  # a browser that has just started may let the first connection hang
RUNS = 3
OWNER = "owner@example.com"
BUDGETS = {"performance": 99, "accessibility": 100, "best-practices": 100}


PAGES = (
    ("Sign-in", "/sign-in", None),
    ("Profile", "/settings", OWNER),
    ("API Keys", "/settings?tab=api-keys", OWNER),
    ("Blocked Callers", "/settings?tab=blocked-callers", OWNER),
)


class Missing(Exception):
    """Lighthouse or a browser for it is not available; the message says why."""


def lighthouse(playwright: Playwright, origin: str) -> list[Figure]:
    """Scores from 0 to 100, median of three runs, for the sign-in page and three tabs."""
    _install()
    figures = []
    for name, path, email in PAGES:
        runs = [_run(playwright, origin, path, email) for _ in range(RUNS)]
        for category, budget in BUDGETS.items():
            score = statistics.median(run[category] for run in runs)
            figures.append(Figure(f"{name}: Lighthouse {category}", score, "of 100", budget, at_least=True))
    return figures


def _run(playwright: Playwright, origin: str, path: str, email: str | None) -> dict[str, float]:
    """Return the scores in a browser with an empty cache."""
    with _chromium() as port:
        if email:
            _sign_in(playwright, origin, port, email)
        return _scores(f"{origin}{path}", port)


def _install() -> None:
    if TOOL.is_file():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [_beside("npm"), "install", "--no-audit", "--no-fund", "--no-save", f"lighthouse@{VERSION}"],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Missing(f"npm could not install lighthouse: {done.stderr.strip()[-300:]}")


@contextlib.contextmanager
def _chromium() -> Iterator[int]:
    """A browser with its own profile and remote debugging; yields the port."""
    if (browser := system_browser()) is None:
        raise Missing("There is no Chromium on this system.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [browser, "--headless=new", "--remote-debugging-port=0", f"--user-data-dir={profile}", *FLAGS],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield _port(Path(profile) / "DevToolsActivePort")
        finally:
            process.terminate()
            process.wait(10)


def _port(noted: Path) -> int:
    """Return the port that Chromium chose."""
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline:
        if noted.is_file() and (lines := noted.read_text().splitlines()):
            return int(lines[0])
        time.sleep(0.1)
    raise Missing("Chromium did not start.")


def _sign_in(playwright: Playwright, origin: str, port: int, email: str) -> None:
    browser = _controlled(playwright, port)
    answer = browser.contexts[0].request.post(
        f"{origin}/auth/sign-in", form={"email": email, "password": PASSWORD}, headers={"Accept": "application/json"}
    )
    assert answer.ok, answer.text()
    browser.close()


def _controlled(playwright: Playwright, port: int) -> Browser:
    """Connect to a browser that has named its port, and may not listen yet."""
    deadline = time.monotonic() + START_WITHIN_S
    while True:
        try:
            return playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}", timeout=CONNECT_MS)
        except PlaywrightError as error:
            if time.monotonic() > deadline:
                raise Missing("Chromium could not be controlled.") from error
            time.sleep(0.1)


def _scores(url: str, port: int) -> dict[str, float]:
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        done = subprocess.run(
            [
                *(_beside("node"), str(TOOL), url),
                *("--port", str(port), "--disable-storage-reset", "--quiet"),
                *("--output", "json", "--output-path", report.name),
                *("--only-categories", ",".join(BUDGETS)),
            ],
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        if done.returncode:
            raise Missing(f"Lighthouse failed: {done.stderr.strip()[-300:]}")
        categories = json.loads(Path(report.name).read_text())["categories"]
    return {name: round(categories[name]["score"] * 100) for name in BUDGETS}


def _beside(tool: str) -> str:
    return str(Path(sys.executable).parent / tool)
