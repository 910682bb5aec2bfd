"""Times as people read them: in the business's time zone, on both sides of a clock change."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from settings_ui.domain.times import exact, spoken, with_days_in_words


@pytest.mark.parametrize(
    ("moment", "zone", "text"),
    [
        (datetime(2026, 11, 27, 13, 20, tzinfo=UTC), "Europe/Berlin", "Friday 27 November, 14:20"),
        (datetime(2026, 11, 27, 13, 20, tzinfo=UTC), "UTC", "Friday 27 November, 13:20"),
        (datetime(2026, 3, 4, 2, 0, tzinfo=UTC), "America/New_York", "Tuesday 3 March, 21:00"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "Asia/Kathmandu", "Friday 1 January, 05:15"),
        (datetime(2026, 3, 4, 12, 0, tzinfo=ZoneInfo("Asia/Tokyo")), "UTC", "Wednesday 4 March, 03:00"),
    ],
)
def test_a_moment_is_spoken_in_the_zone_of_the_business(moment: datetime, zone: str, text: str) -> None:
    assert spoken(moment, zone) == text


@pytest.mark.parametrize(
    ("moment", "zone", "text"),
    [
        (datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Europe/Berlin", "29 March 2026, 01:59 CET"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "Europe/Berlin", "29 March 2026, 03:00 CEST"),
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), "America/New_York", "1 November 2026, 01:30 EDT"),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), "America/New_York", "1 November 2026, 01:30 EST"),
    ],
)
def test_the_exact_time_names_the_offset_in_force_so_that_the_repeated_hour_is_told_apart(
    moment: datetime, zone: str, text: str
) -> None:
    assert exact(moment, zone) == text


def test_a_hold_of_72_hours_over_a_change_of_clocks_ends_an_hour_later_by_the_wall() -> None:
    """72 hours are elapsed time, not three calendar days."""
    saved = datetime(2026, 3, 27, 12, 0, tzinfo=UTC)
    ends = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
    assert spoken(saved, "Europe/Berlin").endswith("13:00")
    assert spoken(ends, "Europe/Berlin") == "Monday 30 March, 14:00"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Local minutes on 2026-11-26: 1,412 min", "Local minutes on 26 Nov 2026: 1,412 min"),
        ("2026-02-03 to 2026-12-31", "3 Feb 2026 to 31 Dec 2026"),
        ("2026-02-31, 2026-13-01, 12026-01-01, 2026-01-012", "2026-02-31, 2026-13-01, 12026-01-01, 2026-01-012"),
        ("Funds added", "Funds added"),
    ],
)
def test_the_days_in_a_text_are_said_in_words(text: str, said: str) -> None:
    assert with_days_in_words(text) == said
