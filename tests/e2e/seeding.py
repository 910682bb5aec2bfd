"""`python -m tests.e2e.seeding first-day` or `lived-in`: fills the database of the environment with the demo.

In a process of its own: Playwright keeps an event loop running, beside which seeding could not start one.
"""

import sys

from sqlmodel import select

from settings_ui.bootstrap import seed_demo, services
from settings_ui.models import BillingAccount, Business
from settings_ui.services.demo import seeding as demo
from settings_ui.services.kit import schema

if __name__ == "__main__":
    ours = services()
    schema.upgrade(ours.database)
    lived_in = sys.argv[1] == "lived-in"
    seed_demo(ours, lived_in=lived_in)
    if not lived_in:
        with ours.database.write() as session:  # who is known to Billing is not made to pay for three months
            northwind = session.exec(select(Business.id).where(Business.name == demo.NORTHWIND)).one()
            session.add(BillingAccount(business_id=northwind, customers=0))
    ours.database.close()
