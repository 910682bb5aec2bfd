"""When Python looks for garbage: full collections come at set times, since each stops everything."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator

EVERY_S = 600.0
YOUNG, MIDDLE, NEVER = 10_000, 20, 1_000_000_000


@contextlib.asynccontextmanager
async def collecting(every_s: float = EVERY_S) -> AsyncIterator[None]:
    """While open, collect everything only once in so many seconds, and leave out what was there before.

    A full collection visits every object: half a second with a thousand open windows. Python would start one whenever
    a quarter more was there, so while windows open or come back after a restart every few seconds. What dies young is
    collected as always; what is left are states of closed windows, a few dozen kilobytes each.
    """
    usual = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, NEVER)
    regularly = asyncio.create_task(_collect_every(every_s))
    try:
        yield
    finally:
        regularly.cancel()
        gc.set_threshold(*usual)
        gc.unfreeze()


async def _collect_every(seconds: float) -> None:
    while True:
        await asyncio.sleep(seconds)
        gc.collect()
