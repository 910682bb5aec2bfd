"""What runs beside the API in each process: the counts of its own requests are written."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from settings_ui.domain.errors import Unavailable
from settings_ui.services.api_keys.check import KeyCheck

log = logging.getLogger(__name__)
COUNT_EVERY_S = 3.0


@contextlib.asynccontextmanager
async def counting(check: KeyCheck) -> AsyncIterator[None]:
    """Write the counts while this lasts, and once more at its end."""
    task = asyncio.create_task(count_for_ever(check))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await write_counts(check)


async def count_for_ever(check: KeyCheck) -> None:
    """Write the counts every few seconds until cancelled; a database that is away only makes them late."""
    while True:
        await asyncio.sleep(COUNT_EVERY_S)
        await write_counts(check)


async def write_counts(check: KeyCheck) -> None:
    """Write the counts; what cannot be written is kept for the next time."""
    try:
        await asyncio.to_thread(check.write_counts)
    except Unavailable:
        log.warning("counts of API requests wait: the database does not answer")
    except Exception:
        log.exception("counts of API requests could not be written")
