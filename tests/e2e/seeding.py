"""`python -m tests.e2e.seeding first-day` or `lived-in`: seeds the environment's database with the demo.

It runs in a separate process because seeding could not start an event loop while Playwright's is running.
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
        with ours.database.write() as session:  # with a billing account, it gets no three-month payment history
            northwind = session.exec(select(Business.id).where(Business.name == demo.NORTHWIND)).one()
            session.add(BillingAccount(business_id=northwind, customers=0))
    ours.database.close()
