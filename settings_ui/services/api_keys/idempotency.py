"""A POST with an Idempotency-Key is done only once within a day."""

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
    """The answer to a request; `replayed` if it is a repetition."""

    status: int
    body: str
    replayed: bool = False


class Idempotency:
    """The stored answers of each API key's POSTs; an Idempotency-Key is scoped to its API key."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def once(self, actor: KeyActor, idempotency_key: str, digest: str, deed: Callable[[], Answer]) -> Answer:
        """Return the answer of `deed`, or its stored answer if it was done with this key in the last 24 hours.

        The effect and its answer are one transaction: everything that `deed` writes through the same database in this
        thread is stored with the answer, or neither is. Of concurrent requests one does it and the others wait. If it
        raises, it is rolled back and the next one does it. Raises Conflict if the key was used with another `digest`,
        or if the first takes longer than the database waits; TooMany if over 100 answers of more than 16 kB are stored
        for the API key.
        """
        with self._database.whole() as session:
            if not self._is_first(session, actor.key_id, idempotency_key, digest):
                row = session.exec(select(IdempotentAnswer).where(*_is(actor.key_id, idempotency_key))).one()
                if row.request_digest != digest:
                    raise Conflict(
                        "This Idempotency-Key was already used for another request. Use a new one.", field=FIELD
                    )
                return Answer(row.status, row.body, replayed=True)
            answer = deed()
            if len(answer.body) > LARGE_ANSWER and _large(session, actor.key_id) >= MOST_LARGE:
                raise TooMany(
                    f"Send it without an {FIELD}: {MOST_LARGE} large answers are already stored for this API key.",
                    retry_after_s=3600,
                )
            kept = update(IdempotentAnswer).where(*_is(actor.key_id, idempotency_key))
            session.exec(kept.values(status=answer.status, body=answer.body))
        return answer

    def sweep(self) -> int:
        """Delete answers older than a day and return how many."""
        with self._database.write() as session:
            return int(session.exec(delete(IdempotentAnswer).where(self._is_over())).rowcount)

    def _is_first(self, session: Session, key_id: str, idempotency_key: str, digest: str) -> bool:
        """Whether no other request has done it or is doing it; on PostgreSQL this waits for one in progress."""
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
                "A request with this Idempotency-Key is still being processed. Try again in a moment.", field=FIELD
            ) from None
        return inserted.first() is not None

    def _is_over(self) -> Any:
        return col(IdempotentAnswer.created_at) <= self._clock.now() - KEPT_FOR


def _is(key_id: str, idempotency_key: str) -> tuple[Any, ...]:
    return (col(IdempotentAnswer.key_id) == key_id, col(IdempotentAnswer.idempotency_key) == idempotency_key)


def _large(session: Session, key_id: str) -> int:
    return session.exec(select(func.count()).where(col(IdempotentAnswer.key_id) == key_id, LARGE)).one()
