"""Backpressure on a socket that sends events faster than they are handled."""

import asyncio
from typing import Any

from reflex.app import EventNamespace

from settings_ui.state.addresses import brief

MOST_WAITING = 16
"""Events per window. A page in use sends a few at once; each may have 64 KiB."""
LOOK_AGAIN_S = 0.01


class Paced(EventNamespace):
    """Stops reading from a socket while too many events of its window are queued. Unread data stays with its sender
    and takes none of our memory."""

    async def on_event(self, sid: str, data: Any) -> None:
        """Take an event, and return once there is room for another; the socket is not read before that."""
        await super().on_event(sid, brief(data))
        await asyncio.sleep(0)  # until the processor has put it into its window's queue
        while self._waiting(sid) > MOST_WAITING:  # noqa: ASYNC110 the processor does not signal when a queue shrinks
            await asyncio.sleep(LOOK_AGAIN_S)

    def _waiting(self, sid: str) -> int:
        return len(self.app.event_processor._token_queues.get(self.sid_to_token.get(sid, ""), ()))
