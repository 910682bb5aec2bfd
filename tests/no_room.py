"""A disk without room, for the processes of a server."""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil


@contextmanager
def no_room(pid: int) -> Iterator[None]:
    """While it lasts, no file can be written by this process and those that it started: rows, photos and log lines fail
    as on a full disk, with another number of the error."""
    parent = psutil.Process(pid)
    processes = [parent, *parent.children(recursive=True)]
    before = [process.rlimit(psutil.RLIMIT_FSIZE) for process in processes]
    for process, (_, most) in zip(processes, before, strict=True):
        process.rlimit(psutil.RLIMIT_FSIZE, (0, most))
    try:
        yield
    finally:
        for process, limits in zip(processes, before, strict=True):
            process.rlimit(psutil.RLIMIT_FSIZE, limits)
