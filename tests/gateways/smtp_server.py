"""A real SMTP server with replies set by the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Protocol

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

from tests.ports import free_port


@dataclass
class Server:
    """An SMTP server that replies as the test says, and keeps what it accepted."""

    port: int
    taken: list[Any] = field(default_factory=list)
    rcpt: str = "250 OK"
    data: str = "250 OK"
    sender: str = "250 OK"
    tls: list[bool] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        envelope.mail_from = address
        return self.sender

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.data.startswith("250"):
            self.taken.append(envelope)
            self.tls.append(server.transport.get_extra_info("ssl_object") is not None)
        return self.data

    def message(self) -> EmailMessage:
        """The one message that was accepted."""
        [envelope] = self.taken
        return message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[return-value]


class Overheard(SMTP):
    """Records the recipient exactly as the client sent it, before any parsing."""

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        self.event_handler.said.append(arg)
        await super().smtp_RCPT(arg)


class Running(Controller):
    """Serves in a thread. Connections still open when it stops are cut: closing over TLS would wait for the other
    side, and the loop would end first, leaking a socket. A TLS handshake in progress cannot be cut, only awaited."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._served: list[SMTP] = []

    def factory(self) -> SMTP:
        self._served.append(Overheard(self.handler, **self.SMTP_kwargs))
        return self._served[-1]

    def cancel_tasks(self, stop_loop: bool = True) -> None:
        for connection in self._served:
            if connection.transport:
                connection.transport.abort()
        self.loop.call_later(0.2 if self.ssl_context else 0, super().cancel_tasks, stop_loop)


class Run(Protocol):
    """Starts a server."""

    def __call__(self, **options: Any) -> Server: ...


@contextmanager
def running() -> Iterator[Run]:
    """Yield a function that starts servers; they stop when the block ends."""
    controllers: list[Controller] = []

    def start(**options: Any) -> Server:
        server = Server(free_port())
        controller = Running(server, hostname="127.0.0.1", port=server.port, enable_SMTPUTF8=True, **options)
        controller.start()
        controllers.append(controller)
        return server

    yield start
    for controller in controllers:
        controller.stop()
