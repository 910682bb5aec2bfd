"""Lists of calls: pages, days, filters, and queries that mean nothing."""

from typing import Any

import pytest

from tests.http.api.platform import CALL, Platform, a_call, on_sqlite, problem
from tests.http.api.recorded import ids, record
from tests.support import FakeClock


async def test_pages_go_through_all_calls_newest_first_once_each(platform: Platform, clock: FakeClock) -> None:
    """Also when many calls share one timestamp, and while new ones come in."""
    await record(platform, *(a_call(n, started_at=f"2026-03-04T11:{30 + n // 3}:00Z") for n in range(7)))
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 3}
    while True:
        page = (await platform.get("/calls", **query)).json()
        seen += [call["id"] for call in page["data"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
        await record(platform, a_call(100 + len(seen), started_at="2026-03-04T11:59:00Z"))
    assert seen == [f"call-{n}" for n in (6, 5, 4, 3, 2, 1, 0)]


async def test_a_cursor_of_another_business_or_of_nobody_is_refused(platform: Platform, neighbour: Platform) -> None:
    await record(platform, a_call(1), a_call(2))
    cursor = (await platform.get("/calls", limit=1)).json()["next_cursor"]
    assert await ids(platform, cursor=cursor) == ["call-1"]
    for asker, given in ((neighbour, cursor), (platform, cursor[:-1]), (platform, "x"), (platform, "W10.x")):
        assert problem(await asker.get("/calls", cursor=given)) == (422, "invalid_request", "cursor")


async def test_days_are_those_of_the_business_and_both_count(platform: Platform) -> None:
    """4 March in New York is 05:00 UTC to 05:00 UTC. Times are exact: `from` is inclusive, `to` exclusive."""
    await record(
        platform,
        a_call(1, started_at="2026-03-03T04:59:59Z"),
        a_call(2, started_at="2026-03-03T05:00:00Z"),
        a_call(3, started_at="2026-03-04T04:59:59Z"),
        a_call(4, started_at="2026-03-04T05:00:00Z"),
    )
    assert await ids(platform, from_="2026-03-03", to="2026-03-03") == ["call-3", "call-2"]
    assert await ids(platform, from_="2026-03-04") == ["call-4"]
    assert await ids(platform, to="2026-03-02") == ["call-1"]
    assert await ids(platform, from_="2026-03-03T05:00:00Z", to="2026-03-04T05:00:00Z") == ["call-3", "call-2"]
    assert await ids(platform, from_="2026-03-03T00:00:00-05:00", to="2026-03-03") == ["call-3", "call-2"]


async def test_filters_narrow_together(platform: Platform) -> None:
    await record(
        platform,
        a_call(1, source="Google Ads", duration_s=100),
        a_call(2, source="Google Ads", duration_s=95),
        a_call(3, source="Radio", duration_s=200),
        a_call(4, source="Google Ads", duration_s=300, status="voicemail"),
    )
    assert await ids(platform, source="Google Ads") == ["call-4", "call-2", "call-1"]
    assert await ids(platform, min_duration=100) == ["call-4", "call-3", "call-1"]
    assert await ids(platform, source="Google Ads", qualified="true", min_duration=100) == ["call-1"]
    assert await ids(platform, source="google ads") == []


@on_sqlite
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "501"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "5.0"}, "limit"),
        ({"limit": "5e1"}, "limit"),
        ({"limit": " 5"}, "limit"),
        ({"limit": "1_0"}, "limit"),
        ({"limit": "٥"}, "limit"),
        ({"limit": ""}, "limit"),
        ({"limit": "9" * 400}, "limit"),
        ({"min_duration": "86401"}, "min_duration"),
        ({"min_duration": "-1"}, "min_duration"),
        ({"qualified": "yes"}, "qualified"),
        ({"qualified": "1"}, "qualified"),
        ({"qualified": "True"}, "qualified"),
        ({"qualified": ""}, "qualified"),
        ({"from_": "yesterday"}, "from"),
        ({"from_": "2026-02-30"}, "from"),
        ({"from_": "2026-3-4"}, "from"),
        ({"from_": "20260304"}, "from"),
        ({"from_": "1999-12-31"}, "from"),
        ({"to": "9999-12-31"}, "to"),
        ({"to": "0001-01-01T00:00:00+14:00"}, "to"),
        ({"to": "2026-03-04T12:00:00"}, "to"),
        ({"to": "2026-03-04 12:00:00Z"}, "to"),
        ({"to": "2026-03-04T12:00:00+99:00"}, "to"),
        ({"to": "1772625600"}, "to"),
        ({"from_": "2026-03-05", "to": "2026-03-04"}, "from"),
        ({"source": ""}, "source"),
        ({"source": "x" * 101}, "source"),
        ({"source": "\0"}, "source"),
        ({"cursor": ""}, "cursor"),
        ({"cursor": "x" * 501}, "cursor"),
        ({"page": "2"}, "page"),
        ({"status": "missed"}, "status"),
    ],
)
async def test_a_query_that_means_nothing_is_refused_at_its_field(
    platform: Platform, query: dict[str, str], field: str
) -> None:
    assert problem(await platform.get("/calls", **query)) == (422, "invalid_request", field)


async def test_a_length_that_is_wrong_is_told_in_characters_or_items(platform: Platform) -> None:
    none = await platform.get("/calls", source="")
    assert none.json()["error"]["message"] == "This needs at least 1 character."
    query = await platform.get("/calls", source="x" * 101)
    for answer in (query, await platform.post("/calls", CALL | {"source": "x" * 101})):
        assert answer.json()["error"]["message"] == "This can have up to 100 characters."
    many = await platform.post("/blocked-callers", {"numbers": ["+14155550132"] * 1001})
    assert many.json()["error"]["message"] == "This can have up to 1,000 items."


async def test_a_whole_number_may_be_written_with_a_point(platform: Platform) -> None:
    """JSON does not distinguish 5 from 5.0, and JSON Schema calls both integers."""
    answer = await platform.post("/calls", CALL | {"duration_s": 5.0})
    assert (answer.status_code, answer.json()["data"]["duration_s"]) == (201, 5)


@on_sqlite
async def test_a_plus_sign_that_the_url_made_a_space_is_explained(platform: Platform) -> None:
    """It is what everybody sends who does not escape, and the message would otherwise ask for what they wrote."""
    at = "2026-03-03T00:00:00+05:30"
    refused = await platform.get(f"/calls?from={at}")
    assert problem(refused) == (422, "invalid_request", "from")
    assert "%2B" in refused.json()["error"]["message"]
    assert (await platform.get(f"/calls?from={at.replace('+', '%2B')}")).status_code == 200


@on_sqlite
@pytest.mark.parametrize("at", ["2026-03-04T24:00:00Z", "2026-03-04T12:00:60Z", "2026-02-30T12:00:00%2B01:00"])
async def test_a_time_that_does_not_exist_is_not_blamed_on_the_plus_sign(platform: Platform, at: str) -> None:
    refused = await platform.get(f"/calls?from={at}")
    assert problem(refused)[0] == 422
    assert refused.json()["error"]["message"] == "This time does not exist."


async def test_a_parameter_that_comes_twice_is_refused(platform: Platform) -> None:
    assert problem(await platform.get("/calls?limit=1&limit=2")) == (422, "invalid_request", "limit")
    many = "&".join(f"a{n}=1" for n in range(60))
    assert problem(await platform.get(f"/calls?{many}")) == (422, "invalid_request", "query")
