"""Which destination receives a payout: at most one, never one on hold, never a cancelled one."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain import payout
from settings_ui.domain.payout import HOLD, cancellable_until, effective_from, in_force, on_hold

NOON = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Saved:
    id: str
    created_at: datetime
    effective_at: datetime
    cancelled_at: datetime | None = None


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


FIRST = Saved("pay_1", NOON, NOON)
CHANGE = Saved("pay_2", NOON + hours(100), NOON + hours(172))
INSTANT = timedelta(microseconds=1)


def test_the_hold_is_72_hours() -> None:
    assert hours(72) == HOLD


@pytest.mark.parametrize(
    ("at", "counts", "waits"),
    [
        (NOON - INSTANT, None, None),
        (NOON, FIRST, None),
        (NOON + hours(100) - INSTANT, FIRST, None),
        (NOON + hours(100), FIRST, CHANGE),
        (NOON + hours(172) - INSTANT, FIRST, CHANGE),
        (NOON + hours(172), CHANGE, None),
        (NOON + hours(9999), CHANGE, None),
    ],
)
@pytest.mark.parametrize("history", [(FIRST, CHANGE), (CHANGE, FIRST)])
def test_the_old_one_counts_until_the_hold_is_over(
    history: tuple[Saved, ...], at: datetime, counts: Saved | None, waits: Saved | None
) -> None:
    """Exact to the instant and independent of row order; also for a run that asks about the past."""
    assert in_force(history, at) == counts
    assert on_hold(history, at) == waits


def test_a_cancelled_change_never_counts() -> None:
    cancelled = Saved("pay_2", CHANGE.created_at, CHANGE.effective_at, NOON + hours(171))
    for at in (NOON + hours(171), NOON + hours(172), NOON + hours(500)):
        assert in_force((FIRST, cancelled), at) == FIRST
        assert on_hold((FIRST, cancelled), at) is None
    assert on_hold((FIRST, cancelled), NOON + hours(171) - INSTANT) == cancelled


def test_a_cancelled_first_address_leaves_none() -> None:
    cancelled = Saved("pay_1", NOON, NOON, NOON + hours(5))
    assert in_force([cancelled], NOON + hours(4)) == cancelled
    assert in_force([cancelled], NOON + hours(5)) is None
    assert effective_from([cancelled], NOON + hours(5)) == NOON + hours(5)


def test_without_one_in_force_a_new_one_counts_at_once_and_otherwise_after_the_hold() -> None:
    assert effective_from([], NOON) == NOON
    assert effective_from([FIRST], NOON) == NOON + HOLD
    assert effective_from([CHANGE], NOON) == NOON


def test_a_change_may_be_cancelled_while_it_waits_and_a_first_one_as_long() -> None:
    assert cancellable_until(CHANGE) == CHANGE.effective_at
    assert cancellable_until(FIRST) == NOON + hours(72)


def test_of_two_that_took_effect_in_the_same_instant_one_counts_and_always_the_same() -> None:
    twins = [Saved("pay_1", NOON, NOON), Saved("pay_2", NOON, NOON)]
    assert in_force(twins, NOON) == in_force(twins[::-1], NOON) == twins[1]


MOMENTS = st.integers(0, 30).map(lambda hour: NOON + hours(hour * 12))
SAVED = st.builds(
    lambda number, created, wait, cancelled: Saved(
        f"pay_{number:04d}", created, created + wait, created + cancelled if cancelled is not None else None
    ),
    st.integers(0, 9999),
    MOMENTS,
    st.sampled_from([timedelta(), HOLD]),
    st.none() | st.integers(0, 12).map(lambda half_days: hours(half_days * 12)),
)
HISTORIES = st.lists(SAVED, max_size=6, unique_by=lambda d: d.id)


@given(HISTORIES, MOMENTS)
def test_it_is_the_last_to_take_effect_that_was_not_cancelled(history: list[Saved], at: datetime) -> None:
    """Compared with a reference that replays the history: each event overwrites the one before."""
    current = None
    for d in sorted(history, key=lambda d: (d.effective_at, d.created_at, d.id)):
        cancelled = d.cancelled_at is not None and d.cancelled_at <= at
        if d.effective_at <= at and not cancelled:
            current = d
    assert in_force(history, at) == current


@given(HISTORIES, MOMENTS, st.randoms())
def test_the_order_of_the_rows_does_not_matter(history: list[Saved], at: datetime, random: object) -> None:
    shuffled = list(history)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert in_force(shuffled, at) == in_force(history, at)


@given(HISTORIES, MOMENTS)
def test_what_waits_is_not_what_counts_and_neither_is_cancelled(history: list[Saved], at: datetime) -> None:
    for found in (in_force(history, at), on_hold(history, at)):
        assert found is None or found.cancelled_at is None or found.cancelled_at > at
    counts, waits = in_force(history, at), on_hold(history, at)
    assert counts is None or counts.effective_at <= at
    assert waits is None or waits.created_at <= at < waits.effective_at


EVENTS = st.lists(st.tuples(st.sampled_from(["save", "cancel"]), st.integers(0, 100)), max_size=12)


@given(EVENTS)
def test_whoever_keeps_to_the_rules_has_one_in_force_and_one_on_hold_at_most(events: list[tuple[str, int]]) -> None:
    """As long as nobody saves during a hold or cancels too late, in any order and at any pace."""
    history: list[Saved] = []
    now = NOON
    for number, (what, pause) in enumerate(events):
        now += hours(pause)
        if what == "save" and on_hold(history, now) is None:
            before = in_force(history, now)
            history.append(Saved(f"pay_{number}", now, effective_from(history, now)))
            assert before is None or in_force(history, now) == before, "a change took effect without a hold"
        elif what == "cancel" and history and now < cancellable_until(history[-1]):
            last = history.pop()
            history.append(Saved(last.id, last.created_at, last.effective_at, last.cancelled_at or now))
        standing = [d for d in history if d.cancelled_at is None]
        assert len([d for d in standing if d.effective_at > now]) <= 1
        assert len({d.effective_at for d in standing}) == len(standing), "two destinations would take effect at once"
    assert payout.in_force(history, now) in [None, *history]
