"""A POST with an Idempotency-Key is done once, however often it comes in a day."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, delete, func, select, update

from settings_ui.domain.access import KeyActor
from settings_ui.domain.errors import Conflict, TooMany
from settings_ui.gateways.ports import Clock
from settings_ui.models import IdempotentAnswer
from settings_ui.models.api_key import LARGE, LARGE_ANSWER
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.upsert import insert_into

KEPT_FOR = timedelta(hours=24)
MOST_LARGE = 100
FIELD = "Idempotency-Key"
LOCK_TIMEOUT = "55P03"


@dataclass(frozen=True)
class Answer:
    """What a request was answered; `replayed` if that was before."""

    status: int
    body: str
    replayed: bool = False


class Idempotency:
    """What each API key's POSTs were answered; an Idempotency-Key counts for its API key only."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def once(self, actor: KeyActor, idempotency_key: str, digest: str, deed: Callable[[], Answer]) -> Answer:
        """Return what `deed` answers, or what it answered when it was done with this key in the last 24 hours.

        The deed and its answer are one transaction: whatever the deed writes through the same database in this thread
        is kept with the answer, or neither is. Of those that come at once one does it, and the others wait for that.
        Whatever the deed raises undoes it, and the next one does it. Raises Conflict if the key came with another
        `digest`, or if the first is at work for longer than the database waits; TooMany if an API key has had more
        than 100 answers of over 16 kB kept.
        """
        with self._database.whole() as session:
            if not self._is_first(session, actor.key_id, idempotency_key, digest):
                row = session.exec(select(IdempotentAnswer).where(*_is(actor.key_id, idempotency_key))).one()
                if row.request_digest != digest:
                    raise Conflict("This Idempotency-Key came with another request before. Use a new one.", field=FIELD)
                return Answer(row.status, row.body, replayed=True)
            answer = deed()
            if len(answer.body) > LARGE_ANSWER and _large(session, actor.key_id) >= MOST_LARGE:
                raise TooMany(
                    f"Send it without an {FIELD}: {MOST_LARGE} long answers of this API key are kept already.",
                    retry_after_s=3600,
                )
            kept = update(IdempotentAnswer).where(*_is(actor.key_id, idempotency_key))
            session.exec(kept.values(status=answer.status, body=answer.body))
        return answer

    def sweep(self) -> int:
        """Forget answers older than a day and return how many that were."""
        with self._database.write() as session:
            return int(session.exec(delete(IdempotentAnswer).where(self._is_over())).rowcount)

    def _is_first(self, session: Session, key_id: str, idempotency_key: str, digest: str) -> bool:
        """Whether no other has done it, nor is doing it: on PostgreSQL this waits for one that is."""
        row = {"key_id": key_id, "idempotency_key": idempotency_key, "request_digest": digest, "status": 0, "body": ""}
        statement = insert_into(session, IdempotentAnswer).values(row | {"created_at": self._clock.now()})
        try:
            session.exec(delete(IdempotentAnswer).where(*_is(key_id, idempotency_key), self._is_over()))
            inserting = statement.on_conflict_do_nothing().returning(col(IdempotentAnswer.key_id))
            inserted = session.connection().execute(inserting)
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_TIMEOUT:
                raise
            raise Conflict(
                "A request with this Idempotency-Key is still at work. Try again in a moment.", field=FIELD
            ) from None
        return inserted.first() is not None

    def _is_over(self) -> Any:
        return col(IdempotentAnswer.created_at) <= self._clock.now() - KEPT_FOR


def _is(key_id: str, idempotency_key: str) -> tuple[Any, ...]:
    return (col(IdempotentAnswer.key_id) == key_id, col(IdempotentAnswer.idempotency_key) == idempotency_key)


def _large(session: Session, key_id: str) -> int:
    return session.exec(select(func.count()).where(col(IdempotentAnswer.key_id) == key_id, LARGE)).one()
