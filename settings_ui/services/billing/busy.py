"""Serialises changes of a business at the provider, across all processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from settings_ui.domain.errors import Conflict
from settings_ui.gateways.ports import Clock
from settings_ui.services.billing.customers import lock_account
from settings_ui.services.kit.database import Database

FOR = timedelta(minutes=3)
"""Longer than a change takes at worst: four calls of three attempts, none answered before its timeout of 11 s. A killed
process holds it that long."""


@contextmanager
def alone(database: Database, clock: Clock, business_id: str) -> Iterator[None]:
    """Hold it exclusively while open; raise Conflict if someone else does."""
    with database.write() as session:
        account, now = lock_account(session, business_id), clock.now()
        if account.busy_until and account.busy_until > now:
            raise Conflict("Someone else is changing the plan or the cards right now. Try again in a few minutes.")
        account.busy_until = until = now + FOR
        session.add(account)
    try:
        yield
    finally:
        with database.write() as session:
            account = lock_account(session, business_id)
            if account.busy_until == until:
                account.busy_until = None
                session.add(account)
