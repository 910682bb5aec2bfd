"""A full disk, simulated for the processes of a server."""

from collections.abc import Iterator
from contextlib import contextmanager

import psutil


@contextmanager
def no_room(pid: int) -> Iterator[None]:
    """Inside the block, this process and its children cannot write to any file: rows, photos and log lines fail as
    on a full disk, with a different errno."""
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
