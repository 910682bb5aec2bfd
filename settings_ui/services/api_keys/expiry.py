"""Telling owners and admins that a key will expire, a week and a day before."""

from datetime import datetime, timedelta

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from settings_ui.domain.access import Capability, Grant, roles_with
from settings_ui.domain.notices import Notice
from settings_ui.domain.times import spoken
from settings_ui.gateways.ports import Clock
from settings_ui.models import ApiKey, Business, Membership, User
from settings_ui.services.account.notices import wants
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.links import Links
from settings_ui.services.kit.mail import enqueue

DAYS = (7, 1)
AT_ONCE = 100


class ExpiryMails:
    """Sends one email 7 days and one 1 day before a key expires, except for rotated keys."""

    def __init__(self, database: Database, clock: Clock, links: Links) -> None:
        self._database = database
        self._clock = clock
        self._links = links

    def send_due(self) -> int:
        """Queue the emails that are due and return for how many keys."""
        now = self._clock.now()
        with self._database.read() as session:  # checking needs no write lock
            if not any(session.exec(_due(days, now).limit(1)).first() for days in DAYS):
                return 0
        with self._database.write() as session:
            told = 0
            for days in DAYS:
                for key in session.exec(_due(days, now).limit(AT_ONCE).with_for_update(skip_locked=True)).all():
                    told += self._note(session, key, now)
        return told

    def _note(self, session: Session, key: ApiKey, now: datetime) -> bool:
        """Mark the key as warned, and warn unless it was created to last no longer than that; return whether."""
        assert key.expires_at is not None  # noqa: S101 only keys with an end are due
        days = min(days for days in DAYS if key.expires_at <= now + timedelta(days=days))
        key.warned_days = days
        if key.expires_at - key.created_at <= timedelta(days=days):
            return False
        self._tell(session, key, key.expires_at, now)
        return True

    def _tell(self, session: Session, key: ApiKey, expires_at: datetime, now: datetime) -> None:
        home = session.get_one(Business, key.business_id)
        ends = spoken(expires_at, home.time_zone)
        there = self._links.address("/settings?tab=api-keys")
        body = (
            f"The API key {key.name} of {home.name} expires on {ends}.\nAfter that, requests with it are refused.\n\n"
            f"Rotate it before then, and give the new key to the program that uses it:\n\n{there}\n\n"
            "You can turn these emails off in Settings → Profile → Email notifications.\n"
        )
        readers = (
            select(User.email)
            .join(Membership, col(Membership.user_id) == User.id)
            .where(
                Membership.business_id == home.id,
                col(Membership.role).in_(roles_with(Capability.MANAGE_API_KEYS, Grant.YES)),
                col(User.disabled_at).is_(None),
                wants(Notice.EXPIRING_KEY),
            )
        )
        for email in session.exec(readers.order_by(col(User.email))):
            enqueue(session, now, email, f"The API key {key.name} expires soon", body)


def _due(days: int, now: datetime) -> SelectOfScalar[ApiKey]:
    """Return the keys that expire within this many days and were not warned about yet."""
    return (
        select(ApiKey)
        .where(
            col(ApiKey.expires_at) > now,
            col(ApiKey.expires_at) <= now + timedelta(days=days),
            col(ApiKey.revoked_at).is_(None),
            col(ApiKey.rotated_to).is_(None),
            col(ApiKey.warned_days).is_(None) | (col(ApiKey.warned_days) > days),
        )
        .order_by(col(ApiKey.expires_at))
    )
