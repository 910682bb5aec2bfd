"""What a connection may make the server keep: Uvicorn's protocols, with bounds on either side of it."""

from asyncio import AbstractEventLoop, BaseTransport, Protocol, TimerHandle, Transport

from httptools import HttpParserError
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

HEAD_BYTES = 64 * 1024
"""The request line and the headers together. Browsers send 1 to 8 KiB."""
HEAD_S = 30.0
"""From the first byte of a head, or from the connection, to its end."""
MESSAGE_BYTES = 1_000_000
"""A message of a socket; Engine.IO announces the same to the page."""
STALLED_S = 60.0
"""A body of which nothing comes, or an answer or socket of which nothing is read."""
MOST_WAITING = 16
"""Requests on one connection behind the one under way. Neither browsers nor proxies send any."""
MOST_FRAGMENTS = 1000
"""Parts of a message of a socket. Browsers send one."""
MOST_MESSAGES = 1000
"""Messages of a socket that came at once and wait. Pages send a few."""


class _Unread(Protocol):
    """A connection that is given up if the other side reads nothing of what waits for it."""

    stalled_s = STALLED_S
    _unread: TimerHandle | None = None
    _waiting = 0
    transport: Transport
    loop: AbstractEventLoop

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give the other side its time."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Something was read."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _watch(self) -> None:
        self._waiting = self.transport.get_write_buffer_size()
        if self._waiting and self._unread is None:
            self._unread = self.loop.call_later(self.stalled_s, self._look)

    def _look(self) -> None:
        self._unread, before = None, self._waiting
        self._watch()
        if self._waiting >= before:
            self.transport.abort()


class BoundedRequests(_Unread, HttpToolsProtocol):
    """A connection that is closed if a request is too large, takes too long or comes too early, or if nobody reads the
    answer."""

    head_s = HEAD_S
    _kept: int | None = None
    """Bytes since a request or a part of its body began; the parser may keep them."""
    _in_head = False
    _deadline: TimerHandle | None = None

    def connection_made(self, transport: BaseTransport) -> None:
        """Give the first request its time."""
        super().connection_made(transport)  # type: ignore[arg-type]
        self._expect(self.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless what the parser may keep has become too large."""
        if self._kept is not None:
            self._kept += len(data)
        super().data_received(data)
        if self._kept is None:
            return
        if self._kept > HEAD_BYTES:
            self._in_time()
            self.transport.close()
        elif self._deadline is None and not self.transport.is_closing():
            self._expect(self.head_s if self._in_head else self.stalled_s)

    def on_message_begin(self) -> None:
        """Begin to count a head."""
        super().on_message_begin()
        self._kept, self._in_head = 0, True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header; drop what follows a body, which nobody in front of us has checked."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Serve the request. Refuse a head that came at once and is too large all the same, one too many, and a socket
        on a connection that is not free for it."""
        self._kept, self._in_head = 0, False
        self._in_time()
        busy = self.flow.write_paused or (self.cycle is not None and not self.cycle.response_complete)
        if (
            sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES  # httptools bounds the address
            or len(self.pipeline) >= MOST_WAITING
            or (busy and self.parser.should_upgrade())
        ):
            raise HttpParserError
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of a body, and give the next one its time."""
        self._kept = 0
        self._in_time()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Expect nothing more."""
        self._kept = None
        self._in_time()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Await that the last answer is read."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch()

    def send_400_response(self, msg: str) -> None:
        """Refuse a request; in the middle of another's answer there is no place for words."""
        if not self.pipeline and (
            self.cycle is None or self.cycle.response_complete or not self.cycle.response_started
        ):
            super().send_400_response(msg)
        self.transport.close()
        self._watch()

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection, and do not wait for whoever has not read the last answer by now."""
        super().timeout_keep_alive_handler()
        self._watch()

    def _expect(self, within_s: float) -> None:
        self._deadline = self.loop.call_later(within_s, self._late)

    def _late(self) -> None:
        if self.flow.read_paused:  # it is our turn
            self._expect(self.stalled_s)
        else:
            self._in_time()
            self.transport.close()
            self._watch()

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class BoundedSocket(_Unread, WebSocketsSansIOProtocol):
    """A socket that is closed if it sends too many messages or parts of one, or if nobody reads it."""

    def data_received(self, data: bytes) -> None:
        """Read on; refuse a handshake that websockets cannot read, for which it has bounds of its own."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_complete:
            self.handshake_complete = self.close_sent = True
            self.transport.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            self.transport.close()

    def handle_ping(self) -> None:
        """Answer a ping, unless earlier answers have not been read."""
        if self.writable.is_set():
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def handle_cont(self, event: Frame) -> None:
        """Take a part of a message."""
        if len(self.frames) < MOST_FRAGMENTS:
            super().handle_cont(event)
        else:
            self._refuse(CloseCode.MESSAGE_TOO_BIG)

    def send_receive_event_to_app(self) -> None:
        """Pass a message on."""
        super().send_receive_event_to_app()
        if self.queue.qsize() > MOST_MESSAGES:
            self._refuse(CloseCode.POLICY_VIOLATION)

    def _refuse(self, code: CloseCode) -> None:
        if self.close_sent:
            return
        self.frames = []
        self.conn.fail(code)
        if self.conn.close_sent is None:  # the app has not accepted it yet
            self.transport.abort()
        else:
            self.handle_parser_exception()
