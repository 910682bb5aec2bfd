"""The log filter in a URL: it means the same wherever it is pasted."""

from datetime import UTC, date, datetime, timedelta
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.days import moments
from settings_ui.domain.errors import Invalid
from settings_ui.domain.filter_text import PERIODS
from settings_ui.domain.qualification import CallStatus
from settings_ui.services.calls.log import Filter
from settings_ui.services.calls.log_filter import CallFilterText, filter_of

NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)  # in New York it is still 3 March
NEW_YORK = "America/New_York"
TODAY = date(2026, 3, 3)


def means(**parts: str) -> Filter:
    """Return the filter that these query parameters mean in New York."""
    return filter_of(CallFilterText.of(parts), NEW_YORK, "US", NOW)


parts = st.builds(
    CallFilterText,
    period=st.sampled_from([*PERIODS, "odd"]),
    first=st.text(max_size=12),
    last=st.text(max_size=12),
    source=st.text(max_size=200),
    qualified=st.text(max_size=5),
    status=st.text(max_size=10),
    number=st.text(max_size=20),
)


@given(parts)
def test_a_filter_survives_its_address(wanted: CallFilterText) -> None:
    """With any characters. A value is left out of the URL only if it is the default, not merely because it is empty."""
    assert CallFilterText.of(dict(parse_qsl(wanted.query(), keep_blank_values=True))) == wanted
    assert ("period" in wanted.query()) == (wanted.period != CallFilterText().period)
    assert CallFilterText().query() == ""


@given(
    st.dictionaries(
        st.sampled_from([*vars(CallFilterText()), "page", "cursor", "business", "x"]), st.text(max_size=300)
    )
)
def test_any_address_is_a_filter_or_refused_at_a_part_of_it(query: dict[str, str]) -> None:
    try:
        found = filter_of(CallFilterText.of(query), NEW_YORK, "US", NOW)
    except Invalid as refused:
        problem = refused
    else:
        assert found.start is None or found.end is None or found.start < found.end
        return
    assert problem.field in vars(CallFilterText())


def test_without_anything_it_is_the_last_seven_days() -> None:
    """Today and the six days before, in the business's time zone."""
    assert means() == Filter(
        start=datetime(2026, 2, 25, tzinfo=ZoneInfo(NEW_YORK)), end=datetime(2026, 3, 4, tzinfo=ZoneInfo(NEW_YORK))
    )


@pytest.mark.parametrize(
    ("query", "days"),
    [
        ({"period": "7"}, (TODAY - timedelta(days=6), TODAY)),
        ({"period": "30"}, (TODAY - timedelta(days=29), TODAY)),
        ({"period": "90"}, (TODAY - timedelta(days=89), TODAY)),
        ({"period": "all"}, (None, None)),
        ({"period": "all", "first": "2026-01-01"}, (None, None)),
        ({"period": "custom", "first": "2026-01-01", "last": "2026-01-01"}, (date(2026, 1, 1), date(2026, 1, 1))),
        ({"period": "custom", "first": "2026-01-01"}, (date(2026, 1, 1), None)),
        ({"period": "custom", "last": "2026-01-01"}, (None, date(2026, 1, 1))),
        ({"period": "custom"}, (None, None)),
    ],
)
def test_periods_are_whole_days(query: dict[str, str], days: tuple[date | None, date | None]) -> None:
    assert CallFilterText.of(query).days(NEW_YORK, NOW) == days


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"period": "31"}, "period"),
        ({"period": "custom", "first": "2026-03-05", "last": "2026-03-04"}, "first"),
        ({"period": "custom", "first": "yesterday"}, "first"),
        ({"period": "custom", "last": "2026-02-30"}, "last"),
        ({"period": "custom", "first": "1999-12-31"}, "first"),
        ({"period": "custom", "last": "2201-01-01"}, "last"),
        ({"period": "custom", "last": "9999-12-31"}, "last"),
        ({"qualified": "maybe"}, "qualified"),
        ({"status": "ringing"}, "status"),
        ({"number": "555-0132"}, "number"),
    ],
)
def test_what_means_nothing_is_refused_at_its_part(query: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        means(**query)
    assert refused.value.field == field


def test_every_part_narrows_the_log() -> None:
    found = means(period="all", source="Google Ads", qualified="no", status="missed", number="(415) 555-0132")
    assert found == Filter(source="Google Ads", qualified=False, status=CallStatus.MISSED, caller="+14155550132")
    assert means(period="all", qualified="yes").qualified is True
    assert means(period="all", number="Anonymous").caller == "anonymous"
    assert means(period="all", number="12345").caller == "12345"


def test_days_begin_and_end_where_clocks_change() -> None:
    """8 March 2026 has 23 hours in New York, and 6 September has no hour after midnight in Santiago."""
    for zone, day, hours in (
        (NEW_YORK, date(2026, 3, 8), 23),
        ("America/Santiago", date(2026, 9, 6), 23),
        ("UTC", TODAY, 24),
    ):
        start, end = moments(day, day, zone)
        assert start is not None
        assert end is not None
        assert end.astimezone(UTC) - start.astimezone(UTC) == timedelta(hours=hours)
        assert (start.astimezone(UTC) - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() < day
        assert start.astimezone(UTC).astimezone(ZoneInfo(zone)).date() == day


def test_the_counts_can_say_how_many_match_by_day_and_source_only() -> None:
    assert CallFilterText.of({"period": "30", "source": "Radio"}).by_day_and_source_only
    for part in ("qualified", "status", "number"):
        assert not CallFilterText.of({part: "x"}).by_day_and_source_only
