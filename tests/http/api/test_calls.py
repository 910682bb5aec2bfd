"""Calls: recorded and read."""

from datetime import timedelta
from typing import Any

import pytest

from tests.http.api.platform import CALL, Platform, Tenant, a_call, on_sqlite, problem
from tests.http.api.recorded import ids, record
from tests.support import START, FakeClock

KEPT = CALL | {
    "source": "Unassigned",
    "qualified": True,
    "qualified_then": True,
    "reason": "134 s, at or above the 90 s threshold",
    "blocked_caller_id": None,
}


async def test_a_call_is_recorded_and_shown_with_what_it_counts_as(platform: Platform) -> None:
    made = await platform.post("/calls", CALL)
    assert (made.status_code, made.json()["data"]) == (201, KEPT)
    assert (await platform.get("/calls/call-1")).json()["data"] == KEPT
    assert (await platform.get("/calls")).json() == {"data": [KEPT], "next_cursor": None}


async def test_the_same_call_again_is_the_same_call(platform: Platform) -> None:
    """However its numbers and its time are formatted."""
    await record(platform, CALL)
    again = CALL | {"from": "(415) 555-0132", "to": "212 555 0100", "started_at": "2026-03-04T06:30:00-05:00"}
    for call in (CALL, again, CALL | {"source": None}, CALL | {"source": ""}):
        answer = await platform.post("/calls", call)
        assert (answer.status_code, answer.json()["data"]) == (200, KEPT)
    assert await ids(platform) == ["call-1"]


@pytest.mark.parametrize(
    "changes",
    [
        {"duration_s": 135},
        {"status": "missed"},
        {"from": "+14155550133"},
        {"to": "+12125550101"},
        {"started_at": "2026-03-04T11:30:01Z"},
        {"source": "Radio"},
    ],
)
async def test_the_same_id_with_other_content_is_a_conflict(platform: Platform, changes: dict[str, Any]) -> None:
    await record(platform, CALL)
    assert problem(await platform.post("/calls", CALL | changes)) == (409, "conflict", None)
    assert (await platform.get("/calls/call-1")).json()["data"] == KEPT


async def test_the_source_is_what_the_tracking_number_stands_for_unless_it_is_given(platform: Platform) -> None:
    await platform.post("/numbers", {"number": "+12125550100", "source": "Google Ads"})
    await record(platform, a_call(1), a_call(2, source="Radio"), a_call(3, to="+12125550199"))
    sources = [(await platform.get(f"/calls/call-{n}")).json()["data"]["source"] for n in (1, 2, 3)]
    assert sources == ["Google Ads", "Radio", "Unassigned"]


async def test_89_does_not_and_90_does_qualify_and_a_new_threshold_holds_at_once(
    northwind: Tenant, platform: Platform
) -> None:
    """Also for past calls; each call keeps the verdict it was recorded with."""
    await record(platform, a_call(1, duration_s=89), a_call(2, duration_s=90), a_call(3, status="voicemail"))
    assert await ids(platform, qualified="true") == ["call-2"]
    northwind.set(threshold_s=60)
    assert await ids(platform, qualified="true") == ["call-2", "call-1"]
    assert await ids(platform, qualified="false") == ["call-3"]
    seen = (await platform.get("/calls/call-1")).json()["data"]
    assert (seen["qualified"], seen["qualified_then"]) == (True, False)
    assert seen["reason"] == "89 s, at or above the 60 s threshold"
    again = (await platform.post("/calls", a_call(1, duration_s=89))).json()["data"]
    assert (again["qualified"], again["qualified_then"]) == (True, False)


async def test_another_business_s_call_is_not_found_as_if_it_did_not_exist(
    platform: Platform, neighbour: Platform
) -> None:
    await record(platform, CALL)
    strange, missing = await neighbour.get("/calls/call-1"), await neighbour.get("/calls/call-2")
    assert problem(strange) == problem(missing) == (404, "not_found", None)
    assert strange.json()["error"]["message"] == missing.json()["error"]["message"]
    await record(neighbour, CALL | {"duration_s": 5})  # a call of its own with the same id
    assert await ids(neighbour) == ["call-1"]
    assert (await platform.get("/calls/call-1")).json()["data"]["duration_s"] == 134


@pytest.mark.parametrize("id", ["a/b/c", "screen/1", "ä 1?#%", "..", "x" * 128, "📞"])
async def test_any_visible_id_of_the_platform_finds_its_call(platform: Platform, id: str) -> None:
    await record(platform, CALL | {"id": id})
    coded = "".join(f"%{byte:02X}" for byte in id.encode())
    answer = await platform.get(f"/calls/{coded}")
    assert (answer.status_code, answer.json().get("data", {}).get("id")) == (200, id)


@pytest.mark.parametrize("id", ["%00", "%0A", "a%E2%80%AEb", "x" * 129, "%FF", "%ED%A0%80"])
async def test_an_id_that_no_call_can_have_is_not_found(platform: Platform, id: str) -> None:
    assert problem(await platform.get(f"/calls/{id}")) == (404, "not_found", None)


