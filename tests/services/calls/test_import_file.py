"""Importing calls from another system: each row once, bad rows reported, and counts right even if interrupted."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.errors import Invalid, NotFound
from settings_ui.domain.qualification import CallStatus
from settings_ui.domain.written_times import DateOrder
from settings_ui.gateways.ports import WrittenRow
from settings_ui.models import Business
from settings_ui.services.calls.import_file import Batch
from tests.calls import a_call, a_key, kept_calls
from tests.imports import GOOD, HEADER, agree, bring_in, many, rows, with_
from tests.support import START, add_business


def test_a_row_becomes_a_call(services: Services, business: str) -> None:
    assert bring_in(services, business, rows(GOOD)) == Batch(1, 0, ())
    [call] = kept_calls(services, business)
    assert (call.id, call.from_number, call.to_number, call.source) == ("c-1", "+14155550132", "+12125550110", "Radio")
    assert (call.started_at, call.duration_s, call.status, call.threshold_s) == (
        datetime(2026, 3, 4, 10, tzinfo=UTC),
        95,
        "completed",
        90,
    )
    assert agree(services, business)


def test_a_business_is_named_by_id_or_by_name(services: Services, business: str) -> None:
    bring_in(services, "Harbor Leads", rows(GOOD))
    assert len(kept_calls(services, business)) == 1
    with pytest.raises(NotFound, match="No business has the id or name “Nobody”"):
        bring_in(services, "Nobody", rows(GOOD))


def test_times_without_a_zone_are_the_business_s_or_what_is_said(services: Services) -> None:
    eastern = add_business(services, time_zone="America/New_York")
    bring_in(services, eastern, rows(GOOD))
    bring_in(services, eastern, rows(with_(id="c-2")), time_zone="Europe/Berlin")
    bring_in(services, eastern, rows(with_(id="c-3", started_at="2026-03-04T10:00:00Z")), time_zone="Europe/Berlin")
    assert [call.started_at.hour for call in kept_calls(services, eastern)] == [15, 9, 10]
    for wrong in ("Mars/Olympus", "../etc/passwd", "/etc/passwd", "America"):
        with pytest.raises(Invalid, match="is not a time zone"):
            bring_in(services, eastern, rows(GOOD), time_zone=wrong)


def test_the_same_file_again_adds_nothing(services: Services, business: str) -> None:
    """With a few new rows added, only those are imported."""
    assert bring_in(services, business, rows(*many(30))).added == 30
    again = many(30)
    again[10:10] = many(2, start=500)
    assert bring_in(services, business, rows(*again)) == Batch(2, 30, ())
    assert len(kept_calls(services, business)) == 32
    assert agree(services, business)


def test_an_id_with_other_content_is_rejected_and_what_is_there_stays(services: Services, business: str) -> None:
    """Whether the existing call is from before, from this file, or from the platform."""
    services.calls.recording.record(a_key(business), a_call("platform", at=START, duration_s=95))
    bring_in(services, business, rows(GOOD))
    result = bring_in(
        services,
        business,
        rows(
            with_(duration_s="96"),
            with_(id="new"),
            with_(id="new", source="Organic"),
            with_(id="new"),
            with_(id="platform"),
        ),
    )
    assert (result.added, result.already_there) == (1, 1)
    assert [(one.row.line, one.reason) for one in result.rejected] == [
        (2, "Call c-1 was already recorded with another duration_s."),
        (4, "Call new was already recorded with another source."),
        (6, "Call platform was already recorded with another started_at."),
    ]
    assert {call.id: call.duration_s for call in kept_calls(services, business)} == {
        "c-1": 95,
        "new": 95,
        "platform": 95,
    }
    assert agree(services, business)


def test_of_two_rows_with_one_id_the_first_is_kept(services: Services, business: str) -> None:
    result = bring_in(services, business, rows(GOOD, with_(source="Organic")))
    assert [one.row.line for one in result.rejected] == [3]
    assert [call.source for call in kept_calls(services, business)] == ["Radio"]


def test_a_row_that_came_first_counts_even_if_a_later_one_is_what_is_kept(services: Services, business: str) -> None:
    bring_in(services, business, rows(GOOD))
    result = bring_in(services, business, rows(with_(duration_s="1"), GOOD))
    assert (result.added, result.already_there, [one.row.line for one in result.rejected]) == (0, 1, [2])


def test_ids_are_of_one_business(services: Services, business: str) -> None:
    bring_in(services, business, rows(GOOD))
    assert bring_in(services, add_business(services), rows(with_(duration_s="5"))).added == 1


def test_without_ids_a_call_is_known_by_caller_number_and_moment(services: Services, business: str) -> None:
    """CallRail exports have no ids; importing the same export again still adds nothing."""
    header, cells = HEADER[1:], [with_()[1:], with_(started_at="2026-03-04 10:00:01")[1:]]
    assert bring_in(services, business, rows(*cells, cells[0]), header) == Batch(2, 1, ())
    assert bring_in(services, business, rows(*cells), header) == Batch(0, 2, ())
    first, second = kept_calls(services, business)
    assert first.id.startswith("import-")
    assert first.id != second.id
    [rejected] = bring_in(services, business, rows(with_(duration_s="1")[1:]), header).rejected
    assert "recorded with another duration_s" in rejected.reason


def test_without_sources_the_tracking_numbers_say_them(services: Services, business: str, owner: Actor) -> None:
    services.numbers.add(owner, "+12125550110", "Billboard")
    bring_in(services, business, rows(with_(source=""), with_(id="c-2", to="+12125550111", source="")))
    assert [call.source for call in kept_calls(services, business)] == ["Billboard", "Unassigned"]
    assert agree(services, business)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": ""}, "id: An id must have 1 to 128 visible characters."),
        ({"id": "x" * 129}, "id: An id must have"),
        ({"id": "a\x00b"}, "id: An id must have"),
        ({"id": "Jos\ufffd"}, "a character that is not valid in the file's encoding"),
        ({"from": "Dana Whitfield"}, "from: This is a name, not a number."),
        ({"from": "4.15555E+09"}, "from: A spreadsheet has shortened this number. Format the column as text."),
        ({"to": ""}, "to: Enter a phone number."),
        ({"to": "anonymous"}, "to: Enter the number with its area code"),
        ({"source": "x" * 101}, "source: A source can have up to 100"),
        ({"source": "two\nlines"}, "source: A source can have up to 100"),
        ({"started_at": ""}, "started_at: “” is not a time"),
        ({"started_at": "yesterday"}, "started_at: “yesterday” is not a time"),
        ({"started_at": "2026-03-04"}, "started_at: “2026-03-04” has a date but no time"),
        ({"started_at": "1999-12-31 12:00"}, "started_at: This time must be after 1999"),
        ({"started_at": "2026-03-06 12:00"}, "started_at: This time must be after 1999 and at most a day ahead"),
        ({"started_at": "9999-12-31 23:59"}, "started_at: This time"),
        ({"started_at": "0001-01-01 00:00"}, "started_at: This time"),
        ({"duration_s": "-1"}, "duration_s: “-1” is not a duration in whole seconds"),
        ({"duration_s": "89.5"}, "duration_s: “89.5” is not a duration"),
        ({"duration_s": ""}, "duration_s: “” is not a duration"),
        ({"duration_s": "86401"}, "duration_s: A duration must be 0 to 86,400"),
        ({"status": ""}, "status: “” is not a status"),
        ({"status": "ringing"}, "status: “ringing” is not a status"),
    ],
)
def test_a_bad_row_is_rejected_with_its_line_and_the_reason(
    services: Services, business: str, changes: dict[str, str], reason: str
) -> None:
    result = bring_in(services, business, rows(with_(id="before"), with_(**changes), with_(id="after")))
    [rejected] = result.rejected
    assert rejected.row.line == 3
    assert reason in rejected.reason
    assert [call.id for call in kept_calls(services, business)] == ["after", "before"]
    assert agree(services, business)


def test_rows_that_cannot_be_told_apart_are_rejected(services: Services, business: str) -> None:
    given = [
        WrittenRow(2, [], "The quotes on line 2 do not pair up."),
        WrittenRow(3, [*GOOD, "", "shifted"]),
        WrittenRow(4, [*with_(id="c-4"), "", " "]),
        WrittenRow(5, GOOD[:6]),
    ]
    result = bring_in(services, business, given)
    assert [(one.row.line, one.reason) for one in result.rejected] == [
        (2, "The quotes on line 2 do not pair up."),
        (3, "This row has more cells than there are columns."),
        (5, "status: “” is not a status like completed or missed."),
    ]
    assert result.added == 1


def test_calls_that_went_out_are_rejected(services: Services, business: str) -> None:
    result = bring_in(
        services, business, rows([*GOOD, "Outbound"], [*with_(id="c-2"), "Inbound"]), [*HEADER, "Direction"]
    )
    assert [(one.row.line, one.reason) for one in result.rejected] == [
        (2, "This is an outbound call. Only inbound calls are imported.")
    ]


def test_a_missed_call_needs_no_duration(services: Services, business: str) -> None:
    bring_in(services, business, rows(with_(status="no-answer", duration_s="")))
    [call] = kept_calls(services, business)
    assert (call.status, call.duration_s) == (CallStatus.MISSED, 0)


def test_a_file_says_itself_which_comes_first_day_or_month(services: Services, business: str) -> None:
    given = rows(with_(started_at="1/2/2026 10:00"), with_(id="c-2", started_at="25/1/2026 10:00"))
    assert bring_in(services, business, given).added == 2
    assert [call.started_at.month for call in kept_calls(services, business)] == [2, 1]


def test_a_file_that_can_be_read_two_ways_is_not_guessed(services: Services, business: str) -> None:
    """A wrong guess would silently put calls on wrong days."""
    given = rows(with_(started_at="1/2/2026 10:00"), with_(id="c-2", started_at="3/2/2026 10:00"))
    with pytest.raises(Invalid, match="Use --dates"):
        bring_in(services, business, given)
    assert kept_calls(services, business) == []
    bring_in(services, business, given, order=DateOrder.DAY_FIRST)
    assert [call.started_at.day for call in kept_calls(services, business)] == [1, 3]


def test_a_row_against_the_order_of_its_file_is_rejected(services: Services, business: str) -> None:
    given = rows(with_(started_at="1/25/2026 10:00"), with_(id="c-2", started_at="25/1/2026 10:00"))
    [rejected] = bring_in(services, business, given).rejected
    assert rejected.reason == "started_at: “25/1/2026 10:00” is not month-first, unlike the rest of the file."


def test_numbers_are_read_in_the_region_of_the_business(services: Services, business: str) -> None:
    with services.database.write() as session:
        session.get_one(Business, business).region = "GB"
    bring_in(services, business, rows([*with_(**{"from": "020 7946 0018", "to": "020 7946 0010"})]))
    [call] = kept_calls(services, business)
    assert (call.from_number, call.to_number) == ("+442079460018", "+442079460010")


cells = st.text(max_size=20) | st.sampled_from([*GOOD, "missed", "90", "2026-03-01 10:00", "3/3/2026 1:00 PM", "'=1+1"])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given=st.lists(st.lists(cells, max_size=9), max_size=8))
def test_any_rows_are_added_already_there_or_rejected(services: Services, given: list[list[str]]) -> None:
    """Whatever a row contains, it is not lost, and calls and counts agree."""
    business = add_business(services)
    result = bring_in(services, business, rows(*given, GOOD), order=DateOrder.MONTH_FIRST)
    assert result.added + result.already_there + len(result.rejected) == len(given) + 1
    assert len(kept_calls(services, business)) == result.added
    assert all(one.reason for one in result.rejected)
    assert agree(services, business)
