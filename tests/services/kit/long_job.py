"""A process that runs a job until it is killed: `python -m tests.services.kit.long_job DATABASE_URL`."""

import asyncio
import sys

from settings_ui.services.kit.database import Database
from settings_ui.services.kit.jobs import Job, Jobs
from tests.support import FakeClock


async def work() -> None:
    """Print that it has started, and never finish."""
    print("at work", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(Jobs(Database(sys.argv[1]), FakeClock()).run_if_due(Job("long", 3600.0, work, limit_s=3600)))
