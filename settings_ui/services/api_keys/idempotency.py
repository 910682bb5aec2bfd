"""A POST with an Idempotency-Key is done once, however often it comes in a day."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select, update

from settings_ui.domain.access import KeyActor
from settings_ui.domain.errors import Conflict
from settings_ui.gateways.ports import Clock
from settings_ui.models import IdempotentAnswer
from settings_ui.services.kit.database import Database

KEPT_FOR = timedelta(hours=24)
GIVEN_UP_AFTER = timedelta(seconds=60)
AT_WORK = 0
FIELD = "Idempotency-Key"


@dataclass(frozen=True)
class Claim:
    """This request is the one that does it. Settle or release it with what was returned."""

    key_id: str
    idempotency_key: str
    since: datetime


@dataclass(frozen=True)
class Given:
    """It was done before, and answered like this."""

    status: int
    body: str


@dataclass(frozen=True)
class Waiting:
    """Another request is doing it right now."""


class Idempotency:
    """What each key's POSTs were answered; an Idempotency-Key counts for its API key only.

    `patience_s` is how long the edge lets one wait for another that is at work.
    """

    def __init__(self, database: Database, clock: Clock, *, patience_s: float = 5.0) -> None:
        self._database = database
        self._clock = clock
        self.patience_s = patience_s

    def claim(self, actor: KeyActor, idempotency_key: str, request_digest: str) -> Claim | Given | Waiting:
        """Return a claim to one of all who ask at once; to the others what was answered, once it was.

        Raises Conflict if the key came with another request in the last 24 hours. A claim that was neither settled
        nor released for a minute, because its process died, is given to the next who asks.
        """
        now = self._clock.now()
        claim = Claim(actor.key_id, idempotency_key, now)
        with self._database.write() as session:
            if _insert(session, claim, request_digest):
                return claim
            row = session.exec(_row(claim).with_for_update()).one()
            at_work = row.status == AT_WORK
            over = row.created_at <= now - KEPT_FOR or (at_work and row.created_at <= now - GIVEN_UP_AFTER)
            if not over and row.request_digest != request_digest:
                raise Conflict("This Idempotency-Key came with another request before. Use a new one.", field=FIELD)
            if not over:
                return Waiting() if at_work else Given(row.status, row.body)
            row.request_digest, row.status, row.body, row.created_at = request_digest, AT_WORK, "", now
        return claim

    def settle(self, claim: Claim, status: int, body: str) -> None:
        """Keep what was answered; does nothing if somebody else has the claim by now."""
        with self._database.write() as session:
            session.exec(update(IdempotentAnswer).where(*_own(claim)).values(status=status, body=body))

    def release(self, claim: Claim) -> None:
        """Let the next one do it: this request failed, and may not have done anything."""
        with self._database.write() as session:
            session.exec(delete(IdempotentAnswer).where(*_own(claim)))

    def sweep(self) -> int:
        """Forget answers older than a day and return how many that were."""
        with self._database.write() as session:
            old = col(IdempotentAnswer.created_at) <= self._clock.now() - KEPT_FOR
            return int(session.exec(delete(IdempotentAnswer).where(old)).rowcount)


def _insert(session: Session, claim: Claim, request_digest: str) -> bool:
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    row = IdempotentAnswer(
        key_id=claim.key_id,
        idempotency_key=claim.idempotency_key,
        request_digest=request_digest,
        status=AT_WORK,
        body="",
        created_at=claim.since,
    )
    table = IdempotentAnswer.__table__  # type: ignore[attr-defined]
    statement = dialect.insert(table).values(row.model_dump()).on_conflict_do_nothing().returning(table.c.key_id)
    return session.connection().execute(statement).first() is not None


def _row(claim: Claim) -> Any:
    return select(IdempotentAnswer).where(
        IdempotentAnswer.key_id == claim.key_id, IdempotentAnswer.idempotency_key == claim.idempotency_key
    )


def _own(claim: Claim) -> tuple[Any, ...]:
    return (
        col(IdempotentAnswer.key_id) == claim.key_id,
        col(IdempotentAnswer.idempotency_key) == claim.idempotency_key,
        col(IdempotentAnswer.status) == AT_WORK,
        col(IdempotentAnswer.created_at) == claim.since,
    )
