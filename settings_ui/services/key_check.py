"""Who a key is, at every request, and how often it comes."""

import hashlib
import threading
from collections import Counter
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from settings_ui.domain.access import KeyActor
from settings_ui.domain.api_key import KeyAccess, is_active, is_well_formed, key_digest
from settings_ui.gateways.ports import Clock
from settings_ui.models import ApiKey, ApiKeyUse
from settings_ui.services.database import Database

_KNOWN: Any = (ApiKey.id, ApiKey.business_id, ApiKey.name, ApiKey.access, ApiKey.revoked_at, ApiKey.expires_at)
_FIND = sql.select(*_KNOWN).where(col(ApiKey.digest) == sql.bindparam("digest"))


class KeyCheck:
    """Reads the key from the database at every request: nothing is remembered that could outlive a revocation."""

    def __init__(self, database: Database, clock: Clock, pepper: str) -> None:
        self._database = database
        self._clock = clock
        self._pepper = pepper
        self._seen: Counter[tuple[str, datetime, str]] = Counter()
        self._last: dict[str, datetime] = {}
        self._lock = threading.Lock()

    def actor(self, secret: str, address: str) -> KeyActor | None:
        """Return the key's actor, or None for a key that is malformed (without asking the database), unknown, revoked
        or expired: nobody can tell which."""
        if not is_well_formed(secret):
            return None
        with self._database.read() as session:
            row = session.connection().execute(_FIND, {"digest": key_digest(secret, self._pepper)}).first()
        if row is None or not is_active(row.revoked_at, row.expires_at, self._clock.now()):
            return None
        return KeyActor(row.id, row.business_id, row.name, KeyAccess(row.access), address)

    def count(self, actor: KeyActor) -> None:
        """Note one request; it is written with the next batch."""
        now = self._clock.now()
        place = hashlib.blake2s(actor.address.encode(), key=self._pepper.encode()[:32], digest_size=8).hexdigest()
        with self._lock:
            self._seen[actor.key_id, now.replace(minute=0, second=0, microsecond=0), place] += 1
            self._last[actor.key_id] = now.replace(second=0, microsecond=0)

    def write_counts(self) -> int:
        """Write what was noted since the last time and return how many requests that were; keep it if that fails."""
        with self._lock:
            seen, self._seen = self._seen, Counter()
            last, self._last = self._last, {}
        if not seen:
            return 0
        try:
            self._write(seen, last)
        except Exception:
            with self._lock:
                self._seen.update(seen)
                self._last = last | self._last
            raise
        return seen.total()

    def _write(self, seen: Counter[tuple[str, datetime, str]], last: dict[str, datetime]) -> None:
        table = ApiKeyUse.__table__  # type: ignore[attr-defined]
        rows = [
            {"key_id": key, "hour": hour, "address": address, "requests": count}
            for (key, hour, address), count in sorted(seen.items())
        ]
        with self._database.write() as session:
            dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
            statement = dialect.insert(table)
            statement = statement.on_conflict_do_update(
                index_elements=["key_id", "hour", "address"],
                set_={"requests": table.c.requests + statement.excluded.requests},
            )
            session.connection().execute(statement, rows)
            for key, moment in sorted(last.items()):
                later = col(ApiKey.last_used_at).is_(None) | (col(ApiKey.last_used_at) < moment)
                session.connection().execute(
                    sql.update(ApiKey).where(col(ApiKey.id) == key, later).values(last_used_at=moment)
                )
