"""Checks frames of a socket before anything reads them.

Socket.IO calls `on_connect` for a message of that name too, with headers chosen by the sender, including the one from
which our states take the session. So only the few kinds of frames that our pages send are let through.
"""

import logging
import re

from starlette.types import Message, Receive, Send

log = logging.getLogger(__name__)
SPOKEN = re.compile(r'[123]$|4[01]|42/_event,\["(?:event|client_error|ping)"')
"""Engine.IO close, ping and pong; Socket.IO connect and disconnect; messages by name. Nothing binary, no answers."""
LEAVES = "41"
DONE = 1000
POLICY_VIOLATION = 1008
TOO_BIG = 1009
LONGEST = 64 * 1024
"""Characters of a message. The longest that a page sends is a form with a note, and its URL."""


def only_spoken(receive: Receive, send: Send) -> Receive:
    """Close the socket at the first unexpected frame, and when the page leaves.

    A page that comes back opens another socket. One that came back on the same would begin a window each time, with a
    state of its own, and only sockets are counted.
    """
    left = False

    async def receiving() -> Message:
        nonlocal left
        if left:
            await send({"type": "websocket.close", "code": DONE})
            return {"type": "websocket.disconnect", "code": DONE}
        message = await receive()
        text = message.get("text") or ""
        if message["type"] != "websocket.receive" or (len(text) <= LONGEST and SPOKEN.match(text)):
            left = text.startswith(LEAVES)
            return message
        code = POLICY_VIOLATION if len(text) <= LONGEST else TOO_BIG
        log.warning("refused: a frame that no page of ours sends")
        await send({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}

    return receiving
