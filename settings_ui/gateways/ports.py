"""The protocols of everything outside that services use."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

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
OnLink = Callable[[bool], Awaitable[None]]


class Bus(Protocol):
    """Tells every process of the deployment which topics changed; carries no data."""

    async def publish(self, topics: Iterable[str]) -> None:
        """Tell all listeners, here and in other processes. Losing one is allowed: windows reload anyway."""
        ...

    async def listen(self, on_topics: OnTopics, on_link: OnLink | None = None) -> None:
        """Call `on_topics` for whatever is published, until cancelled, and `on_link` with False when the link to the
        other processes is lost and with True when it is there again."""
        ...

    async def reachable(self) -> bool:
        """Whether what is published could reach other processes now."""
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


class Payments(Plans, Protocol):
    """The provider that holds cards and moves money. Each call takes a while, so it belongs in a worker thread.

    Every call raises ProviderUnavailable if its outcome is not known, ProviderRefused if it was refused for good.
    A `key` makes a repetition the same call: it is done once.
    """

    def create_customer(self, name: str, *, business: str, key: str) -> str:
        """Return the id of a new customer."""
        ...

    def customer(self, customer: str) -> Customer:
        """Return a customer as it is now."""
        ...

    def cards(self, customer: str) -> list[Card]:
        """Return the saved cards of a customer, the newest first."""
        ...

    def set_default_card(self, customer: str, card: str) -> None:
        """Let subscriptions be paid with this card."""
        ...

    def remove_card(self, card: str) -> None:
        """Forget a card; also fine if there is none."""
        ...

    def charge(self, customer: str, card: str, amount: Money, *, top_up: str, description: str, key: str) -> Payment:
        """Charge a saved card without its owner, and return how far the payment is; a decline is an answer too."""
        ...

    def payment(self, payment: str) -> Payment:
        """Return a payment as it is now, with its refunds and disputes."""
        ...

    def payments(self, customer: str, since: datetime) -> Iterator[Payment]:
        """Yield the payments of a customer that were made since then, without refunds and disputes."""
        ...

    def cancel(self, payment: str) -> None:
        """See to it that a payment is never made; raise ProviderRefused if it was."""
        ...

    def open_checkout(
        self, customer: str, back_to: str, *, amount: Money | None, top_up: str | None, description: str, key: str
    ) -> Checkout:
        """Return a visit to the hosted page that pays this amount, or without one that saves a card."""
        ...

    def checkout(self, checkout: str) -> Checkout:
        """Return a visit as it is now."""
        ...

    def expire_checkout(self, checkout: str) -> None:
        """End a visit, so that nothing is paid there; also fine if it has ended."""
        ...

    def checkouts(self, customer: str, since: datetime) -> Iterator[Checkout]:
        """Yield the visits of a customer that began since then."""
        ...

    def events(self, since: datetime) -> Iterator[ProviderEvent]:
        """Yield what changed since then, the newest first."""
        ...

    def verified(self, body: bytes, signature: str) -> ProviderEvent:
        """Return the event that the provider signed; raise Invalid for any other body."""
        ...


class ProviderUnavailable(Unavailable):
    """The provider does not answer, or answered that it failed: whether the call was done is not known."""


class ProviderRefused(Exception):
    """The provider will never do this: what it is about is gone, or not what was thought. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
