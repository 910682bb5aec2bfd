"""What a page costs with NiceGUI: seven tabs, in an environment of its own, in the same run."""

import contextlib
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

from bench.floor import wait_for
from settings_ui.config import VAR

VERSION = "3.18.0"
PORT = 8769
PLACE = VAR / "bench-nicegui"
PYTHON = PLACE / "bin" / "python"
INSTALLED = PLACE / f"installed-{VERSION}"
PAGE = Path(__file__).parent / "nice" / "page.py"
PATH, SELECTOR = "/?tab=API%20Keys", "h2#content"


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Serve it and yield its origin; install it the first time."""
    if not INSTALLED.is_file():
        _install()
    process = subprocess.Popen([str(PYTHON), str(PAGE), str(PORT)], cwd=PLACE, stdout=subprocess.DEVNULL)
    try:
        wait_for(f"http://localhost:{PORT}/")
        yield f"http://localhost:{PORT}"
    finally:
        process.terminate()
        process.wait(10)


def _install() -> None:
    print("Installing NiceGUI, once. This takes half a minute…", file=sys.stderr)
    venv.create(PLACE, clear=True, with_pip=True)
    packages = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"nicegui=={VERSION}"]
    subprocess.run(packages, check=True)
    INSTALLED.touch()
