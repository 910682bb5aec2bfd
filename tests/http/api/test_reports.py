"""GET /reports/qualified."""

from typing import Any

import pytest

from tests.http.api.platform import Platform, Tenant, a_call, on_sqlite, problem


async def lines(platform: Platform, **query: Any) -> list[dict[str, Any]]:
    answer = await platform.get("/reports/qualified", **query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["next_cursor"] is None
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


@pytest.fixture
async def recorded(platform: Platform) -> None:
    """Three days with two sources, with calls at the day boundaries in New York."""
    for call in (
        a_call(1, source="Google Ads", duration_s=89, started_at="2026-03-03T04:59:59Z"),
        a_call(2, source="Google Ads", duration_s=90, started_at="2026-03-03T05:00:00Z"),
        a_call(3, source="Radio", duration_s=200, started_at="2026-03-04T04:59:59Z"),
        a_call(4, source="Google Ads", duration_s=500, status="missed", started_at="2026-03-03T12:00:00Z"),
        a_call(5, source="Google Ads", duration_s=0, status="stopped", started_at="2026-03-03T12:00:00Z"),
        a_call(6, source="Radio", duration_s=30, started_at="2026-03-04T05:00:00Z"),
    ):
        assert (await platform.post("/calls", call)).status_code == 201


def line(key: str, calls: int, completed: int, qualified: int, stopped: int) -> dict[str, Any]:
    rate = qualified / completed if completed else None
    return {
        "key": key,
        "calls": calls,
        "completed": completed,
        "qualified": qualified,
        "rate": rate,
        "stopped": stopped,
    }


@pytest.mark.usefixtures("recorded")
async def test_a_report_by_day_has_every_day_of_the_business_s_zone(platform: Platform) -> None:
    assert await lines(platform, from_="2026-03-01", to="2026-03-04") == [
        line("2026-03-01", 0, 0, 0, 0),
        line("2026-03-02", 1, 1, 0, 0),
        line("2026-03-03", 4, 2, 2, 1),
        line("2026-03-04", 1, 1, 0, 0),
    ]


@pytest.mark.usefixtures("recorded")
async def test_a_report_by_source_has_the_largest_first(platform: Platform) -> None:
    assert await lines(platform, from_="2026-03-01", to="2026-03-04", group_by="source") == [
        line("Google Ads", 4, 2, 1, 1),
        line("Radio", 2, 2, 1, 0),
    ]


@pytest.mark.usefixtures("recorded")
async def test_a_threshold_asks_what_would_qualify_and_the_one_in_force_holds_at_once(
    northwind: Tenant, platform: Platform
) -> None:
    def qualified(found: list[dict[str, Any]]) -> dict[str, int]:
        return {one["key"]: one["qualified"] for one in found}

    asked = {"from_": "2026-03-01", "to": "2026-03-04", "group_by": "source"}
    assert qualified(await lines(platform, **asked, threshold=30)) == {"Google Ads": 2, "Radio": 2}
    assert qualified(await lines(platform, **asked, threshold=201)) == {"Google Ads": 0, "Radio": 0}
    northwind.services.qualified_calls.set(northwind.owner, "60", seen_s=90)
    assert qualified(await lines(platform, **asked)) == {"Google Ads": 2, "Radio": 1}
    assert qualified(await lines(platform, **asked, basis="then")) == {"Google Ads": 1, "Radio": 1}


async def test_without_days_it_is_the_last_thirty(platform: Platform) -> None:
    """Today and the 29 days before, in the business's zone."""
    found = await lines(platform)
    assert (len(found), found[0]["key"], found[-1]["key"]) == (30, "2026-02-03", "2026-03-04")


async def test_a_report_never_shows_another_business(platform: Platform, neighbour: Platform) -> None:
    await neighbour.post("/calls", a_call(1))
    assert sum(one["calls"] for one in await lines(platform)) == 0
    assert await lines(platform, group_by="source") == []
    assert sum(one["calls"] for one in await lines(neighbour)) == 1


@on_sqlite
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"threshold": "0"}, "threshold"),
        ({"threshold": "-1"}, "threshold"),
        ({"threshold": "1.5"}, "threshold"),
        ({"threshold": "1000000000"}, "threshold"),
        ({"threshold": "7201"}, "threshold"),
        ({"threshold": "90s"}, "threshold"),
        ({"threshold": "60", "basis": "then"}, "basis"),
        ({"basis": "later"}, "basis"),
        ({"group_by": "week"}, "group_by"),
        ({"from_": "2026-03-05", "to": "2026-03-04"}, "from"),
        ({"from_": "2025-03-03", "to": "2026-03-04"}, "from"),
        ({"from_": "2026-03-04T00:00:00Z"}, "from"),
        ({"from_": "2026-02-30"}, "from"),
        ({"to": "2201-01-01"}, "to"),
        ({"cursor": "x"}, "cursor"),
    ],
)
async def test_a_report_that_means_nothing_is_refused_at_its_field(
    platform: Platform, query: dict[str, str], field: str
) -> None:
    assert problem(await platform.get("/reports/qualified", **query)) == (422, "invalid_request", field)


@on_sqlite
async def test_the_first_days_that_can_be_reported_need_no_beginning(platform: Platform) -> None:
    """The default `from`, thirty days earlier, would be before the first supported day."""
    report = await platform.get("/reports/qualified", to="2000-01-03", group_by="day")
    assert [line["key"] for line in report.json()["data"]][:1] in (["2000-01-01"], [])
    assert report.status_code == 200
