"""Third-party test data: downloaded with its source distribution on first use, kept outside the repository."""

import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

from settings_ui.config import VAR

KEPT = VAR / "test-material"


def from_source_of(package: str, folder: str) -> Path:
    """Return a folder from the sdist of the installed release; the first call downloads it."""
    release = version(package)
    kept = KEPT / f"{package}-{release}" / folder
    if not kept.is_dir():
        KEPT.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=KEPT) as scratch:
            _unpack(_download(package, release, Path(scratch)), folder, Path(scratch) / "out")
            kept.parent.mkdir(parents=True, exist_ok=True)
            try:
                (Path(scratch) / "out").rename(kept)
            except OSError:  # another run got there first
                if not kept.is_dir():
                    raise
    return kept


def _download(package: str, release: str, into: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", package]
    done = subprocess.run(
        [*command, "--dest", str(into), f"{package}=={release}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"The sources of {package} could not be fetched:\n{done.stderr[-2000:]}"
    [archive] = into.glob("*.tar.gz")
    return archive


def _unpack(archive: Path, folder: str, out: Path) -> None:
    out.mkdir()
    with tarfile.open(archive) as tar:
        for member in tar:
            inside = member.name.partition("/")[2]
            if member.isfile() and inside.startswith(f"{folder}/"):
                member.name = inside.removeprefix(f"{folder}/")
                tar.extract(member, out, filter="data")
