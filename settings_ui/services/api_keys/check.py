"""Looking up a key at every request, and counting its use."""

import hashlib
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sql
from sqlmodel import col

from settings_ui.domain.access import KeyActor
from settings_ui.domain.api_key import KeyAccess, is_active, is_well_formed, key_digest
from settings_ui.gateways.ports import Clock
from settings_ui.models import ApiKey, ApiKeyUse, Business, LedgerBalance
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.prepared import Prepared, Row
from settings_ui.services.kit.upsert import add_up

HOUR_S = 3600
_CALLER: Any = (
    *(ApiKey.digest, ApiKey.revoked_at, ApiKey.expires_at, ApiKey.id, ApiKey.business_id, ApiKey.name, ApiKey.access),
    *(Business.name, Business.time_zone, Business.region, Business.threshold_s),
    LedgerBalance.balance_micros,
)
_ID: Any = col(ApiKey.id)


def finding(peppers: int) -> sql.Select[Any]:
    """Return the select that finds a key by its digest with any of so many peppers, given `KeyCheck.digests`, with
    everything from which `known` builds a caller."""
    of_digests = [col(ApiKey.digest) == sql.bindparam(f"digest_{n}") for n in range(peppers)]
    return (
        sql.select(*_CALLER)
        .join(Business, col(Business.id) == ApiKey.business_id)
        .outerjoin(LedgerBalance, col(LedgerBalance.business_id) == ApiKey.business_id)
        .where(sql.or_(*of_digests))
    )


@dataclass(slots=True)
class Caller:
    """A key's actor and what most requests need to know about its business, from one read. `balance_micros` is None if
    money has never moved.

    `left` is how many more requests are within the limit of the key, and in how many seconds it is one more.
    """

    actor: KeyActor
    business: str
    time_zone: str
    region: str
    threshold_s: int
    balance_micros: int | None
    left: tuple[int, int] | None = field(default=None, compare=False)


class KeyCheck:
    """Reads the key from the database at every request; nothing is cached that could outlive a revocation.

    Keys that were stored with one of the `former` peppers are found too, and stored with `pepper` once they are used.
    """

    def __init__(self, database: Database, clock: Clock, pepper: str, *former: str) -> None:
        self._database = database
        self._clock = clock
        self._pepper = pepper
        self.peppers = [pepper, *former]
        self._find = Prepared(database, finding(len(self.peppers)))
        self._moving: dict[str, tuple[str, str]] = {}
        self._seen: Counter[tuple[str, int, str]] = Counter()
        self._last: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def actor(self, secret: str, address: str) -> KeyActor | None:
        """Return the key's actor, or None for a key that is malformed, unknown, revoked or expired."""
        caller = self.caller(secret, address) if is_well_formed(secret) else None
        return caller.actor if caller else None

    def caller(self, secret: str, address: str) -> Caller | None:
        """Return the caller of a well-formed key, or None if it is unknown, revoked or expired, indistinguishably.
        `address` is its network."""
        digests = self.digests(secret)
        return self.known(self._find.first(**digests), digests, address)

    def digests(self, secret: str) -> dict[str, str]:
        """Return the digests by which a key is found, as the values of `finding`; the first is of the pepper now."""
        return {f"digest_{n}": key_digest(secret, pepper) for n, pepper in enumerate(self.peppers)}

    def known(self, row: Row | None, digests: dict[str, str], address: str) -> Caller | None:
        """Return the caller whose key `finding` found, or None as `caller` does."""
        if row is None:
            return None
        digest, revoked_at, expires_at, key_id, business_id, key_name, access, *business = row
        if not is_active(revoked_at, expires_at, self._clock.now()):
            return None
        if digest != digests["digest_0"]:
            self._moving[key_id] = digest, digests["digest_0"]
        return Caller(KeyActor(key_id, business_id, key_name, KeyAccess(access), address), *business)

    def count(self, actor: KeyActor, address: str = "") -> None:
        """Count one request from an address, or from the actor's network; it is written with the next batch."""
        now = self._clock.now()
        with self._lock:
            self._seen[actor.key_id, int(now.timestamp() // HOUR_S), address or actor.address] += 1
            self._last[actor.key_id] = now

    def write_counts(self) -> int:
        """Write the counts since the last time and return how many requests; keep them if that fails."""
        with self._lock:
            seen, self._seen = self._seen, Counter()
            last, self._last = self._last, {}
        moving, self._moving = self._moving, {}
        if not seen and not moving:
            return 0
        try:
            self._write(seen, last, moving)
        except Exception:
            with self._lock:
                self._seen.update(seen)
                self._last = last | self._last
            self._moving = moving | self._moving
            raise
        return seen.total()

    def _write(
        self, seen: Counter[tuple[str, int, str]], last: dict[str, datetime], moving: dict[str, tuple[str, str]]
    ) -> None:
        with self._database.write() as session:
            for key, (former, now) in sorted(moving.items()):
                this = (key == _ID) & (col(ApiKey.digest) == former)
                session.connection().execute(sql.update(ApiKey).where(this).values(digest=now))
            if not seen:
                return
            # A key whose row was deleted with its business must not prevent counting the others.
            there = set(session.connection().execute(sql.select(_ID).where(_ID.in_(last))).scalars())
            rows = [
                {
                    "key_id": key,
                    "hour": datetime.fromtimestamp(hour * HOUR_S, UTC),
                    "address": self._place(address),
                    "requests": count,
                }
                for (key, hour, address), count in sorted(seen.items())
                if key in there
            ]
            add_up(session, ApiKeyUse, rows, ["requests"])
            for key, at in sorted(last.items()):
                moment = at.replace(second=0, microsecond=0)
                later = col(ApiKey.last_used_at).is_(None) | (col(ApiKey.last_used_at) < moment)
                session.connection().execute(sql.update(ApiKey).where(key == _ID, later).values(last_used_at=moment))

    def _place(self, address: str) -> str:
        """Return a value that distinguishes addresses without revealing them."""
        return hashlib.blake2s(address.encode(), key=self._pepper.encode()[:32], digest_size=8).hexdigest()
