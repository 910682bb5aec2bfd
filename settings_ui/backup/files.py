"""Stored files in a folder: snapshotted while others come and go, and restored."""

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

UNFINISHED = "#"
"""Marks the names of files that the storage is still writing."""
LOOK_EVERY_S = 0.005


@contextlib.contextmanager
def kept_at_once(folder: Path | None) -> Iterator[Callable[[], dict[str, Path]]]:
    """Keep all files that exist or appear while this is open; yield a function that returns them by name.

    Files never change, so a hard link to each is enough where the file system supports it. Files that existed for
    longer than one scan of the folder takes are kept, even if they have been deleted since.
    """
    if folder is None:
        yield dict
        return
    with _near(folder) as beside:
        kept: dict[str, Path] = {}

        def keep() -> dict[str, Path]:
            for name in names_in(folder) - set(kept):
                target = beside / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if _keep(folder / name, target):
                    kept[name] = target
            return kept

        keep()
        over = threading.Event()

        def keep_on() -> None:
            while not over.wait(LOOK_EVERY_S):
                keep()

        keeper = threading.Thread(target=keep_on, daemon=True)
        keeper.start()

        def all_of_them() -> dict[str, Path]:
            over.set()
            keeper.join()
            return keep()

        try:
            yield all_of_them
        finally:
            over.set()
            keeper.join()


def names_in(folder: Path) -> set[str]:
    """Return the names of all finished files in the folder and below; empty if the folder does not exist."""
    found = (path for path in folder.rglob("*") if path.is_file() and UNFINISHED not in path.name)
    return {path.relative_to(folder).as_posix() for path in found}


@contextlib.contextmanager
def put_back(files: Mapping[str, Path], folder: Path | None) -> Iterator[None]:
    """Replace all files of the folder by these once the block within succeeds; otherwise change nothing."""
    if folder is None:
        yield
        return
    before, drafts = names_in(folder), {}
    try:
        for name, path in files.items():
            draft = (folder / name).with_name(f"{Path(name).name}{UNFINISHED}restored")
            draft.parent.mkdir(parents=True, exist_ok=True)
            drafts[draft] = folder / name
            shutil.copyfile(path, draft)
        yield
        for draft, target in drafts.items():
            draft.replace(target)
        for name in before - set(files):
            (folder / name).unlink(missing_ok=True)
    finally:
        for draft in drafts:
            draft.unlink(missing_ok=True)


def _keep(source: Path, target: Path) -> bool:
    """Return whether it could be kept: it may just have been deleted."""
    try:
        os.link(source, target)
    except FileNotFoundError:
        return False
    except OSError:  # another file system, or one without hard links
        try:
            shutil.copyfile(source, target)
        except FileNotFoundError:
            return False
    return True


@contextlib.contextmanager
def _near(folder: Path) -> Iterator[Path]:
    """Yield a temporary folder on the same file system if it is writable, else anywhere."""
    place = folder.parent if os.access(folder.parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place, prefix=f".{folder.name}.") as name:
        yield Path(name)
