"""Decoding in measured child processes: the result, the time and the memory."""

import base64
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from settings_ui.gateways.image_child import SIZES
from settings_ui.gateways.images import CHILD, REASONS

MEASURED = Path(__file__).with_name("measured.py")
PIXELS_ONLY = {b"VP8 ", b"VP8L", b"VP8X", b"ALPH"}


@dataclass(frozen=True)
class Outcome:
    """What a child returned, and what it cost."""

    path: Path
    code: int
    out: bytes
    cpu_s: float
    wall_s: float
    peak_mb: float

    @property
    def reason(self) -> str:
        """Why the file was refused; empty if it was accepted."""
        return self.out.decode() if self.code == 3 else ""

    @property
    def pictures(self) -> list[bytes]:
        """The squares, largest first; empty if refused."""
        parts, at = [], 0
        while self.code == 0 and at < len(self.out):
            length = int.from_bytes(self.out[at : at + 4], "big")
            parts.append(self.out[at + 4 : at + 4 + length])
            at += 4 + length
        return parts

    def check(self) -> "Outcome":
        """Assert the limits that hold for every file, and return self."""
        assert self.code in (0, 3), f"{self.path.name} ended with {self.code}"
        assert self.cpu_s < 1, self
        assert self.peak_mb < 200, self
        if self.code == 3:
            assert self.out in REASONS
        else:
            assert len(self.pictures) == len(SIZES)
            for picture in self.pictures:
                assert set(chunks(picture)) <= PIXELS_ONLY, f"{self.path.name}: {chunks(picture)}"
        return self


def look_at(*paths: Path, at_once: int = 1, together: int = 1) -> list[Outcome]:
    """Decode the files in child processes and return the outcomes in the order of the files.

    `together` is how many files one child decodes in turn; its peak memory then covers all files so far.
    """
    shares = [paths[number::at_once] for number in range(at_once)]
    with ThreadPoolExecutor(at_once) as pool:
        found = {
            outcome.path: outcome
            for share in pool.map(lambda share: _measure(share, together), shares)
            for outcome in share
        }
    return [found[path] for path in paths]


def _measure(paths: tuple[Path, ...], together: int) -> list[Outcome]:
    command = [sys.executable, "-I", str(MEASURED), str(CHILD), str(together), *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return [Outcome(**line | {"path": Path(line["path"]), "out": base64.b64decode(line["out"])}) for line in lines]


def chunks(webp: bytes) -> list[bytes]:
    """Return the chunk types of a WebP; it must be a single, complete one with no trailing data."""
    assert webp[:4] == b"RIFF"
    assert webp[8:12] == b"WEBP"
    assert int.from_bytes(webp[4:8], "little") + 8 == len(webp)
    kinds, at = [], 12
    while at < len(webp):
        kinds.append(webp[at : at + 4])
        length = int.from_bytes(webp[at + 4 : at + 8], "little")
        at += 8 + length + length % 2
    return kinds
