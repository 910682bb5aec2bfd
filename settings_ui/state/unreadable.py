"""Messages of a socket that nothing can be made of: they end it, and take a line of the log."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from socketio import AsyncServer

log = logging.getLogger(__name__)
OF_SENDERS = (ValueError, TypeError, RecursionError)
"""What nonsense raises; the log has no traceback of it. Anything else is a defect of ours and has one."""


def ending(sockets: AsyncServer) -> Callable[[str, Any], Awaitable[None]]:
    """Return what takes the messages of these sockets and ends one whose message could not be handled.

    Socket.IO would go on reading and log a traceback of each such message, which anybody may send without end. A
    connection that it refuses with an exception would also stay in its tables for good.
    """

    async def take(socket: str, message: Any) -> None:
        if socket not in sockets.environ:
            return  # ended, and this was sent before
        try:
            await sockets._handle_eio_message(socket, message)
        except Exception as error:
            known = isinstance(error, OF_SENDERS)
            log.warning("ended a socket after a %s", type(error).__name__, exc_info=None if known else error)
            await _forget_refused(sockets, socket)
            await _end(sockets, socket)

    return take


async def _forget_refused(sockets: AsyncServer, socket: str) -> None:
    for namespace in list(sockets.manager.get_namespaces()):
        sid = sockets.manager.sid_from_eio_sid(socket, namespace)
        if sid and sockets.manager.is_pre_connected(sid, namespace):
            await sockets.manager.disconnect(sid, namespace, ignore_queue=True)


async def _end(sockets: AsyncServer, socket: str) -> None:
    connection = sockets.eio.sockets.get(socket)
    await sockets.eio.disconnect(socket)
    if connection:
        await connection.queue.put(None)  # the end of what is sent; a page would wait for it otherwise
