"""When Python's garbage collector runs: full collections at fixed intervals, since each one stops everything."""

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator

EVERY_S = 600.0
YOUNG, MIDDLE, NEVER = 10_000, 20, 1_000_000_000


@contextlib.asynccontextmanager
async def collecting(every_s: float = EVERY_S) -> AsyncIterator[None]:
    """While open, run a full collection only once in so many seconds, and exclude objects that already existed.

    A full collection visits every object: half a second with a thousand open windows. By default Python starts one
    whenever the heap has grown by a quarter, which is every few seconds while windows open or reconnect after a
    restart. Young objects are still collected as usual; what waits are the states of closed windows, a few dozen
    kilobytes each.
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
