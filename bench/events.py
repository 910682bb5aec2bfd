"""The time from an event to its change, over a socket and through the guard."""

import asyncio
import math
import statistics
from collections.abc import Sequence

import httpx

from bench.figures import Figure
from bench.window import Window
from settings_ui.services.demo.seeding import PASSWORD
from settings_ui.state.settings import Settings
from settings_ui.state.shell import Shell

EVENTS = 200


def event(origin: str) -> list[Figure]:
    """Round trips of one window with an otherwise idle server."""
    signed_in = httpx.post(f"{origin}/auth/sign-in", data={"email": "owner@example.com", "password": PASSWORD})
    return asyncio.run(_measure(origin, signed_in.cookies["session"]))


async def _measure(origin: str, cookie: str) -> list[Figure]:
    async with Window(origin, cookie) as window:
        for _ in range(20):
            await window.ask(Settings.open, Settings)
        guard = [await window.ask(Shell.dismiss, Shell, toast="none") for _ in range(EVENTS)]
        reload = [await window.ask(Settings.open, Settings) for _ in range(EVENTS)]
    return [
        Figure("Event with the guard's query, median", statistics.median(guard), "ms", budget=5),
        Figure("Event with the guard's query, p99", percentile(guard, 99), "ms"),
        Figure("Event that reloads a tab, median", statistics.median(reload), "ms"),
        Figure("Event that reloads a tab, p99", percentile(reload, 99), "ms"),
    ]


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the percentile of the values."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]
