"""Integers in URLs: exactly one way to write each, as in JSON."""

import pytest

from tests.http.api.platform import Platform, on_sqlite, problem


@on_sqlite
@pytest.mark.parametrize("written", ["060", "00060", "+60", "60.0", "６０"])
async def test_a_number_in_another_form_is_refused(platform: Platform, written: str) -> None:
    assert (await platform.get("/reports/qualified", threshold="60")).status_code == 200
    assert (await platform.get("/calls", min_duration="0")).status_code == 200
    assert problem(await platform.get("/reports/qualified", threshold=written))[::2] == (422, "threshold")
