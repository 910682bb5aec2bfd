"""The threshold as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.errors import Invalid
from settings_ui.domain.qualification import LEAST_THRESHOLD_S, MOST_THRESHOLD_S, parse_threshold


@pytest.mark.parametrize(
    "written",
    [
        "90",
        "90s",
        "90 s",
        "90 S",
        " 90 ",
        "90 sec",
        "90 seconds",
        "1:30",
        "01:30",
        "090",
        "９０",
        "９０ｓ",
        "１：３０",
        "90\u00a0s",
    ],
)
def test_ninety_seconds_may_be_written_in_all_these_ways(written: str) -> None:
    assert parse_threshold(written, field="seconds") == 90


@pytest.mark.parametrize(
    ("written", "seconds"), [("1", 1), ("0:01", 1), ("7200", 7200), ("120:00", 7200), ("59:59", 3599)]
)
def test_the_shortest_and_the_longest_are_taken(written: str, seconds: int) -> None:
    assert parse_threshold(written, field="seconds") == seconds


@pytest.mark.parametrize("written", ["", " ", "\t", "\u3000"])
def test_nothing_is_asked_for(written: str) -> None:
    with pytest.raises(Invalid, match="Enter a number of seconds, like 90") as refused:
        parse_threshold(written, field="seconds")
    assert refused.value.field == "seconds"


@pytest.mark.parametrize("written", ["0", "0:00", "7201", "120:01", "9999:59", str(10**9), str(10**17)])
def test_what_is_out_of_range_is_told_the_range(written: str) -> None:
    with pytest.raises(Invalid, match=r"Choose 1 to 7,200 seconds") as refused:
        parse_threshold(written, field="seconds")
    assert refused.value.field == "seconds"


@pytest.mark.parametrize(
    "written",
    [
        "-1", "−1", "+90", "1.5", "1,5", "90.0", "1e2", "0x5a", "ninety", "90 min", "90ss", "9 0", "1:3", "1:60",
        "1:30:00", ":30", "1:", "90;", "90\n90", "9" * 19, pytest.param("9" * 1_000_000, id="a megabyte"), "٩٠", "½",
        "<b>90</b>", "=90", "90\x00", "\u202e90", "Calls of 90 seconds or longer count as qualified.",
    ],
)  # fmt: skip
def test_whatever_else_was_pasted_is_told_how_to_write_it(written: str) -> None:
    with pytest.raises(Invalid, match=r"Enter whole seconds, like 90, or minutes and seconds, like 1:30") as refused:
        parse_threshold(written, field="seconds")
    assert refused.value.field == "seconds"


@given(st.text(max_size=30))
def test_any_text_is_a_threshold_in_range_or_refused(written: str) -> None:
    try:
        seconds = parse_threshold(written, field="seconds")
    except Invalid:
        return
    assert LEAST_THRESHOLD_S <= seconds <= MOST_THRESHOLD_S


@given(st.integers(LEAST_THRESHOLD_S, MOST_THRESHOLD_S))
def test_every_threshold_reads_as_itself(seconds: int) -> None:
    assert parse_threshold(str(seconds), field="seconds") == seconds
    assert parse_threshold(f"{seconds // 60}:{seconds % 60:02}", field="seconds") == seconds
