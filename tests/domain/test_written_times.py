"""Times as exports write them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.written_times import DateOrder, Unreadable, order_of, parse_time, reads_two_ways

NEW_YORK = ZoneInfo("America/New_York")
MONTH_FIRST, DAY_FIRST = DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-04 14:15:10",
        "2026-03-04T14:15:10",
        "2026-03-04 02:15:10 PM",
        "2026/03/04 14:15:10",
        "3/4/2026 2:15:10 PM",
        "03/04/2026 14:15:10",
        "3/4/26 14:15:10",
        "04.03.2026 14:15:10",
        "Mar 4, 2026 2:15:10 PM",
        "Mar 4 2026, 2:15:10 p.m.",
        "March 4th, 2026 2:15:10 pm",
        "Wednesday, March 4, 2026, 2:15:10 PM",
        "4 Mar 2026 14:15:10",
        "4-Mar-2026 14:15:10",
        "  2026-03-04   14:15:10 ",
    ],
)
def test_a_time_without_a_zone_is_in_the_zone_that_is_given(written: str) -> None:
    assert parse_time(written, NEW_YORK, MONTH_FIRST) == datetime(2026, 3, 4, 14, 15, 10, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-04T19:15:10Z",
        "2026-03-04 19:15:10 UTC",
        "2026-03-04T14:15:10-05:00",
        "2026-03-04 14:15:10 -0500",
        "2026-03-04 19:15:10 +0000 UTC",
        "2026-03-05T00:45:10+0530",
        "1772651710",
        "1772651710.0",
        "1772651710000",
    ],
)
def test_a_time_with_its_zone_is_that_moment(written: str) -> None:
    assert parse_time(written, NEW_YORK, None) == datetime(2026, 3, 4, 19, 15, 10, tzinfo=UTC)


def test_parts_of_a_second_are_kept_to_the_microsecond() -> None:
    found = parse_time("2026-03-04T14:15:10.1234567Z", NEW_YORK, None)
    assert found == datetime(2026, 3, 4, 14, 15, 10, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "hour"), [("12:00 AM", 0), ("12:59 am", 0), ("1:00 AM", 1), ("12:00 PM", 12), ("11:59 pm", 23)]
)
def test_midnight_and_noon_are_told_apart(written: str, hour: int) -> None:
    assert parse_time(f"2026-03-04 {written}", UTC, None).hour == hour


def test_slashes_mean_what_is_said_and_dots_are_always_day_first() -> None:
    assert parse_time("3/4/2026 10:00", UTC, MONTH_FIRST).month == 3
    assert parse_time("3/4/2026 10:00", UTC, DAY_FIRST).month == 4
    assert parse_time("3.4.2026 10:00", UTC, MONTH_FIRST).month == 4


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["3/4/2026", "3/14/2026 10:00"], MONTH_FIRST),
        (["3/4/2026", "14/3/2026 10:00"], DAY_FIRST),
        (["3-4-2026", "14-3-2026"], DAY_FIRST),
        (["3/4/2026", "12/12/2026"], None),
        (["2026-03-14", "14.3.2026", "", "no date"], None),
        (["30/31/2026"], None),
    ],
)
def test_one_number_above_twelve_gives_the_order_of_a_file_away(texts: list[str], order: DateOrder | None) -> None:
    assert order_of(texts) is order


@pytest.mark.parametrize(
    ("written", "two_ways"), [("3/4/2026 10:00", True), ("13/4/26", True), ("2026-03-04", False), ("4.3.2026", False)]
)
def test_only_slashes_and_dashes_after_a_day_read_two_ways(written: str, two_ways: bool) -> None:
    assert reads_two_ways(written) is two_ways


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "not a time"),
        ("yesterday", "not a time"),
        ("2026-03-04", "has a date but no time"),
        ("Mar 4 02:15:10 PM", "is not a time"),
        ("2026-03-04 14:15:10 EST", "is not a time"),
        ("2026-02-30 10:00", "does not exist"),
        ("2026-13-01 10:00", "does not exist"),
        ("2026-03-04 24:00", "does not exist"),
        ("0000-01-01 10:00", "does not exist"),
        ("2026-03-04 13:15 PM", "not 1 to 12"),
        ("2026-03-04 10:00 +25:00", "an unknown time zone"),
        ("14/3/2026 10:00", "not month-first"),
        ("4 Foo 2026 10:00", "an unknown month: Foo"),
        ("17726517100", "not a time"),
    ],
)
def test_what_cannot_be_sure_is_refused_with_the_reason(written: str, why: str) -> None:
    """EST is ambiguous, and a date without a time is not a start time."""
    with pytest.raises(Unreadable, match=why):
        parse_time(written, NEW_YORK, MONTH_FIRST)


def test_a_date_that_reads_two_ways_is_not_guessed() -> None:
    with pytest.raises(Unreadable, match="is ambiguous"):
        parse_time("3/4/2026 10:00", NEW_YORK, None)


def test_the_hour_that_clocks_repeat_is_the_first_of_the_two() -> None:
    assert parse_time("2026-11-01 01:30", NEW_YORK, None).astimezone(UTC) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


@given(st.integers(10**9, 4 * 10**9), st.timezones())
def test_iso_times_come_back_as_they_were(seconds: int, zone: ZoneInfo) -> None:
    """Exactly if written with an offset; without one, a repeated hour is taken as the first of the two."""
    moment = datetime.fromtimestamp(seconds, zone)
    assert parse_time(moment.isoformat(), UTC, None) == moment
    found = parse_time(moment.replace(tzinfo=None).isoformat(" "), zone, None)
    assert found.astimezone(UTC) == moment.replace(fold=0).astimezone(UTC)


@given(st.text(max_size=60) | st.from_regex(r"[0-9/:. \-TZapm+,]{5,30}", fullmatch=True), st.sampled_from(DateOrder))
def test_any_text_is_an_aware_time_or_refused(written: str, order: DateOrder) -> None:
    try:
        found = parse_time(written, NEW_YORK, order)
    except Unreadable:
        return
    assert found.tzinfo is not None
