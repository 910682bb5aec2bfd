"""/blocked-callers: block, list and unblock, and how calls are screened meanwhile."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from settings_ui.domain.api_key import KeyAccess
from settings_ui.gateways.bus import LocalBus
from settings_ui.services.kit.changes import business_topic
from tests.http.api.platform import RINGING, Platform, Tenant, on_sqlite, problem
from tests.support import START, FakeClock

CALLER = "+14155550132"


async def block(platform: Platform, *numbers: str, **more: Any) -> list[dict[str, Any]]:
    """Block the numbers and return the result for each."""
    answer = await platform.post("/blocked-callers", {"numbers": list(numbers), **more})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def action(platform: Platform, caller: str = CALLER) -> str:
    """Return the screening decision for a call from this number."""
    answer = await platform.post("/calls/screen", {"from": caller, "to": RINGING["to"]})
    return str(answer.json()["data"]["action"])


async def test_a_caller_is_blocked_listed_stopped_and_unblocked(platform: Platform) -> None:
    """Every change applies to the very next call."""
    assert await action(platform) == "allow"
    [result] = await block(platform, "(415) 555-0132", note="Sells roofs", until="2026-06-30T02:00:00+02:00")
    assert result == {"input": "(415) 555-0132", "number": CALLER, "id": result["id"], "result": "blocked"}
    assert await action(platform) == "block"
    entry = {
        "id": result["id"],
        "number": CALLER,
        "note": "Sells roofs",
        "until": "2026-06-30T00:00:00Z",
        "created_at": "2026-03-04T12:00:00Z",
        "stopped": 1,
        "last_stopped_at": "2026-03-04T12:00:00Z",
    }
    assert (await platform.get("/blocked-callers")).json() == {"data": [entry], "next_cursor": None}
    assert (await platform.get(f"/blocked-callers/{result['id']}")).json() == {"data": entry}
    gone = await platform.delete(f"/blocked-callers/{result['id']}")
    assert (gone.status_code, gone.json()) == (200, {"data": entry})
    assert await action(platform) == "allow"
    assert (await platform.get("/blocked-callers")).json() == {"data": [], "next_cursor": None}
    for again in (
        await platform.delete(f"/blocked-callers/{result['id']}"),
        await platform.get(f"/blocked-callers/{result['id']}"),
    ):
        assert problem(again) == (404, "not_found", None)


async def test_every_number_is_answered_in_its_order(platform: Platform) -> None:
    """Valid numbers are blocked; only results that need an explanation have a message."""
    results = await block(platform, CALLER, "911", "415-555-0132 x7", "+1 212 555*", "anonymous", "")
    assert [(r["number"], r["result"]) for r in results] == [
        (CALLER, "blocked"),
        (None, "invalid"),
        (CALLER, "already_blocked"),
        ("+1212555*", "blocked"),
        ("anonymous", "blocked"),
        (None, "invalid"),
    ]
    assert results[0]["id"] == results[2]["id"]
    assert results[1]["id"] is None
    assert {r["input"]: r["message"] for r in results if "message" in r} == {
        "911": "Enter the number with its area code, like (201) 555-0123.",
        "415-555-0132 x7": "The extension 7 was left out: callers’ numbers have none.",
        "": "Enter a phone number.",
    }
    assert await action(platform, "+12125550177") == await action(platform, "") == "block"


async def test_a_thousand_numbers_fit_into_a_request(platform: Platform) -> None:
    results = await block(platform, *(f"+1 (415) {n // 10000:03}-{n % 10000:04}" for n in range(1000)))
    assert {result["result"] for result in results} == {"blocked"}
    assert len((await platform.get("/blocked-callers", limit=500)).json()["data"]) == 500


@on_sqlite
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "numbers"),
        ({"numbers": []}, "numbers"),
        ({"numbers": [CALLER] * 1001}, "numbers"),
        ({"numbers": CALLER}, "numbers"),
        ({"numbers": None}, "numbers"),
        ({"numbers": [14155550132]}, "numbers"),
        ({"numbers": [None]}, "numbers"),
        ({"numbers": [[CALLER]]}, "numbers"),
        ({"numbers": ["\0"]}, "numbers"),
        ({"numbers": [CALLER], "note": "x" * 201}, "note"),
        ({"numbers": [CALLER], "note": "a\u202eb"}, "note"),
        ({"numbers": [CALLER], "note": 7}, "note"),
        ({"numbers": [CALLER], "until": "2026-03-04"}, "until"),
        ({"numbers": [CALLER], "until": "2026-03-05T12:00:00"}, "until"),
        ({"numbers": [CALLER], "until": "2026-03-04T12:00:00Z"}, "until"),
        ({"numbers": [CALLER], "until": "2036-03-06T12:00:00Z"}, "until"),
        ({"numbers": [CALLER], "until": "9999-12-31T23:59:59-14:00"}, "until"),
        ({"numbers": [CALLER], "until": 1_772_625_600}, "until"),
        ({"numbers": [CALLER], "number": CALLER}, "number"),
        ({"numbers": [CALLER], "business_id": "biz_x"}, "business_id"),
        ([CALLER], "body"),
        (CALLER, "body"),
    ],
)
async def test_what_cannot_be_asked_is_refused_at_its_field_and_blocks_nobody(
    platform: Platform, body: Any, field: str
) -> None:
    assert problem(await platform.post("/blocked-callers", body)) == (422, "invalid_request", field)
    assert (await platform.get("/blocked-callers")).json()["data"] == []


async def test_null_is_as_left_out(platform: Platform) -> None:
    await block(platform, CALLER, note=None, until=None)
    [entry] = (await platform.get("/blocked-callers")).json()["data"]
    assert (entry["note"], entry["until"]) == ("", None)


async def test_pages_go_through_all_entries_newest_first_once_each(platform: Platform, clock: FakeClock) -> None:
    """Also when many entries share one timestamp, and when the entry a page ended with is removed meanwhile."""
    await block(platform, *(f"+1415555000{n}" for n in range(4)))
    clock.tick(minutes=1)
    await block(platform, *(f"+1415555001{n}" for n in range(3)))
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await platform.get("/blocked-callers", **query)).json()
        seen += [entry["number"] for entry in page["data"]]
        if page["next_cursor"] is None:
            break
        await platform.delete(f"/blocked-callers/{page['data'][-1]['id']}")
        clock.tick(minutes=1)
        await block(platform, f"+1212555000{len(seen)}")
        query["cursor"] = page["next_cursor"]
    assert sorted(seen[:3]) == [f"+1415555001{n}" for n in range(3)]
    assert sorted(seen[3:]) == [f"+1415555000{n}" for n in range(4)]


async def test_an_entry_of_another_business_is_not_found_as_if_it_did_not_exist(
    platform: Platform, neighbour: Platform
) -> None:
    [result] = await block(platform, CALLER)
    for method in ("GET", "DELETE"):
        strange = await neighbour.ask(method, f"/blocked-callers/{result['id']}")
        missing = await neighbour.ask(method, "/blocked-callers/blk_aaaaaaaaaaaaaaaaaaaaaaaa")
        assert problem(strange) == problem(missing) == (404, "not_found", None)
        assert strange.json()["error"]["message"] == missing.json()["error"]["message"]
    assert (await neighbour.get("/blocked-callers")).json()["data"] == []
    assert problem(await neighbour.get("/blocked-callers", cursor=result["id"])) == (422, "invalid_request", "cursor")
    assert await action(platform) == "block"
    assert await action(neighbour) == "allow"


@on_sqlite
@pytest.mark.parametrize("id", ["%00", "blk_%F0%9F%93%9E", "x" * 33, "..%2Fcalls", "'%20OR%201=1"])
async def test_an_odd_id_is_not_found(platform: Platform, id: str) -> None:
    for method in ("GET", "DELETE"):
        assert problem(await platform.ask(method, f"/blocked-callers/{id}"))[:2] == (404, "not_found")


async def test_an_entry_that_has_ended_is_not_there(platform: Platform, clock: FakeClock) -> None:
    [result] = await block(platform, CALLER, until=(START + timedelta(hours=1)).isoformat())
    clock.tick(hours=1)
    assert (await platform.get("/blocked-callers")).json()["data"] == []
    for method in ("GET", "DELETE"):
        assert problem(await platform.ask(method, f"/blocked-callers/{result['id']}")) == (404, "not_found", None)


async def test_the_same_post_again_is_answered_as_the_first_time(platform: Platform) -> None:
    """With an Idempotency-Key; without one, a retry reports the number as already blocked."""
    body = {"numbers": [CALLER]}
    first, again = [await platform.post("/blocked-callers", body, once="block-1") for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert (await block(platform, CALLER))[0]["result"] == "already_blocked"


async def test_a_read_only_key_reads_the_list_and_a_screening_key_does_not(northwind: Tenant) -> None:
    [result] = await block(northwind.platform(), CALLER)
    reader, screener = northwind.platform(KeyAccess.READ_ONLY), northwind.platform(KeyAccess.SCREENING)
    assert len((await reader.get("/blocked-callers")).json()["data"]) == 1
    assert problem(await reader.post("/blocked-callers", {"numbers": [CALLER]}))[0] == 403
    assert problem(await reader.delete(f"/blocked-callers/{result['id']}"))[0] == 403
    assert problem(await screener.get("/blocked-callers"))[0] == 403
    assert problem(await screener.get(f"/blocked-callers/{result['id']}"))[0] == 403
    assert await action(screener) == "block"


async def test_a_key_that_blocks_is_named_in_the_activity_of_the_business(northwind: Tenant) -> None:
    platform = northwind.platform()
    [result] = await block(platform, CALLER)
    await platform.delete(f"/blocked-callers/{result['id']}")
    changes = northwind.services.activity.recent(northwind.owner, "blocked_callers")
    key = (await platform.get("/business")).json()["data"]["key"]["name"]
    assert {(change.what, change.who) for change in changes} == {
        ("blocked", f"The key {key}"),
        ("unblocked", f"The key {key}"),
    }


class Listening(LocalBus):
    """A bus that records what is published."""

    def __init__(self) -> None:
        super().__init__()
        self.told: list[frozenset[str]] = []

    async def publish(self, topics: Iterable[str]) -> None:
        self.told.append(frozenset(topics))


async def test_open_windows_look_again(northwind: Tenant) -> None:
    bus = Listening()
    services = replace(northwind.services, bus=bus)
    platform = Platform(services, northwind.key().secret)
    [result] = await block(platform, CALLER)
    await block(platform, CALLER)
    await platform.delete(f"/blocked-callers/{result['id']}")
    assert [told for told in bus.told if told] == [frozenset({business_topic(northwind.id)})] * 2
