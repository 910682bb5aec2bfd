"""Full garbage collections run at fixed intervals, and do run."""

import asyncio
import gc
import weakref

from settings_ui.collecting import MIDDLE, YOUNG, collecting


class Ring:
    """A reference cycle, which only the garbage collector frees."""

    def __init__(self) -> None:
        self.itself = self


def old_garbage() -> weakref.ref[Ring]:
    """Return a weak reference to unreachable garbage that survived all but a full collection."""
    ring = Ring()
    gc.collect(0)
    gc.collect(1)
    return weakref.ref(ring)


async def test_a_full_collection_waits_for_its_time_and_comes() -> None:
    usual = gc.get_threshold()
    async with collecting(every_s=0.05):
        assert gc.get_freeze_count() > 0, "existing objects are scanned every time"
        gone = old_garbage()
        gc.collect(1)
        assert gone() is not None
        await asyncio.sleep(0.2)
        assert gone() is None
    assert (gc.get_threshold(), gc.get_freeze_count()) == (usual, 0)


async def test_many_new_objects_bring_none_about() -> None:
    many = 14 * YOUNG * MIDDLE  # by default Python would have started one after a tenth of these
    async with collecting():
        before = gc.get_stats()[2]["collections"]
        kept: list[list[int]] = [[] for _ in range(many)]
        assert gc.get_stats()[2]["collections"] == before
    assert len(kept) == many
