"""The loop that empties the outbox."""

import asyncio
import logging

from settings_ui.domain.errors import Unavailable
from settings_ui.services.kit.mail import Outbox

log = logging.getLogger(__name__)
EVERY_S = 1.0


async def deliver_for_ever(outbox: Outbox, *, every_s: float = EVERY_S) -> None:
    """Deliver due mail once a second until cancelled; a database that is away only makes it late."""
    while True:
        try:
            await deliver_once(outbox)
        except Unavailable:
            log.warning("mail waits: the database does not answer")
        except Exception:  # whatever it is, the next message may be fine
            log.exception("mail waits")
        await asyncio.sleep(every_s)


async def deliver_once(outbox: Outbox) -> int:
    """Deliver what is due and return how many messages were tried."""
    if not (claimed := await asyncio.to_thread(outbox.claim)):
        return 0
    await asyncio.to_thread(outbox.settle, await outbox.deliver(claimed))
    return len(claimed)
