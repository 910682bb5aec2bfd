"""What a page costs with NiceGUI: seven tabs, in an environment of its own, in the same run."""

import subprocess
import sys
import venv
from contextlib import AbstractContextManager
from pathlib import Path

from bench.serving import running
from settings_ui.config import VAR

VERSION = "3.18.0"
PORT = 8769
PLACE = VAR / "bench-nicegui"
PYTHON = PLACE / "bin" / "python"
INSTALLED = PLACE / f"installed-{VERSION}"
PAGE = Path(__file__).parent / "nice" / "page.py"
PATH, SELECTOR = "/?tab=API%20Keys", "h2#content"


def serving() -> AbstractContextManager[str]:
    """Serve the app and yield its origin; install it the first time."""
    if not INSTALLED.is_file():
        _install()
    return running([str(PYTHON), str(PAGE), str(PORT)], PORT, folder=PLACE)


def _install() -> None:
    print("Installing NiceGUI, once. This takes half a minute…", file=sys.stderr)
    venv.create(PLACE, clear=True, with_pip=True)
    packages = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check", f"nicegui=={VERSION}"]
    subprocess.run(packages, check=True)
    INSTALLED.touch()
