"""The mail outbox: messages are stored with the change that they are about, sent afterwards, and retried."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from settings_ui.domain.ids import new_id
from settings_ui.gateways.ports import Clock, Mailer, MailRefused, MailUnavailable, Message
from settings_ui.models import OutgoingMail
from settings_ui.services.kit.database import Database

log = logging.getLogger(__name__)

BATCH = 20
AT_ONCE = 5
PATIENCE_S = 20.0
CLAIM = timedelta(minutes=2)
"""Longer than the slowest batch takes; otherwise another process would send the rest of it again."""
WAITS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600))
GIVE_UP_AFTER = timedelta(days=2)
LATER = "later: "


def enqueue(session: Session, at: datetime, recipient: str, subject: str, body: str) -> None:
    """Store a message in the caller's transaction; it is sent within seconds of the commit."""
    session.add(
        OutgoingMail(id=new_id("msg"), recipient=recipient, subject=subject, body=body, created_at=at, due_at=at)
    )


@dataclass(frozen=True)
class Waiting:
    """Unsent mail: how many messages, for how many seconds the oldest has waited, and the last error, empty if it
    was never tried."""

    messages: int
    oldest_s: float
    why: str


class Outbox:
    """The outbox. Several processes may deliver from it concurrently; each message is claimed by one."""

    def __init__(self, database: Database, mailer: Mailer, clock: Clock, *, patience_s: float = PATIENCE_S) -> None:
        self._database = database
        self._mailer = mailer
        self._clock = clock
        self._patience_s = patience_s

    def waiting(self) -> Waiting:
        """Return how much mail is unsent, since when and why; raise Unavailable."""
        unsent = (col(OutgoingMail.sent_at).is_(None), col(OutgoingMail.given_up_at).is_(None))
        oldest = select(OutgoingMail).where(*unsent).order_by(col(OutgoingMail.created_at)).limit(1)
        with self._database.read() as session:
            messages = session.exec(select(func.count()).select_from(OutgoingMail).where(*unsent)).one()
            first = session.exec(oldest).first()
        if first is None:
            return Waiting(0, 0.0, "")
        return Waiting(
            messages, (self._clock.now() - first.created_at).total_seconds(), first.last_error.removeprefix(LATER)
        )

    async def deliver_due(self) -> int:
        """Deliver due messages, at most one batch, and return how many were tried."""
        if not (claimed := await asyncio.to_thread(self.claim)):
            return 0
        await asyncio.to_thread(self.settle, await self.deliver(claimed))
        return len(claimed)

    def claim(self) -> list[Message]:
        """Claim up to 20 due messages for two minutes, during which no one else sends them."""
        now = self._clock.now()
        due = (
            select(OutgoingMail)
            .where(
                col(OutgoingMail.sent_at).is_(None),
                col(OutgoingMail.given_up_at).is_(None),
                # What is due later than any attempt is put off was written while the clock was ahead.
                (col(OutgoingMail.due_at) <= now) | (col(OutgoingMail.due_at) > now + WAITS[-1] + CLAIM),
            )
            .order_by(col(OutgoingMail.due_at))
            .limit(BATCH)
        )
        with self._database.read() as session:  # checking needs no write lock
            if session.exec(due.limit(1)).first() is None:
                return []
        with self._database.write() as session:
            rows = session.exec(due.with_for_update(skip_locked=True)).all()
            for row in rows:
                row.created_at, row.due_at = min(row.created_at, now), now + CLAIM
                row.attempts += 1
            return [Message(row.id, row.recipient, row.subject, row.body) for row in rows]

    async def deliver(self, messages: Sequence[Message]) -> dict[str, str]:
        """Send the messages, five at a time, and return the outcome of each, by id: `sent`, or the error.

        A failed message does not hold back the others, and none is waited for beyond the timeout.
        """
        room = asyncio.Semaphore(AT_ONCE)

        async def send(message: Message) -> str:
            async with room:
                try:
                    async with asyncio.timeout(self._patience_s):
                        await self._mailer.send(message)
                except MailRefused as error:
                    return f"refused: {error}"
                except MailUnavailable as error:
                    return f"{LATER}{error}"
                except TimeoutError:
                    return f"{LATER}the mail server is too slow"
                except Exception as error:
                    log.exception("mail %s could not be handed over", message.id)
                    return f"{LATER}{type(error).__name__}"
                return "sent"

        outcomes = await asyncio.gather(*map(send, messages))
        return {message.id: outcome for message, outcome in zip(messages, outcomes, strict=True)}

    def settle(self, outcome: dict[str, str]) -> None:
        """Record the outcome of claimed messages; the body of a finished one is erased."""
        now = self._clock.now()
        with self._database.write() as session:
            for row in session.exec(select(OutgoingMail).where(col(OutgoingMail.id).in_(outcome))):
                result = outcome[row.id]
                row.last_error = "" if result == "sent" else result[:200]
                if result == "sent":
                    row.sent_at, row.body = now, ""
                elif result.startswith("refused") or now - row.created_at > GIVE_UP_AFTER:
                    row.given_up_at, row.body = now, ""
                    log.error("mail %s was given up after %d tries: %s", row.id, row.attempts, row.last_error)
                else:
                    row.due_at = now + WAITS[min(row.attempts, len(WAITS)) - 1]
