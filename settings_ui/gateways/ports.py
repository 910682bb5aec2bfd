"""The protocols of everything outside that services use."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from settings_ui.domain.errors import Unavailable
from settings_ui.domain.money import Money
from settings_ui.domain.payments import Card, Checkout, Customer, Payment, ProviderEvent
from settings_ui.gateways.plans import Plans


class Clock(Protocol):
    """The source of the current time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


@dataclass(frozen=True)
class WrittenRow:
    """A row of a file and the line that it starts on; `problem` says why its cells could not be separated."""

    line: int
    cells: Sequence[str]
    problem: str = ""


class Sheet(Protocol):
    """An open file of rows; the first one, the header, names the columns. It is a stream: `rows` can be read once."""

    encoding: str
    delimiter: str
    size: int
    header: list[str]

    @property
    def header_line(self) -> int:
        """The line number of the header."""
        ...

    @property
    def position(self) -> int:
        """How many of the `size` bytes have been read."""
        ...

    def rows(self) -> Iterator[WrittenRow]:
        """Yield the rows after the header; empty lines are skipped."""
        ...


OpenSheet = Callable[[Path, Callable[[Sequence[str]], int]], AbstractContextManager[Sheet]]
"""Opens a file, given a function that scores a header; raises Invalid if the file or its header is missing."""


@dataclass(frozen=True)
class Message:
    """An email as sent: plain text, one recipient. `id` is the same on every attempt."""

    id: str
    recipient: str
    subject: str
    body: str


class Mailer(Protocol):
    """Sends emails."""

    async def send(self, message: Message) -> None:
        """Send the message; return once it was accepted, raise MailRefused or MailUnavailable if not."""
        ...


class MailRefused(Exception):
    """The mail server will never accept this message."""


class MailUnavailable(Exception):
    """The mail server does not respond or asks to wait; retrying makes sense."""


class Limit(NamedTuple):
    """At most `times` in any window of `within_s` seconds. A tuple, since each request to the API hashes it."""

    times: int
    within_s: int


class Limiter(Protocol):
    """Counts events by name in sliding windows. Every call raises Unavailable if the counts cannot be reached."""

    def wait_s(self, limit: Limit, *key: str) -> int:
        """Return the seconds until another event is within the limit; 0 means now."""
        ...

    def left(self, limit: Limit, *key: str) -> tuple[int, int]:
        """Return how many more events are within the limit, and the seconds until it is one more."""
        ...

    def count(self, limit: Limit, *key: str) -> bool:
        """Count one event and return whether it is within the limit; one beyond it is not counted.

        Of concurrent events, exactly as many are within the limit as it allows.
        """
        ...

    def forget(self, limit: Limit, *key: str) -> None:
        """Reset all counts."""
        ...


OnTopics = Callable[[frozenset[str]], Awaitable[None]]
OnLink = Callable[[bool], Awaitable[None]]


class Bus(Protocol):
    """Tells every process of the deployment which topics changed; carries no data."""

    async def publish(self, topics: Iterable[str]) -> None:
        """Tell all listeners, here and in other processes. Messages may be lost; windows reload anyway."""
        ...

    async def listen(self, on_topics: OnTopics, on_link: OnLink | None = None) -> None:
        """Call `on_topics` for everything published, until cancelled, and `on_link` with False when the link to the
        other processes is lost and with True when it is back."""
        ...

    async def reachable(self) -> bool:
        """Whether other processes can be reached now."""
        ...


class Storage(Protocol):
    """Keeps files by name."""

    async def put(self, name: str, data: bytes) -> None:
        """Store the data under the name; raise StorageUnavailable if that fails."""
        ...

    async def get(self, name: str) -> bytes | None:
        """Return the data stored under the name, or None; raise StorageUnavailable if that is unknown."""
        ...

    async def delete(self, name: str) -> None:
        """Delete the name; does nothing if it does not exist."""
        ...

    async def trouble(self) -> str:
        """Return why nothing can be stored now, or an empty string: tried with a small file, which is deleted again."""
        ...

    def names(self, folder: str, *, before: datetime) -> AsyncIterator[list[str]]:
        """Yield the names in a folder that were stored before this moment, some at a time; raise StorageUnavailable."""
        ...


class StorageUnavailable(Exception):
    """The storage does not respond, or is full."""


class ImageRefused(Exception):
    """The file is not an accepted image; `reason` is format, pixels, webp, damaged or effort."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Squarer(Protocol):
    """Makes square pictures of an untrusted image."""

    async def squares(self, data: bytes) -> dict[int, bytes]:
        """Return a WebP for each edge length in pixels, without metadata; raise ImageRefused."""
        ...


class Payments(Plans, Protocol):
    """The provider that stores cards and moves money. Calls are slow, so make them in a worker thread.

    Every call raises ProviderUnavailable if its outcome is not known, ProviderRefused if it was refused for good.
    A repeated call with the same `key` is done only once.
    """

    def create_customer(self, name: str, *, business: str, key: str) -> str:
        """Return the id of a new customer."""
        ...

    def customer(self, customer: str) -> Customer:
        """Return a customer as it is now."""
        ...

    def cards(self, customer: str) -> list[Card]:
        """Return the saved cards of a customer, newest first."""
        ...

    def set_default_card(self, customer: str, card: str) -> None:
        """Set the card that pays subscriptions."""
        ...

    def remove_card(self, card: str) -> None:
        """Remove a card; does nothing if it does not exist."""
        ...

    def charge(self, customer: str, card: str, amount: Money, *, top_up: str, description: str, key: str) -> Payment:
        """Charge a saved card off-session, and return the payment; a decline is a result too."""
        ...

    def payment(self, payment: str) -> Payment:
        """Return a payment as it is now, with its refunds and disputes."""
        ...

    def payments(self, customer: str, since: datetime) -> Iterator[Payment]:
        """Yield the payments of a customer since then, without refunds and disputes."""
        ...

    def cancel(self, payment: str) -> None:
        """Cancel a payment for good; raise ProviderRefused if it was made."""
        ...

    def open_checkout(
        self, customer: str, back_to: str, *, amount: Money | None, top_up: str | None, description: str, key: str
    ) -> Checkout:
        """Return a checkout that pays this amount, or saves a card if no amount is given."""
        ...

    def checkout(self, checkout: str) -> Checkout:
        """Return a checkout as it is now."""
        ...

    def expire_checkout(self, checkout: str) -> None:
        """Expire a checkout, so that nothing is paid there; does nothing if it has ended."""
        ...

    def checkouts(self, customer: str, since: datetime) -> Iterator[Checkout]:
        """Yield the checkouts of a customer started since then."""
        ...

    def events(self, since: datetime) -> Iterator[ProviderEvent]:
        """Yield the events since then, newest first."""
        ...

    def verified(self, body: bytes, signature: str) -> ProviderEvent:
        """Return the event if the provider signed it; raise Invalid otherwise."""
        ...


class ProviderUnavailable(Unavailable):
    """The provider does not respond, or failed: whether the call was done is unknown."""


class ProviderRefused(Exception):
    """The provider refused for good: the object is gone or not in the expected state. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
