"""Stray files: left by a process that was killed, or not deleted because the storage was unavailable."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from settings_ui.domain.errors import Unavailable
from settings_ui.gateways.ports import Clock, Storage, StorageUnavailable

log = logging.getLogger(__name__)
UNUSED_FOR = timedelta(days=1)
"""A file is stored shortly before or after the row that refers to it is written; a day is more than either takes."""


async def delete_stray_files(
    storage: Storage, clock: Clock, folder: str, in_use: Callable[[list[str]], list[str]]
) -> int:
    """Delete the files of a folder that are older than a day and not in use; return how many. `in_use` is given some
    names and returns those that a row refers to. Raises Unavailable."""
    deleted = 0
    try:
        async for names in storage.names(folder, before=clock.now() - UNUSED_FOR):
            for name in set(names).difference(await asyncio.to_thread(in_use, names)):
                await storage.delete(name)
                deleted += 1
    except StorageUnavailable as error:
        log.error("stray files could not be deleted: %s", error)
        raise Unavailable("The storage of files is not available.") from error
    return deleted
