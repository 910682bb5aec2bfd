"""What runs beside the API: counts of requests are written, answers of yesterday forgotten."""

import asyncio
import logging

from settings_ui.domain.errors import Unavailable
from settings_ui.services.idempotency import Idempotency
from settings_ui.services.key_check import KeyCheck

log = logging.getLogger(__name__)
COUNT_EVERY_S = 3.0
SWEEP_EVERY_S = 3600.0


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
