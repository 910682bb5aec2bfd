"""What services need of the outside, and no more."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where time comes from."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


@dataclass(frozen=True)
class Message:
    """A mail as it leaves: plain text, one recipient. `id` is the same however often it is tried."""

    id: str
    recipient: str
    subject: str
    body: str


class Mailer(Protocol):
    """Something that takes mail away."""

    async def send(self, message: Message) -> None:
        """Hand the message over; return once it was taken, raise MailRefused or MailUnavailable if not."""
        ...


class MailRefused(Exception):
    """The mail server will never take this message."""


class MailUnavailable(Exception):
    """The mail server does not answer or asks to wait; trying again makes sense."""


@dataclass(frozen=True)
class Limit:
    """At most `times` in any stretch of `within_s` seconds."""

    times: int
    within_s: int


class Limiter(Protocol):
    """Counts events by name in moving windows."""

    def wait_s(self, limit: Limit, *key: str) -> int:
        """Return how many seconds until another event is within the limit; 0 means now."""
        ...

    def count(self, limit: Limit, *key: str) -> None:
        """Count one event."""
        ...

    def forget(self, limit: Limit, *key: str) -> None:
        """Start again from nothing."""
        ...


OnTopics = Callable[[frozenset[str]], Awaitable[None]]


class Bus(Protocol):
    """Tells every process of the deployment which topics changed; carries no data."""

    async def publish(self, topics: Iterable[str]) -> None:
        """Tell all listeners, here and in other processes. Losing one is allowed: windows reload anyway."""
        ...

    async def listen(self, on_topics: OnTopics) -> None:
        """Call `on_topics` for whatever is published, until cancelled."""
        ...
