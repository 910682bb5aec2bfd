"""Turning a blocked caller away, also while the stop cannot be written (ADR 33)."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import Unavailable
from settings_ui.http.api.schemas import ScreenIn
from settings_ui.services.api_keys.check import Caller
from settings_ui.services.calls.recording import Decision

T = TypeVar("T")
PATIENCE_S = 1.0
"""How long an answer waits for the database to write. A platform that waits too long connects the call."""


async def written(writing: Coroutine[Any, Any, T], services: Services) -> T | None:
    """Return the outcome, or None if it cannot be written in time; what is under way goes on. While stops wait there is
    no attempt: each would hold a thread for as long as the database waits for a lock."""
    if services.calls.late_stops:
        writing.close()
        return None
    try:
        return await asyncio.wait_for(asyncio.shield(writing), PATIENCE_S)
    except (TimeoutError, Unavailable):
        return None


def turned_away(caller: Caller, ringing: ScreenIn, call_id: str, decision: Decision, services: Services) -> Decision:
    """Keep a stop that could not be written for later, and return the decision."""
    if entry := decision.blocked_caller_id:
        calls, numbers = services.calls, (ringing.from_, ringing.to)
        calls.late_stops.add(calls.recording.stopped(caller.actor, *numbers, call_id, entry, own_id=not ringing.id))
    return decision
