"""The background task of the API in each process: writing its request counts."""

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
    """Write the counts periodically while open, and once more at the end."""
    task = asyncio.create_task(count_for_ever(check))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await write_counts(check)


async def count_for_ever(check: KeyCheck) -> None:
    """Write the counts every few seconds until cancelled; if the database is down they are only late."""
    while True:
        await asyncio.sleep(COUNT_EVERY_S)
        await write_counts(check)


async def write_counts(check: KeyCheck) -> None:
    """Write the counts; those that cannot be written are kept for the next time."""
    try:
        await asyncio.to_thread(check.write_counts)
    except Unavailable:
        log.warning("counts of API requests wait: the database does not answer")
    except Exception:
        log.exception("counts of API requests could not be written")
