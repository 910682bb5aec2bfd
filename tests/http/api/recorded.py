"""Calls in a business, by its API."""

from typing import Any

from tests.http.api.platform import Platform


async def record(platform: Platform, *calls: dict[str, Any]) -> None:
    """Record these calls, each of which is new."""
    for call in calls:
        assert (await platform.post("/calls", call)).status_code == 201


async def ids(platform: Platform, **query: Any) -> list[str]:
    """Return the ids of the calls that a query lists."""
    answer = await platform.get("/calls", **query)
    assert answer.status_code == 200, answer.text
    return [call["id"] for call in answer.json()["data"]]
