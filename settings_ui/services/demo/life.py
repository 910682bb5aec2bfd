"""The history of the demo's people: keys, blocked callers, thresholds and a payout, each at its own time.

It is made through the services with a clock set to the past, so "Recent changes" shows it as usual.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import col, delete, select

from settings_ui.domain.access import Actor, KeyActor, Role
from settings_ui.domain.api_key import Grace, KeyAccess
from settings_ui.domain.days import day_starts
from settings_ui.domain.ids import new_id
from settings_ui.models import Business, Membership, User, UserSession
from settings_ui.services.api_keys import ApiKeys
from settings_ui.services.blocked_callers import BlockedCallers
from settings_ui.services.business.members import Members
from settings_ui.services.demo.calls import Plan
from settings_ui.services.kit.database import Database
from settings_ui.services.payouts import Payouts
from settings_ui.services.qualified_calls import QualifiedCalls
from settings_ui.services.support import Support

DIALLER_REQUESTS = (38, 41, 35, 52, 47, 44, 29)
"""Requests of the call platform per hour, repeating."""


@dataclass
class Past:
    """A clock set to the time at which something happened."""

    moment: datetime

    def now(self) -> datetime:
        """Return the time that it is set to."""
        return self.moment


@dataclass(frozen=True)
class PastServices:
    """The services used, all on the same clock set to the past."""

    past: Past
    members: Members
    support: Support
    api_keys: ApiKeys
    blocked_callers: BlockedCallers
    qualified_calls: QualifiedCalls
    payouts: Payouts


def lead(doing: PastServices, database: Database, name: str, plan: Plan, password: str) -> None:
    """Play the last hundred days of a business's people."""
    now = doing.past.moment
    people = people_of(database, name)
    owner, admin, manager = people[Role.OWNER], people[Role.ADMIN], people[Role.MANAGER]
    publisher = people[Role.PUBLISHER]
    _keys(doing, owner, admin, now)
    doing.past.moment = now - timedelta(days=75, hours=3)
    doing.qualified_calls.set(manager, "60", seen_s=90)
    doing.past.moment = now - timedelta(days=47, hours=5)
    doing.qualified_calls.set(owner, "90", seen_s=60)
    _block(doing, (owner, admin), plan, _zone(database, owner), now)
    with _signed_in(database, publisher, now):
        doing.past.moment = now - timedelta(days=40)
        doing.payouts.destinations.save(publisher, "pat.moreau@example.com", password)
        doing.past.moment = now - timedelta(hours=20)
        doing.payouts.destinations.save(publisher, "moreau.media@example.com", password)
    doing.past.moment = now


def _keys(doing: PastServices, owner: Actor, admin: Actor, now: datetime) -> None:
    """Create one key in each state: in use, expiring, in its grace period next to its replacement, revoked."""
    keys, past = doing.api_keys.keys, doing.past
    past.moment = now - timedelta(days=96)
    keys.create(owner, "CRM sync", KeyAccess.FULL)
    past.moment = now - timedelta(days=88)
    dialler = keys.create(admin, "Call platform", KeyAccess.SCREENING).value.key
    past.moment = now - timedelta(days=82)
    old = keys.create(admin, "Old dialer", KeyAccess.FULL).value.key
    past.moment = now - timedelta(days=60)
    export = keys.create(owner, "Nightly export", KeyAccess.READ_ONLY).value.key
    past.moment = now - timedelta(days=24)
    keys.create(owner, "Agency report", KeyAccess.READ_ONLY, now + timedelta(days=6))
    past.moment = now - timedelta(days=19)
    keys.revoke(owner, old.id)
    past.moment = now - timedelta(days=2)
    keys.rotate(admin, export.id, Grace.WEEK)
    for key, access, hours in ((dialler, KeyAccess.SCREENING, 24), (export, KeyAccess.READ_ONLY, 2)):
        actor = KeyActor(key.id, key.name, key.business_id, access, "203.0.113.0/24")
        for ago in range(hours, 0, -1):
            past.moment = now - timedelta(hours=ago) + timedelta(minutes=31)
            for _ in range(DIALLER_REQUESTS[ago % len(DIALLER_REQUESTS)]):
                doing.api_keys.check.count(actor)
    doing.api_keys.check.write_counts()


def _block(doing: PastServices, by: tuple[Actor, Actor], plan: Plan, time_zone: str, now: datetime) -> None:
    """Block each caller just before the first day on which it stops calls."""
    today = now.astimezone(ZoneInfo(time_zone)).date()
    for n, entry in enumerate(sorted(plan.unwanted, key=lambda entry: -entry.since_days)):
        first = day_starts(today - timedelta(days=entry.since_days - 1), time_zone)
        doing.past.moment = first - timedelta(minutes=90 - 4 * n)
        until = None if entry.ends_days is None else now + timedelta(days=entry.ends_days)
        doing.blocked_callers.block_list.block(by[n % 2], [entry.pattern], note=entry.note, until=until)


def people_of(database: Database, name: str) -> Mapping[Role, Actor]:
    with database.read() as session:
        rows = session.exec(
            select(Membership, User)
            .join(User, col(User.id) == Membership.user_id)
            .join(Business, col(Business.id) == Membership.business_id)
            .where(Business.name == name)
        ).all()
    return {
        Role(member.role): Actor(user.id, new_id("ses"), member.business_id, Role(member.role), pay_per_call=True)
        for member, user in rows
    }


@contextmanager
def _signed_in(database: Database, actor: Actor, now: datetime) -> Iterator[None]:
    """Keep a session of the actor inside the block, since nobody who is signed out changes where payouts go. No cookie
    opens it."""
    row = UserSession(
        id=actor.session_id, user_id=actor.user_id, token_digest=new_id("ses"), created_at=now, last_seen_at=now
    )
    with database.write() as session:
        session.add(row)
    yield
    with database.write() as session:
        session.exec(delete(UserSession).where(col(UserSession.id) == actor.session_id))


def _zone(database: Database, actor: Actor) -> str:
    with database.read() as session:
        return session.get_one(Business, actor.business_id).time_zone
