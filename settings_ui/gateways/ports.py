"""The protocols of everything outside that services use."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """The source of the current time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


@dataclass(frozen=True)
class WrittenRow:
    """A row of a file and the line that it starts on; `problem` says why its cells could not be told apart."""

    line: int
    cells: Sequence[str]
    problem: str = ""


class Sheet(Protocol):
    """An open file of rows whose first one, the header, names the columns. It is a stream: `rows` can be read once."""

    encoding: str
    delimiter: str
    size: int
    header: list[str]

    @property
    def header_line(self) -> int:
        """The line that the header stands on."""
        ...

    @property
    def position(self) -> int:
        """How many of the `size` bytes have been read."""
        ...

    def rows(self) -> Iterator[WrittenRow]:
        """Yield the rows after the header; lines with nothing on them are passed over."""
        ...


OpenSheet = Callable[[Path, Callable[[Sequence[str]], int]], AbstractContextManager[Sheet]]
"""Opens a file, given how many columns of a header are understood; raises Invalid if there is no such file, or no
header in it."""


@dataclass(frozen=True)
class Message:
    """A mail as it leaves: plain text, one recipient. `id` is the same however often it is tried."""

    id: str
    recipient: str
    subject: str
    body: str


class Mailer(Protocol):
    """Something that sends mail."""

    async def send(self, message: Message) -> None:
        """Hand the message over; return once it was taken, raise MailRefused or MailUnavailable if not."""
        ...


class MailRefused(Exception):
    """The mail server will never take this message."""


class MailUnavailable(Exception):
    """The mail server does not answer or asks to wait; trying again makes sense."""


@dataclass(frozen=True)
class Limit:
    """At most `times` in any window of `within_s` seconds."""

    times: int
    within_s: int


class Limiter(Protocol):
    """Counts events by name in moving windows. Every call raises Unavailable if the counts cannot be reached."""

    def wait_s(self, limit: Limit, *key: str) -> int:
        """Return how many seconds until another event is within the limit; 0 means now."""
        ...

    def count(self, limit: Limit, *key: str) -> bool:
        """Count one event and return whether it is within the limit; one beyond it is not counted.

        Of several at the same moment exactly as many are within it as there is room for.
        """
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


class Storage(Protocol):
    """Keeps files by name."""

    async def put(self, name: str, data: bytes) -> None:
        """Keep the data under the name; raise StorageUnavailable if that fails."""
        ...

    async def get(self, name: str) -> bytes | None:
        """Return what is kept under the name, or None; raise StorageUnavailable if nobody can tell."""
        ...

    async def delete(self, name: str) -> None:
        """Forget the name; also fine if there is none."""
        ...


class StorageUnavailable(Exception):
    """The storage does not answer, or is full."""


class ImageRefused(Exception):
    """The file is no image that we take; `reason` is format, pixels, webp, damaged or effort."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Squarer(Protocol):
    """Makes square pictures of an untrusted image."""

    async def squares(self, data: bytes) -> dict[int, bytes]:
        """Return a WebP for each edge length in pixels, without metadata; raise ImageRefused."""
        ...
