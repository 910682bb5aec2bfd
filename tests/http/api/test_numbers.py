"""Tracking numbers: added, listed, released."""

from typing import Any

import pytest
from sqlmodel import select

from settings_ui.models import Activity
from tests.http.api.platform import Platform, Tenant, on_sqlite, problem

NUMBER = {"number": "+12125550100", "source": "Google Ads"}


async def test_a_number_is_added_shown_listed_and_released(platform: Platform) -> None:
    made = await platform.post("/numbers", {"number": "212 555 0100", "source": "Google Ads"})
    number = made.json()["data"]
    assert made.status_code == 201
    assert number == NUMBER | {"id": number["id"], "since": "2026-03-04T12:00:00Z"}
    assert (await platform.get(f"/numbers/{number['id']}")).json() == {"data": number}
    assert (await platform.get("/numbers")).json() == {"data": [number], "next_cursor": None}
    gone = await platform.delete(f"/numbers/{number['id']}")
    assert (gone.status_code, gone.json()) == (200, {"data": number})
    assert (await platform.get("/numbers")).json() == {"data": [], "next_cursor": None}
    for again in (await platform.delete(f"/numbers/{number['id']}"), await platform.get(f"/numbers/{number['id']}")):
        assert problem(again) == (404, "not_found", None)


async def test_a_number_that_the_business_has_is_a_conflict_however_it_is_written(
    platform: Platform, neighbour: Platform
) -> None:
    await platform.post("/numbers", NUMBER)
    again = await platform.post("/numbers", {"number": "(212) 555-0100", "source": "Radio"})
    assert problem(again) == (409, "conflict", None)
    assert (await neighbour.post("/numbers", NUMBER)).status_code == 201


async def test_another_business_s_number_is_not_found_as_if_it_did_not_exist(
    platform: Platform, neighbour: Platform
) -> None:
    number_id = (await platform.post("/numbers", NUMBER)).json()["data"]["id"]
    for method in ("GET", "DELETE"):
        strange = await neighbour.ask(method, f"/numbers/{number_id}")
        missing = await neighbour.ask(method, "/numbers/num_aaaaaaaaaaaaaaaaaaaaaaaa")
        assert problem(strange) == problem(missing) == (404, "not_found", None)
        assert strange.json()["error"]["message"] == missing.json()["error"]["message"]
    assert (await platform.get(f"/numbers/{number_id}")).status_code == 200
    assert (await neighbour.get("/numbers")).json()["data"] == []


async def test_pages_go_through_all_numbers_by_source_once_each(platform: Platform) -> None:
    """Also when the number that a page ended with is released before the next page is requested."""
    for n in range(5):
        await platform.post("/numbers", {"number": f"+1212555010{n}", "source": f"Source {'ABBBC'[n]}"})
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 2}
    while True:
        page = (await platform.get("/numbers", **query)).json()
        seen += [number["number"][-1] for number in page["data"]]
        if page["next_cursor"] is None:
            break
        await platform.delete(f"/numbers/{page['data'][-1]['id']}")
        query["cursor"] = page["next_cursor"]
    assert seen == ["0", "1", "2", "3", "4"]


async def test_a_cursor_of_another_business_or_of_nobody_is_refused(platform: Platform, neighbour: Platform) -> None:
    number_id = (await platform.post("/numbers", NUMBER)).json()["data"]["id"]
    assert (await platform.get("/numbers", cursor=number_id)).json() == {"data": [], "next_cursor": None}
    for asker, cursor in (
        (neighbour, number_id),
        (platform, "num_x"),
        (platform, "\0"),
        (platform, f"{number_id}.AA=="),
    ):
        assert problem(await asker.get("/numbers", cursor=cursor)) == (422, "invalid_request", "cursor")


async def test_what_a_key_did_is_written_down_with_its_name_and_no_address_of_a_person(
    northwind: Tenant, platform: Platform
) -> None:
    await platform.post("/numbers", NUMBER)
    with northwind.services.database.read() as session:
        noted = session.exec(select(Activity).where(Activity.topic == "numbers")).one()
    assert (noted.source, noted.network, noted.user_id) == ("api", "192.0.2.0/24", None)
    assert noted.after["API key"].startswith("Key ")


@on_sqlite
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"number": "+12125550100"}, "source"),
        ({"source": "Google Ads"}, "number"),
        (NUMBER | {"number": "12"}, "number"),
        (NUMBER | {"number": ""}, "number"),
        (NUMBER | {"number": 12125550100}, "number"),
        (NUMBER | {"number": "x" * 65}, "number"),
        (NUMBER | {"source": ""}, "source"),
        (NUMBER | {"source": "   "}, "source"),
        (NUMBER | {"source": "x" * 101}, "source"),
        (NUMBER | {"source": "a\u202eb"}, "source"),
        (NUMBER | {"source": None}, "source"),
        (NUMBER | {"since": "2020-01-01T00:00:00Z"}, "since"),
        (NUMBER | {"id": "num_mine"}, "id"),
    ],
)
async def test_a_number_that_cannot_be_is_refused_at_its_field(
    platform: Platform, body: dict[str, Any], field: str
) -> None:
    assert problem(await platform.post("/numbers", body)) == (422, "invalid_request", field)
    assert (await platform.get("/numbers")).json()["data"] == []


@on_sqlite
@pytest.mark.parametrize("id", ["%00", "%FF", "x" * 40, "a%20b", "..%2Fbusiness"])
async def test_an_id_that_no_number_can_have_is_not_found(platform: Platform, id: str) -> None:
    for method in ("GET", "DELETE"):
        assert problem(await platform.ask(method, f"/numbers/{id}"))[:2] == (404, "not_found")


@on_sqlite
@pytest.mark.parametrize(
    ("query", "field"), [({"limit": "0"}, "limit"), ({"limit": "501"}, "limit"), ({"q": "a"}, "q")]
)
async def test_a_page_that_cannot_be_is_refused_at_its_field(
    platform: Platform, query: dict[str, str], field: str
) -> None:
    assert problem(await platform.get("/numbers", **query)) == (422, "invalid_request", field)
