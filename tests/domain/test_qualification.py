"""When a call qualifies, and the reason given when it does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.qualification import (
    MOST_DURATION_S,
    MOST_THRESHOLD_S,
    CallStatus,
    judge,
    spoken_duration,
)

durations = st.integers(0, MOST_DURATION_S)
thresholds = st.integers(1, MOST_THRESHOLD_S)


@pytest.mark.parametrize(("duration_s", "qualified"), [(0, False), (89, False), (90, True), (91, True), (86_400, True)])
def test_89_seconds_do_not_qualify_and_90_do(duration_s: int, qualified: bool) -> None:
    assert judge(CallStatus.COMPLETED, duration_s, 90).qualified is qualified


@given(durations, thresholds)
def test_a_completed_call_qualifies_exactly_from_the_threshold_on(duration_s: int, threshold_s: int) -> None:
    assert judge(CallStatus.COMPLETED, duration_s, threshold_s).qualified is (duration_s >= threshold_s)


@given(st.sampled_from([CallStatus.MISSED, CallStatus.VOICEMAIL, CallStatus.STOPPED]), durations, thresholds)
def test_no_other_call_ever_qualifies(status: CallStatus, duration_s: int, threshold_s: int) -> None:
    """However long somebody talks to voicemail."""
    assert not judge(status, duration_s, threshold_s).qualified


@pytest.mark.parametrize(
    ("status", "duration_s", "reason"),
    [
        (CallStatus.COMPLETED, 90, "90 s, at or above the 90 s threshold"),
        (CallStatus.COMPLETED, 89, "89 s, under the 90 s threshold"),
        (CallStatus.MISSED, 0, "Nobody answered"),
        (CallStatus.VOICEMAIL, 120, "Went to voicemail"),
        (CallStatus.STOPPED, 0, "Stopped: the caller is blocked"),
    ],
)
def test_the_reason_says_why(status: CallStatus, duration_s: int, reason: str) -> None:
    assert judge(status, duration_s, 90).reason == reason


@pytest.mark.parametrize(
    ("seconds", "spoken"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (60, "1 min"),
        (90, "1 min 30 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h"),
        (3720, "1 h 2 min"),
        (86_400, "24 h"),
    ],
)
def test_durations_are_said_in_words(seconds: int, spoken: str) -> None:
    assert spoken_duration(seconds) == spoken
