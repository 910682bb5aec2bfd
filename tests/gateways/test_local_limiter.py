"""The in-process limiter: it forgets expired events, so its memory does not grow with every client ever seen."""

import pytest

from settings_ui.gateways.local_limiter import SWEEP_ABOVE, LocalLimiter
from settings_ui.gateways.ports import Limit
from tests.support import FakeClock

LIMIT = Limit(times=3, within_s=60)


@pytest.fixture
def limiter(clock: FakeClock) -> LocalLimiter:
    return LocalLimiter(lambda: clock.now().timestamp())


def test_events_that_count_no_more_are_let_go(limiter: LocalLimiter, clock: FakeClock) -> None:
    """A key that stays at its limit for a day keeps no more events than its limit."""
    for _ in range(500):
        limiter.count(LIMIT, "one")
        clock.tick(seconds=7)
    assert max(len(events) for events in limiter.events().values()) <= LIMIT.times


def test_whoever_came_long_ago_is_let_go_once_there_are_many(limiter: LocalLimiter, clock: FakeClock) -> None:
    limiter.count(LIMIT, "early")
    clock.tick(seconds=59)
    for n in range(SWEEP_ABOVE - 1):
        limiter.count(LIMIT, f"network-{n}")
    clock.tick(seconds=2)
    limiter.count(LIMIT, "late")
    assert len(limiter.events()) == SWEEP_ABOVE
    assert (LIMIT, ("early",)) not in limiter.events()


def test_nobody_whose_events_still_count_is_let_go(limiter: LocalLimiter) -> None:
    """However many other keys arrive: otherwise a flood from many addresses would reset the limit of each."""
    for _ in range(LIMIT.times):
        limiter.count(LIMIT, "one")
    for n in range(SWEEP_ABOVE + 10):
        limiter.count(LIMIT, f"network-{n}")
    assert not limiter.count(LIMIT, "one")
