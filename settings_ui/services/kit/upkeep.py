"""What each process keeps in memory for a moment, and writes every few seconds."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Mapping

from settings_ui.domain.errors import Unavailable

log = logging.getLogger(__name__)
WRITE_EVERY_S = 3.0
Writers = Mapping[str, Callable[[], object]]
"""What is written, in words, and the function that writes it or keeps it for the next time."""


@contextlib.asynccontextmanager
async def writing(writers: Writers) -> AsyncIterator[None]:
    """Write periodically while open, and once more at the end."""
    task = asyncio.create_task(_for_ever(writers))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await write(writers)


async def write(writers: Writers) -> None:
    """Write everything, each in a thread of its own; what cannot be written is only late."""
    await asyncio.gather(*(_write(what, writer) for what, writer in writers.items()))


async def _for_ever(writers: Writers) -> None:
    while True:
        await asyncio.sleep(WRITE_EVERY_S)
        await write(writers)


async def _write(what: str, writer: Callable[[], object]) -> None:
    try:
        await asyncio.to_thread(writer)
    except Unavailable:
        log.warning("%s wait: the database does not answer", what)
    except Exception:
        log.exception("%s could not be written", what)
