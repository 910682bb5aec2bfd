"""Our end of the sockets: backpressure on events that come faster than they are handled, and none that nobody knows."""

import asyncio
import logging
from typing import Any

from reflex.app import EventNamespace
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import sanitize_client_log_value

from settings_ui.state.addresses import brief
from settings_ui.state.sparing import lines

log = logging.getLogger(__name__)
MOST_WAITING = 16
"""Events per window. A page in use sends a few at once; each may have 64 KiB."""
LOOK_AGAIN_S = 0.01
LONGEST_NAME = 200


class Paced(EventNamespace):
    """Stops reading from a socket while too many events of its window are queued. Unread data stays with its sender
    and takes none of our memory."""

    async def on_event(self, sid: str, data: Any) -> None:
        """Take an event, and return once there is room for another; the socket is not read before that."""
        event = brief(data)
        if not self._known(sid, event.get("name")):
            return
        await super().on_event(sid, event)
        await asyncio.sleep(0)  # until the processor has put it into its window's queue
        while self._waiting(sid) > MOST_WAITING:  # noqa: ASYNC110 the processor does not signal when a queue shrinks
            await asyncio.sleep(LOOK_AGAIN_S)

    def _known(self, sid: str, name: Any) -> bool:
        """Return whether there is a window, and an event of this name. Reflex would log each that is not, with a
        traceback; a page from before a release may send one."""
        if sid not in self.sid_to_token:
            return False
        if isinstance(name, str) and name in RegistrationContext.get().event_handlers:
            return True
        if lines.room(sid):
            log.warning("refused: no event has the name %s", sanitize_client_log_value(name, LONGEST_NAME))
        return False

    def _waiting(self, sid: str) -> int:
        return len(self.app.event_processor._token_queues.get(self.sid_to_token.get(sid, ""), ()))
