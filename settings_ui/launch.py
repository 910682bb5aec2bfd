"""Starting the app: build the pages if something changed, then serve them."""

import hashlib
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

from settings_ui.config import ROOT, VAR, Config
from settings_ui.front_end.first_paint import paint_from_html
from settings_ui.front_end.renderer import bundle
from settings_ui.telemetry import metrics

log = logging.getLogger(__name__)
WEB = ROOT / os.environ.get("REFLEX_WEB_WORKDIR", ".web")
STAMP = WEB / "built-from"
BUILD_LOG = VAR / "log" / "build.log"
DEVELOPMENT_PORT = 3000
SOURCES = ("settings_ui", "assets", "reflex.lock", "rxconfig.py", "requirements.txt")


class BuildFailed(Exception):
    """The pages could not be built; the text is the output of the toolchain."""


def is_built(config: Config) -> bool:
    """Whether the last build was from the same sources."""
    return STAMP.is_file() and STAMP.read_text() == fingerprint(config) and (WEB / "build" / "client").is_dir()


def build(config: Config) -> None:
    """Compile the pages. The toolchain's output goes to a log file; raise BuildFailed with it on failure."""
    want = fingerprint(config)
    STAMP.unlink(missing_ok=True)
    BUILD_LOG.parent.mkdir(parents=True, exist_ok=True)
    with BUILD_LOG.open("w") as log_file:
        done = subprocess.run(
            [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"],
            cwd=ROOT,
            env=environment(),
            stdout=log_file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise BuildFailed(BUILD_LOG.read_text())
    paint_from_html(WEB / "build" / "client", WEB)
    bundle(WEB)
    STAMP.write_text(want)


def serve(config: Config) -> None:
    """Become the server. Returns only if that fails."""
    os.chdir(ROOT)
    serving = {**environment(), "REFLEX_ENV_MODE": "prod"} | SERVING
    if config.workers > 1:
        serving[metrics.FOLDER] = str(_empty(VAR / "metrics" / str(config.port)))
    os.execve(sys.executable, [sys.executable, "-m", "settings_ui.server"], serving)  # noqa: S606


SERVING = {
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
    "MALLOC_ARENA_MAX": "1",  # otherwise glibc keeps a heap for each thread, 20 MB of 300 with a thousand browsers
}


def _empty(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def develop(config: Config) -> None:
    """Become Reflex's server with hot reload on DEVELOPMENT_PORT. Returns only if that fails."""
    command = [
        str(Path(sys.executable).parent / "reflex"),
        "run",
        *("--frontend-port", str(DEVELOPMENT_PORT), "--backend-port", str(config.port)),
    ]
    os.chdir(ROOT)
    origin = {"APP_URL": f"http://localhost:{DEVELOPMENT_PORT}"}
    os.execve(command[0], command, environment() | origin)  # noqa: S606


def environment() -> dict[str, str]:
    """Return the environment for Reflex: our toolchain first on the path, no telemetry."""
    own = str(Path(sys.executable).parent)
    return os.environ | {
        "PATH": f"{own}{os.pathsep}{os.environ.get('PATH', '')}",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
    }


def fingerprint(config: Config) -> str:
    """Return a digest of everything that affects a build: the sources, the origin and whether it is the demo."""
    digest = hashlib.sha256(f"{config.origin} {config.demo} {sys.version_info[:2]}".encode())
    for source in SOURCES:
        path = ROOT / source
        files = sorted(f for f in path.rglob("*") if f.suffix != ".pyc") if path.is_dir() else [path]
        for file in files:
            if file.is_file() and "external" not in file.relative_to(ROOT).parts:
                digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
