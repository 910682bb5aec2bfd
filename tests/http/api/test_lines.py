"""Log lines of screening requests."""

import logging

import pytest

from settings_ui.http.observing import SLOW_S, answered
from tests.http.api.platform import RINGING, Platform, Tenant, on_sqlite

SCREEN = {"method": "POST", "path": "/api/v1/calls/screen"}


def written(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the lines logged so far, and clear them."""
    lines = [record.getMessage() for record in caplog.records if record.name == "settings_ui.http.observing"]
    caplog.clear()
    return lines


@on_sqlite
async def test_a_screened_call_is_counted_without_a_line_and_a_refused_one_has_one(
    northwind: Tenant, caplog: pytest.LogCaptureFixture
) -> None:
    """Logging would cost twice as much as answering."""
    caplog.set_level(logging.INFO, "settings_ui")
    await northwind.platform().post("/calls/screen", RINGING)
    assert written(caplog) == []
    await northwind.platform().post("/calls/screen", {})
    assert written(caplog) == ["POST /api/v1/calls/screen 422"]
    await northwind.platform().post("/calls/screen", RINGING, once="again-1")
    assert written(caplog) == ["POST /api/v1/calls/screen 200"], "not in its usual form"
    await Platform(northwind.services, "wrong").post("/calls/screen", RINGING)
    assert written(caplog) == ["POST /api/v1/calls/screen 401"]


def test_one_that_took_long_has_a_line(caplog: pytest.LogCaptureFixture) -> None:
    """So that operators notice slow screening."""
    caplog.set_level(logging.INFO, "settings_ui")
    answered(SCREEN, "screen", 200, SLOW_S / 2, hot=True)
    assert written(caplog) == []
    answered(SCREEN, "screen", 200, SLOW_S, hot=True)
    assert len(written(caplog)) == 1
    answered({**SCREEN, "method": "GET"}, "other", 200, SLOW_S)
    assert written(caplog) == [], "elsewhere only requests that may change something are logged"
