"""Durations as people and exports write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.durations import parse_duration, wait_in_words


@pytest.mark.parametrize(
    "written",
    [
        *("90", " 90 ", "90s", "90 s", "90 sec", "90 Seconds", "1:30", "01:30", "0:01:30", "00:01:30"),
        *("1m30s", "1m 30s", "1 min 30 s", "1 minute 30 seconds", "90.0", "90.00", "９０"),
    ],
)
def test_every_usual_way_of_writing_ninety_seconds_is_ninety(written: str) -> None:
    assert parse_duration(written) == 90


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("0", 0), ("0:00", 0), ("1h", 3600), ("2 h 3 min", 7380), ("75:30", 4530), ("1:00:00", 3600)],
)
def test_longer_and_shorter_ones_are_read_too(written: str, seconds: int) -> None:
    assert parse_duration(written) == seconds


@pytest.mark.parametrize(
    "written",
    ["", " ", "s", "-5", "+5", "90.5", "1:60", "1:75:00", "1e3", "NaN", "inf", "9" * 5000, "1,5", "٣:٣:٣:٣", "x"],
)
def test_what_is_no_duration_in_whole_seconds_is_none(written: str) -> None:
    """Fractions are refused: rounding up to ninety would qualify a call that does not."""
    assert parse_duration(written) is None


@given(st.integers(0, 86_400))
def test_clocks_and_seconds_say_the_same(seconds: int) -> None:
    minutes, rest = divmod(seconds, 60)
    assert parse_duration(f"{minutes}:{rest:02}") == seconds
    assert parse_duration(f"{seconds // 3600}:{minutes % 60:02}:{rest:02}") == seconds
    assert parse_duration(f"{seconds}s") == seconds


@given(st.text(max_size=40))
def test_any_text_is_a_duration_or_none(written: str) -> None:
    found = parse_duration(written)
    assert found is None or found >= 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 minute"), (60, "1 minute"), (61, "2 minutes"), (3540, "59 minutes"), (3541, "1 hour"), (3600, "1 hour")],
)
def test_a_wait_is_said_in_minutes_rounded_up_and_sixty_of_them_as_an_hour(seconds: int, words: str) -> None:
    assert wait_in_words(seconds) == words
