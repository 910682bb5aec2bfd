"""What runs beside the API: counts of requests are written, answers of yesterday forgotten."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from settings_ui.domain.errors import Unavailable
from settings_ui.services.api_keys.check import KeyCheck
from settings_ui.services.api_keys.idempotency import Idempotency

log = logging.getLogger(__name__)
COUNT_EVERY_S = 3.0
SWEEP_EVERY_S = 3600.0


@contextlib.asynccontextmanager
async def keeping_up(check: KeyCheck, idempotency: Idempotency) -> AsyncIterator[None]:
    """Do both while this lasts, and write what was counted once more at its end."""
    tasks = [asyncio.create_task(count_for_ever(check)), asyncio.create_task(sweep_for_ever(idempotency))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
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


async def sweep_for_ever(idempotency: Idempotency) -> None:
    """Forget old answers every hour until cancelled."""
    while True:
        try:
            await asyncio.to_thread(idempotency.sweep)
        except Unavailable:
            log.warning("old idempotent answers stay: the database does not answer")
        await asyncio.sleep(SWEEP_EVERY_S)
