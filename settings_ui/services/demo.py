"""The demo: two businesses and the people in them. Seeding twice changes nothing."""

import secrets

from sqlmodel import select

from settings_ui.domain.access import Role
from settings_ui.domain.email_address import fold
from settings_ui.models import User
from settings_ui.services.database import Database, exclusive
from settings_ui.services.members import Members

PASSWORD = "demo-password-2026"  # noqa: S105 printed on the sign-in page of the demo
LOCK = 0x5E771166
NORTHWIND, HARBOR = "Northwind Leads", "Harbor Media"
PEOPLE = (
    ("owner@example.com", "Dana Okafor-Reyes", Role.OWNER),
    ("admin@example.com", "Sam Whitfield", Role.ADMIN),
    ("manager@example.com", "Kim Larsen", Role.MANAGER),
    ("viewer@example.com", "Noor Haddad", Role.VIEWER),
    ("publisher@example.com", "Pat Moreau", Role.PUBLISHER),
)


def seed(database: Database, members: Members) -> bool:
    """Fill an empty database with the demo; return whether anything was written."""
    with exclusive(database, LOCK):
        first_email, first_name, _ = PEOPLE[0]
        with database.read() as session:
            if session.exec(select(User.id).where(User.email_folded == fold(first_email))).first():
                return False
        northwind = members.create_business(
            NORTHWIND,
            owner_email=first_email,
            owner_name=first_name,
            password=PASSWORD,
            time_zone="America/New_York",
        )
        for email, name, role in PEOPLE[1:]:
            members.add_member(northwind, email, name=name, role=role, password=PASSWORD)
        members.set_add_on(northwind, active=True)
        harbor = members.create_business(
            HARBOR,
            owner_email="morgan@harbormedia.example",
            owner_name="Morgan Ilves",
            password=secrets.token_urlsafe(24),
            time_zone="Europe/London",
        )
        members.add_member(harbor, first_email, name=first_name, role=Role.VIEWER, password=None)
        return True
