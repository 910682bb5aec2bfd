"""What a page costs with Reflex only: seven tabs, built and served like ours, in the same run."""

import hashlib
import shutil
import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path

from bench.serving import running
from settings_ui.config import ROOT, VAR
from settings_ui.launch import SERVING, environment

PORT = 8768
SOURCES = Path(__file__).parent / "bare"
PLACE = VAR / "bare-reflex"
STAMP = PLACE / "built-from"
PATH, SELECTOR = "/?tab=API%20Keys", "h2#content"


def serving() -> AbstractContextManager[str]:
    """Serve the app and yield its origin; build it first if it is missing or its sources have changed."""
    around = environment() | {"BARE_PORT": str(PORT), "REFLEX_WEB_WORKDIR": ".web"}
    if not STAMP.is_file() or STAMP.read_text() != _fingerprint():
        _build(around)
    granian = str(Path(sys.executable).parent / "granian")
    command = [granian, "--interface", "asgi", "--factory", "--port", str(PORT), "--no-log", "bare.bare:app"]
    return running(command, PORT, folder=PLACE, environment={**around, "REFLEX_ENV_MODE": "prod"} | SERVING)


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for source, _copy in sorted(_copies()):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    return digest.hexdigest()


def _copies() -> list[tuple[Path, Path]]:
    app = [(SOURCES / name, PLACE / "bare" / name) for name in ("__init__.py", "bare.py")]
    lock = [(file, PLACE / "reflex.lock" / file.name) for file in (ROOT / "reflex.lock").iterdir()]
    return [*app, (SOURCES / "rxconfig.py", PLACE / "rxconfig.py"), *lock]


def _build(around: dict[str, str]) -> None:
    shutil.rmtree(PLACE, ignore_errors=True)
    for source, copy in _copies():
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    done = subprocess.run(command, cwd=PLACE, env=around, capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(PLACE)
        raise RuntimeError(f"The bare Reflex page was not built:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
    STAMP.write_text(_fingerprint())
