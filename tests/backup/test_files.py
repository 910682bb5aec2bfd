"""Files that are added and deleted while a backup runs."""

import time
from pathlib import Path

from settings_ui.backup.files import kept_at_once


def test_a_file_that_came_and_went_since_is_kept(tmp_path: Path) -> None:
    """A photo in the database dump may be replaced before its file is copied."""
    folder = tmp_path / "stored"
    folder.mkdir()
    with kept_at_once(folder) as kept:
        (folder / "photo.webp").write_bytes(b"a photo")
        deadline = time.monotonic() + 20
        while not list(tmp_path.glob(".stored.*/photo.webp")):
            assert time.monotonic() < deadline, "never saved"
            time.sleep(0.01)
        (folder / "photo.webp").unlink()
        assert {name: path.read_bytes() for name, path in kept().items()} == {"photo.webp": b"a photo"}
    assert list(tmp_path.iterdir()) == [folder]
