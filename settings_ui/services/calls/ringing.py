"""Screening with one read: the caller's key, and the entries of its business that stop the number."""

from typing import Any

import sqlalchemy as sql
from sqlmodel import col

from settings_ui.domain.access import Capability, require
from settings_ui.gateways.ports import Clock
from settings_ui.models import BlockedCaller
from settings_ui.services.api_keys.admission import Admission
from settings_ui.services.api_keys.check import Caller, KeyCheck
from settings_ui.services.api_keys.check import finding as finding_key
from settings_ui.services.blocked_callers.screening import BEGINS_IT, IN_FORCE, IS_THE_NUMBER, deciding, parameters
from settings_ui.services.calls.recording import Decision
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.prepared import Prepared, Row


def finding(peppers: int) -> sql.CompoundSelect[Any]:
    """Return the select of a key with the entry for exactly this number, or none; then of the key again with each
    matching prefix."""
    key = finding_key(peppers).cte("caller_by_key")
    ours: Any = col(BlockedCaller.business_id) == key.c.business_id
    row = sql.select(key, col(BlockedCaller.id).label("entry"), col(BlockedCaller.pattern))
    return sql.union_all(
        row.select_from(key.outerjoin(BlockedCaller, ours & IN_FORCE & IS_THE_NUMBER)),
        row.select_from(key.join(BlockedCaller, ours & IN_FORCE & BEGINS_IT)),
    )


class Ringing:
    """Decides whether to connect a call, for a key that was valid before."""

    def __init__(self, database: Database, clock: Clock, admission: Admission, check: KeyCheck) -> None:
        self._clock = clock
        self._admission = admission
        self._check = check
        self._find = Prepared(database, finding(len(check.peppers)))

    def answer(self, secret: str, address: str, number: str) -> tuple[Caller, Decision]:
        """Return the caller and whether to connect a call from this number in E.164; writes nothing.

        Raises what `Admission.enter` raises, and Forbidden.
        """
        entries: list[Row] = []

        def find(secret: str, network: str) -> Caller | None:
            values = parameters("", number, self._clock.now())
            digests = self._check.digests(secret)
            rows = self._find.all(**digests, **values)
            entries.extend(row[-2:] for row in rows if row[-1] is not None)
            return self._check.known(rows[0][:-2] if rows else None, digests, network)

        caller = self._admission.enter(secret, address, find)
        require(caller.actor, Capability.RECORD_CALLS)
        entry = deciding(entries)
        return caller, Decision(entry is None, entry)
