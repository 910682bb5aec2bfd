"""Column names used by other systems, and how those mark a call as answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from settings_ui.domain.call_columns import NAMES, columns, known, status_of
from settings_ui.domain.errors import Invalid
from settings_ui.domain.qualification import CallStatus

OURS = ["id", "from", "to", "source", "started_at", "duration_s", "status"]
CALLRAIL = "Call Status,Number Name,Tracking Number,Source,Start Time,Duration (seconds),Name,Phone Number,Email,City"
RINGBA = "Call Date,Inbound Call ID,Campaign,Publisher,Target,Caller ID,Number,Duration,Connected,Payout"
CTM = "CallId,Name,Customer #,Tracking #,Tracking Source,Call Status,Direction,Duration,Talk Time,DateTime,Date,Day"
SPREADSHEET = "Call ID,Caller Number,Tracking Number,Source,Date,Time,Call Duration,Result"


def read(header: str) -> dict[str, str]:
    names = header.split(",")
    return {field: names[at] for field, at in columns(names).at.items()}


def test_our_own_names_are_understood() -> None:
    assert read(",".join(OURS)) == {name: name for name in OURS}


@pytest.mark.parametrize(
    ("header", "started_at", "caller", "dialled", "call_id", "source", "duration_s", "status"),
    [
        (
            CALLRAIL,
            "Start Time",
            "Phone Number",
            "Tracking Number",
            None,
            "Source",
            "Duration (seconds)",
            "Call Status",
        ),
        (RINGBA, "Call Date", "Caller ID", "Number", "Inbound Call ID", "Campaign", "Duration", "Connected"),
        (CTM, "DateTime", "Customer #", "Tracking #", "CallId", "Tracking Source", "Duration", "Call Status"),
        (SPREADSHEET, "Date", "Caller Number", "Tracking Number", "Call ID", "Source", "Call Duration", "Result"),
    ],
)
def test_the_exports_of_other_systems_are_understood(
    header: str,
    started_at: str,
    caller: str,
    dialled: str,
    call_id: str | None,
    source: str,
    duration_s: str,
    status: str,
) -> None:
    found = read(header)
    assert [found.get(field) for field in ("started_at", "from", "to", "id", "source", "duration_s", "status")] == [
        started_at,
        caller,
        dialled,
        call_id,
        source,
        duration_s,
        status,
    ]


@pytest.mark.parametrize(
    "written", ["Duration (seconds)", "DURATION_SECONDS", " duration seconds ", "Duration-Seconds"]
)
def test_case_blanks_and_punctuation_of_a_name_do_not_matter(written: str) -> None:
    assert known([written]) == 1


def test_the_name_that_we_document_wins_over_others() -> None:
    found = read("Talk Time,Duration,duration_s,Caller ID,from,to,Started At,status,ID")
    assert (found["duration_s"], found["from"]) == ("duration_s", "from")


def test_day_and_time_may_have_a_column_each() -> None:
    at = columns(SPREADSHEET.split(","))
    cells = ["c1", "4155550132", "4155550133", "Radio", "2026-03-04", "14:15", "90", "answered"]
    assert at.started_at(cells) == "2026-03-04 14:15"
    assert columns(CTM.split(",")).time_of_day is None


def test_a_header_that_lacks_something_says_what_and_what_it_has() -> None:
    with pytest.raises(
        Invalid, match=r"No column found for started_at, status\..*: id, from, to, seconds, \(nothing\)"
    ):
        columns(["id", "from", "to", "seconds", "", "duration"])


def test_neither_ids_nor_sources_are_needed() -> None:
    assert set(columns(["from", "to", "started_at", "duration", "status"]).at) == set(NAMES) - {"id", "source"}


def test_calls_that_went_out_are_told_apart() -> None:
    at = columns([*OURS, "Direction"])
    assert at.is_outbound([*OURS, "Outbound"])
    assert at.is_outbound([*OURS, "outgoing"])
    assert not at.is_outbound([*OURS, "inbound"])
    assert not columns(OURS).is_outbound(OURS)


def test_a_short_row_has_empty_cells_and_our_own_escapes_are_taken_off() -> None:
    at = columns(OURS)
    assert at.cell(["c1"], "status") == ""
    assert at.cell(["c1", "'+14155550132"], "from") == "+14155550132"
    assert at.cell(["'Tis"], "id") == "'Tis"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (CallStatus.COMPLETED, ["completed", "Complete", "ANSWERED", "Answered Call", "connected", "Yes", "true"]),
        (CallStatus.MISSED, ["missed", "Missed Call", "no-answer", "No Answer", "busy", "abandoned", "Canceled", "no"]),
        (CallStatus.VOICEMAIL, ["voicemail", "Voice Mail", "Voicemail Left", "left voicemail"]),
        (CallStatus.STOPPED, ["stopped", "Blocked"]),
    ],
)
def test_the_usual_words_for_how_a_call_ended_are_understood(status: CallStatus, words: list[str]) -> None:
    assert {status_of(word) for word in words} == {status}


@pytest.mark.parametrize("word", ["", "ringing", "in-progress", "queued", "90", "?"])
def test_a_call_that_has_not_ended_has_no_such_word(word: str) -> None:
    assert status_of(word) is None


@given(st.lists(st.text(max_size=20), max_size=20))
def test_any_header_is_read_or_refused(header: list[str]) -> None:
    try:
        found = columns(header)
    except Invalid:
        return
    assert set(NAMES) - {"id", "source"} <= set(found.at)
