"""Windows with the Billing tab open."""

from tests.state.people import Person
from tests.state.pipeline import Pipeline, Window

BILLING = "/settings?tab=billing"


async def opened(pipeline: Pipeline, owner: Person) -> Window:
    return await pipeline.window(owner.cookie, BILLING)
