"""The demo: two businesses, the people in them and their calls. Seeding is idempotent."""

import secrets
from collections.abc import Callable
from datetime import timedelta

from sqlmodel import col, select

from settings_ui.domain.access import Role
from settings_ui.domain.email_address import fold
from settings_ui.domain.ids import new_id
from settings_ui.domain.qualification import CallStatus
from settings_ui.gateways.ports import Clock
from settings_ui.models import Business, Call, TrackingNumber, User
from settings_ui.services.blocked_callers.screening import blocking_entry
from settings_ui.services.calls.import_file import BATCH, store
from settings_ui.services.calls.reported import checked
from settings_ui.services.demo.calls import HARBOR as HM_CALLS
from settings_ui.services.demo.calls import NORTHWIND as NW_CALLS
from settings_ui.services.demo.calls import Plan, calls
from settings_ui.services.demo.life import Past, PastServices, lead
from settings_ui.services.demo.support import ask
from settings_ui.services.kit.database import Database, exclusive

PASSWORD = "demo-password-2026"  # noqa: S105 printed on the sign-in page of the demo
LOCK = 0x5E771166
NORTHWIND, HARBOR = "Northwind Leads", "Harbor Media"
SINCE = timedelta(days=120)
"""How long ago the first numbers were added."""
STAFF = ("staff@example.com", "Ada Quist")
PEOPLE = (
    ("owner@example.com", "Dana Okafor-Reyes", Role.OWNER),
    ("admin@example.com", "Sam Whitfield", Role.ADMIN),
    ("manager@example.com", "Kim Larsen", Role.MANAGER),
    ("viewer@example.com", "Noor Haddad", Role.VIEWER),
    ("publisher@example.com", "Pat Moreau", Role.PUBLISHER),
)

BEGAN_DAYS_AGO = 121.2
JOINED_DAYS_AGO = {Role.ADMIN: 118.9, Role.MANAGER: 96.1, Role.VIEWER: 61.3, Role.PUBLISHER: 44.2}

ACCOUNTS = (*((email, name, role.value) for email, name, role in PEOPLE), (*STAFF, "support staff"))
"""The accounts offered by the sign-in page: login email, name, and role in words."""


def seed(database: Database, clock: Clock, doing: Callable[[Past], PastServices], *, lived_in: bool = True) -> bool:
    """Fill an empty database with the demo, or add calls and tickets to one without any; return whether anything was
    written.

    `doing` returns the services on a clock set to the past. Unless `lived_in`, people have only just joined and used
    nothing but Support.
    """
    with exclusive(database, LOCK):
        ours = doing(Past(clock.now()))
        people = _people(database, ours, lived_in)
        if people and lived_in:
            lead(ours, database, NORTHWIND, NW_CALLS, PASSWORD)
        calls = [_history(database, clock, name, plan) for name, plan in ((NORTHWIND, NW_CALLS), (HARBOR, HM_CALLS))]
        asked = ask(database, ours, (*STAFF, PASSWORD))
        return people or any(calls) or asked


def _people(database: Database, doing: PastServices, lived_in: bool) -> bool:
    members, now = doing.members, doing.past.moment
    day = timedelta(days=1) if lived_in else timedelta(seconds=1)  # still one after the other

    def ago(days: float) -> None:
        doing.past.moment = now - days * day

    first_email, first_name, _ = PEOPLE[0]
    with database.read() as session:
        if session.exec(select(User.id).where(User.email_folded == fold(first_email))).first():
            return False
    ago(BEGAN_DAYS_AGO)
    northwind = members.create_business(
        NORTHWIND,
        owner_email=first_email,
        owner_name=first_name,
        password=PASSWORD,
        time_zone="America/New_York",
    )
    members.set_add_on(northwind, active=True)
    for email, name, role in PEOPLE[1:]:
        ago(JOINED_DAYS_AGO[role])
        members.add_member(northwind, email, name=name, role=role, password=PASSWORD)
    ago(BEGAN_DAYS_AGO)
    harbor = members.create_business(
        HARBOR,
        owner_email="morgan@harbormedia.example",
        owner_name="Morgan Ilves",
        password=secrets.token_urlsafe(24),
        time_zone="Europe/London",
    )
    ago(JOINED_DAYS_AGO[Role.VIEWER])
    members.add_member(harbor, first_email, name=first_name, role=Role.VIEWER, password=None)
    doing.past.moment = now
    return True


def _history(database: Database, clock: Clock, name: str, plan: Plan) -> bool:
    """Give a business of the demo its numbers and calls in one transaction, unless it has calls."""
    now = clock.now()
    with database.read() as session:
        home = session.exec(select(Business).where(Business.name == name).order_by(col(Business.created_at))).first()
        if home is None or session.exec(select(Call.seq).where(Call.business_id == home.id).limit(1)).first():
            return False
    checked_calls = [(new, checked(new, home, now)) for new in calls(plan, now, home.time_zone)]
    with database.write() as session:
        for new, call in checked_calls:
            if new.status is CallStatus.STOPPED:
                call.blocked_caller_id = blocking_entry(session, home.id, call.from_number, now)
        session.add_all(
            TrackingNumber(
                id=new_id("num"), business_id=home.id, number=line.number, source=line.source, since=now - SINCE
            )
            for line in plan.lines
        )
        session.flush()
        for start in range(0, len(checked_calls), BATCH):
            store(session, home.id, checked_calls[start : start + BATCH])
    return True
