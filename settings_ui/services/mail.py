"""Mail: written with the change that it tells about, sent afterwards, tried again until it is taken."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from settings_ui.domain.ids import new_id
from settings_ui.gateways.ports import Clock, Mailer, MailRefused, MailUnavailable, Message
from settings_ui.models import OutgoingMail
from settings_ui.services.database import Database

log = logging.getLogger(__name__)

BATCH = 20
CLAIM = timedelta(minutes=2)
WAITS = tuple(timedelta(seconds=s) for s in (5, 30, 120, 600, 1800, 3600))
GIVE_UP_AFTER = timedelta(days=2)


def enqueue(session: Session, at: datetime, recipient: str, subject: str, body: str) -> None:
    """Write a message in the caller's transaction; it leaves within seconds of the commit."""
    session.add(
        OutgoingMail(id=new_id("msg"), recipient=recipient, subject=subject, body=body, created_at=at, due_at=at)
    )


class Outbox:
    """The mail that waits. Several processes may deliver from it at once; each message is claimed by one."""

    def __init__(self, database: Database, mailer: Mailer, clock: Clock) -> None:
        self._database = database
        self._mailer = mailer
        self._clock = clock

    def claim(self) -> list[Message]:
        """Take up to 20 due messages for two minutes, in which no one else will take them."""
        now = self._clock.now()
        due = (
            select(OutgoingMail)
            .where(
                col(OutgoingMail.sent_at).is_(None),
                col(OutgoingMail.given_up_at).is_(None),
                col(OutgoingMail.due_at) <= now,
            )
            .order_by(col(OutgoingMail.due_at))
            .limit(BATCH)
        )
        with self._database.read() as session:  # a look costs no write lock
            if session.exec(due.limit(1)).first() is None:
                return []
        with self._database.write() as session:
            rows = session.exec(due.with_for_update(skip_locked=True)).all()
            for row in rows:
                row.due_at = now + CLAIM
                row.attempts += 1
            return [Message(row.id, row.recipient, row.subject, row.body) for row in rows]

    async def deliver(self, messages: Sequence[Message]) -> dict[str, str]:
        """Send the messages and return what became of each, by id: `sent`, or why not."""
        outcome = {}
        for message in messages:
            try:
                await self._mailer.send(message)
                outcome[message.id] = "sent"
            except MailRefused as error:
                outcome[message.id] = f"refused: {error}"
            except MailUnavailable as error:
                outcome[message.id] = f"later: {error}"
        return outcome

    def settle(self, outcome: dict[str, str]) -> None:
        """Record what became of claimed messages; the body of one that is done with is emptied."""
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
