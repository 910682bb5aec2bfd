"""A POST whose process is killed at each step and then retried, for `tests.killing`."""

import asyncio
from typing import Any

import httpx

from settings_ui.config import Config
from settings_ui.http.api.app import application
from tests.http.api.platform import CALL, Platform
from tests.support import FakeClock, make_services

CALLER = "+14155550199"
application(Config(_env_file=None, demo=True).origin)  # built once for all forked processes


def body(path: str, step: int) -> dict[str, Any]:
    """The body for this step: unique per step, and a blocked caller for /calls/screen."""
    return {
        "/numbers": {"number": f"+1212555{step:04}", "source": "Google Ads"},
        "/blocked-callers": {"numbers": [f"+1415555{step:04}", f"+1415556{step:04}"]},
        "/calls": CALL | {"id": f"call-{step}"},
        "/calls/screen": {"from": CALLER, "to": "+12125550100"},
    }[path]


def attempt(step: int, url: str, key: str, path: str) -> None:
    """Send the request."""
    _send(step, url, key, path)


def check(step: int, url: str, key: str, path: str) -> None:
    """Retry twice: the work was done once, and both answers are identical."""
    again = [_send(step, url, key, path) for _ in range(2)]
    assert again[0].status_code in (200, 201)
    assert again[0].content == again[1].content
    assert again[1].headers["idempotent-replayed"] == "true"
    assert "already" not in again[0].text
    asyncio.run(_done_once(step, url, key, path))


async def _done_once(step: int, url: str, key: str, path: str) -> None:
    platform = Platform(make_services(url, FakeClock()), key)
    rows = (await platform.get(path.replace("/screen", ""), limit=500)).json()["data"]
    if path == "/calls/screen":
        assert len(rows) == step + 1
    if path == "/calls":
        assert [row["id"] for row in rows].count(f"call-{step}") == 1
    if path == "/numbers":
        assert [row["number"] for row in rows].count(f"+1212555{step:04}") == 1


def _send(step: int, url: str, key: str, path: str) -> httpx.Response:
    platform = Platform(make_services(url, FakeClock()), key)
    return asyncio.run(platform.post(path, body(path, step), once=f"step-{step}"))
