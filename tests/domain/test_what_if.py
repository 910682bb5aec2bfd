"""What a threshold would do, compared with counting one call at a time."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.qualification import MOST_DURATION_S
from settings_ui.domain.what_if import MOST_BINS, MOST_MOVED, WIDTHS_S, Bin, Durations, durations, most_moved

seconds = st.one_of(st.integers(0, 300), st.integers(0, MOST_DURATION_S))
thresholds = st.one_of(st.integers(1, 300), st.integers(1, 7200))
calls_of_a_month = st.lists(seconds, max_size=60)


@given(calls_of_a_month, st.integers(0, MOST_DURATION_S + 10))
def test_it_knows_how_many_calls_reach_any_threshold(calls: list[int], threshold_s: int) -> None:
    """Including thresholds that no call has and those beyond the longest call."""
    found = durations(Counter(calls))
    assert found.total == len(calls)
    assert found.above(threshold_s) == sum(duration_s >= threshold_s for duration_s in calls)


@given(st.dictionaries(st.text(max_size=3), st.integers(-9, 9).filter(bool), max_size=8))
def test_it_names_the_sources_that_a_change_moves_most(moves: dict[str, int]) -> None:
    """The largest change in either direction first, ties by name."""
    naive = sorted((-abs(n), source, n) for source, n in moves.items())
    assert most_moved(moves) == [(source, n) for _, source, n in naive[:MOST_MOVED]]


@given(calls_of_a_month, thresholds)
def test_its_bins_hold_every_call_exactly_once(calls: list[int], threshold_s: int) -> None:
    """Each bin says how many of its calls are below the threshold; bins are contiguous, and only the last is
    open-ended."""
    bins = durations(Counter(calls)).bins(threshold_s)
    assert 1 <= len(bins) <= MOST_BINS
    assert [found.start_s for found in bins] == [0, *(found.end_s for found in bins[:-1])]
    assert [found.end_s is None for found in bins] == [False] * (len(bins) - 1) + [True]
    assert {found.end_s - found.start_s for found in bins[:-1] if found.end_s is not None} <= {_width(bins)}
    for found in bins:
        inside = [d for d in calls if d >= found.start_s and (found.end_s is None or d < found.end_s)]
        assert (found.below, found.above) == (
            sum(d < threshold_s for d in inside),
            sum(d >= threshold_s for d in inside),
        )
    assert sum(found.below + found.above for found in bins) == len(calls)
    assert sum(found.above for found in bins) == durations(Counter(calls)).above(threshold_s)


@given(calls_of_a_month, thresholds)
def test_its_bins_are_as_narrow_as_nineteen_of_twenty_calls_allow(calls: list[int], threshold_s: int) -> None:
    """So that a few very long calls do not squeeze all others into one bar; only at the widest setting may more be
    cut off."""
    width = _width(durations(Counter(calls)).bins(threshold_s))
    assert width in WIDTHS_S
    narrower = [w for w in WIDTHS_S if w < width]
    beyond = {w: sum(d >= w * (MOST_BINS - 1) for d in calls) for w in WIDTHS_S}
    assert all(20 * beyond[w] > len(calls) for w in narrower)
    assert width == WIDTHS_S[-1] or 20 * beyond[width] <= len(calls)


def test_without_calls_everything_is_nothing() -> None:
    nothing = durations({})
    assert nothing == Durations()
    assert (nothing.total, nothing.above(1)) == (0, 0)
    assert all((found.below, found.above) == (0, 0) for found in nothing.bins(90))


def test_a_bin_that_the_threshold_cuts_shows_both_parts() -> None:
    bins = durations(dict.fromkeys(range(58), 1)).bins(7)
    assert bins[2:5] == [Bin(4, 6, 2, 0), Bin(6, 8, 1, 1), Bin(8, 10, 0, 2)]


def _width(bins: list[Bin]) -> int:
    assert bins[0].end_s is not None
    return bins[0].end_s