@on_sqlite
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "id"),
        ({"id": "x" * 129}, "id"),
        ({"id": "a\u202eb"}, "id"),
        ({"id": "a\nb"}, "id"),
        ({"id": None}, "id"),
        ({"id": 7}, "id"),
        ({"from": None}, "from"),
        ({"from": "4.15556E+09"}, "from"),
        ({"from": "\x00"}, "from"),
        ({"from": "x" * 256}, "from"),
        ({"to": ""}, "to"),
        ({"to": "anonymous"}, "to"),
        ({"to": "not a number"}, "to"),
        ({"source": "x" * 101}, "source"),
        ({"source": "a\u202eb"}, "source"),
        ({"source": ["x"]}, "source"),
        ({"duration_s": -1}, "duration_s"),
        ({"duration_s": 86_401}, "duration_s"),
        ({"duration_s": 10**30}, "duration_s"),
        ({"duration_s": 1.5}, "duration_s"),
        ({"duration_s": "5"}, "duration_s"),
        ({"duration_s": True}, "duration_s"),
        ({"duration_s": None}, "duration_s"),
        ({"status": "Completed"}, "status"),
        ({"status": "ringing"}, "status"),
        ({"status": None}, "status"),
        ({"started_at": "2026-03-04T11:30:00"}, "started_at"),
        ({"started_at": "2026-03-04"}, "started_at"),
        ({"started_at": "2026-03-04 11:30:00Z"}, "started_at"),
        ({"started_at": "2026-02-30T11:30:00Z"}, "started_at"),
        ({"started_at": "2026-03-04T25:30:00Z"}, "started_at"),
        ({"started_at": "2026-03-04T11:30:60Z"}, "started_at"),
        ({"started_at": "1999-12-31T23:59:59Z"}, "started_at"),
        ({"started_at": "9999-12-31T23:59:59-14:00"}, "started_at"),
        ({"started_at": 1_772_625_600}, "started_at"),
        ({"started_at": "1772625600"}, "started_at"),
        ({"qualified": True}, "qualified"),
        ({"business_id": "biz_other"}, "business_id"),
        ({"threshold_s": 1}, "threshold_s"),
        ({"blocked_caller_id": "blk_x"}, "blocked_caller_id"),
    ],
)
async def test_a_call_that_cannot_be_is_refused_at_its_field_and_leaves_nothing(
    platform: Platform, changes: dict[str, Any], field: str
) -> None:
    assert problem(await platform.post("/calls", CALL | changes)) == (422, "invalid_request", field)
    assert await ids(platform) == []


@on_sqlite
@pytest.mark.parametrize("field", ["id", "from", "to", "started_at", "duration_s", "status"])
async def test_what_is_missing_is_named(platform: Platform, field: str) -> None:
    call = {name: value for name, value in CALL.items() if name != field}
    answer = await platform.post("/calls", call)
    assert problem(answer) == (422, "invalid_request", field)
    assert answer.json()["error"]["message"] == "This is missing."


async def test_a_call_may_begin_a_day_ahead_and_not_later(platform: Platform, clock: FakeClock) -> None:
    latest = (START + timedelta(hours=24)).isoformat()
    assert (await platform.post("/calls", a_call(1, started_at=latest))).status_code == 201
    too_late = (START + timedelta(hours=24, seconds=1)).isoformat()
    assert problem(await platform.post("/calls", a_call(2, started_at=too_late))) == (
        422,
        "invalid_request",
        "started_at",
    )


async def test_hidden_numbers_are_one_caller(platform: Platform) -> None:
    await record(platform, *(a_call(n, **{"from": given}) for n, given in enumerate(["", "anonymous", "Restricted"])))
    callers = {call["from"] for call in (await platform.get("/calls")).json()["data"]}
    assert callers == {"anonymous"}


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("12345", "12345"),
        ("+1", "+1"),
        ("Restricted", "anonymous"),
        ("98765432109876543210", "98765432109876543210"),
        ("sip:alice@example.com", "alice"),
        ("é" * 64, "é" * 64),
    ],
)
async def test_a_call_from_no_number_is_screened_recorded_counted_and_the_same_when_reported_again(
    northwind: Tenant, platform: Platform, sent: str, kept: str
) -> None:
    """It took place, and it qualifies like any other."""
    answer = await platform.post("/calls/screen", {"from": sent, "to": CALL["to"]})
    assert answer.json()["data"]["action"] == "allow"
    for status in (201, 200):
        answer = await platform.post("/calls", CALL | {"from": sent})
        assert (answer.status_code, answer.json()["data"]["from"]) == (status, kept)
        assert answer.json()["data"]["qualified"] is True
    [line] = (await platform.get("/reports/qualified", group_by="source")).json()["data"]
    assert (line["calls"], line["completed"], line["qualified"]) == (1, 1, 1)
    [call] = (await platform.get("/calls")).json()["data"]
    assert call["from"] == kept


async def test_a_prefix_stops_a_forged_number_that_is_too_long(platform: Platform) -> None:
    """And what an owner blocks has to be a number, a prefix or hidden numbers."""
    answer = await platform.post("/blocked-callers", {"numbers": ["+1415*", "12345", "+1415555013299999999", "alice"]})
    results = [each["result"] for each in answer.json()["data"]]
    assert results == ["blocked", "invalid", "invalid", "invalid"]
    ringing = {"from": "+1415555013299999999", "to": CALL["to"], "id": "forged-1"}
    assert (await platform.post("/calls/screen", ringing)).json()["data"]["action"] == "block"
    [call] = (await platform.get("/calls")).json()["data"]
    assert (call["id"], call["from"], call["status"]) == ("forged-1", "+1415555013299999999", "stopped")
