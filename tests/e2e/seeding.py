"""`python -m tests.e2e.seeding first-day` or `lived-in`: fills the database of the environment with the demo.

In a process of its own: Playwright keeps an event loop running, beside which seeding could not start one.
"""

import sys

from settings_ui.bootstrap import seed_demo, services
from settings_ui.services.demo import seeding as demo
from settings_ui.services.kit import schema

if __name__ == "__main__":
    ours = services()
    schema.upgrade(ours.database)
    if sys.argv[1] == "lived-in":
        seed_demo(ours)
    else:
        demo.seed(ours.database, ours.business.members, ours.support, ours.clock)
    ours.database.close()
