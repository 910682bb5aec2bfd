"""Decoding images in measured child processes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateways.children import Outcome, look_at

Look = Callable[..., dict[str, Outcome]]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Decode files, given by name; each must be accepted or refused cleanly. Return the outcomes by name."""

    def look(files: dict[str, bytes], together: int = 1) -> dict[str, Outcome]:
        paths = [tmp_path / name.replace("/", "-") for name in files]
        for path, data in zip(paths, files.values(), strict=True):
            path.write_bytes(data)
        return {name: outcome.check() for name, outcome in zip(files, look_at(*paths, together=together), strict=True)}

    return look
