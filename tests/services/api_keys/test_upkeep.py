"""Background writes of the API: usage counts are saved, also at shutdown and after an outage."""

import logging
from collections import Counter

import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services, jobs
from settings_ui.domain.access import Actor, KeyActor
from settings_ui.domain.api_key import KeyAccess
from settings_ui.domain.errors import Unavailable
from settings_ui.models import ApiKey, IdempotentAnswer
from settings_ui.services.api_keys.idempotency import Answer
from settings_ui.services.kit.upkeep import write, writing
from tests.support import FakeClock


@pytest.fixture
def caller(services: Services, owner: Actor) -> KeyActor:
    secret = services.api_keys.keys.create(owner, "CRM", KeyAccess.FULL).value.secret
    actor = services.api_keys.check.actor(secret, "192.0.2.0/24")
    assert actor is not None
    return actor


async def test_what_was_counted_is_written_at_the_end(services: Services, owner: Actor, caller: KeyActor) -> None:
    """Shutdown writes all pending counts."""
    async with writing({"counts": services.api_keys.check.write_counts}):
        services.api_keys.check.count(caller, "192.0.2.7")
        services.api_keys.check.count(caller, "192.0.2.8")
    use = services.api_keys.keys.use(owner, caller.key_id)
    assert (use.requests, use.addresses) == (2, 2)


async def test_a_database_that_is_away_only_makes_counts_late(caplog: pytest.LogCaptureFixture) -> None:
    """Failures are logged and retried, and what else is written does not wait for it."""
    failures, done = [Unavailable(), RuntimeError("a bug")], Counter[str]()

    def reluctant() -> None:
        if failures:
            raise failures.pop(0)
        done["counts"] += 1

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await write({"counts": reluctant, "stopped calls": lambda: done.update(["stops"])})
    assert done == {"counts": 1, "stops": 3}
    assert [record.levelname for record in caplog.records] == ["WARNING", "ERROR"]


async def test_answers_of_yesterday_are_forgotten(services: Services, caller: KeyActor, clock: FakeClock) -> None:
    sweep = next(job for job in jobs(services) if job.name == "forget idempotent answers")
    services.api_keys.idempotency.once(caller, "old", "digest", lambda: Answer(200, ""))
    clock.tick(hours=24)
    services.api_keys.idempotency.once(caller, "new", "digest", lambda: Answer(200, ""))
    assert await services.jobs.run_if_due(sweep)
    with services.database.read() as session:
        assert session.exec(select(IdempotentAnswer.idempotency_key)).all() == ["new"]


def test_a_key_whose_row_is_gone_keeps_no_other_from_being_counted(
    services: Services, owner: Actor, caller: KeyActor
) -> None:
    gone = services.api_keys.keys.create(owner, "Gone", KeyAccess.FULL).value.key
    services.api_keys.check.count(KeyActor(gone.id, gone.business_id, gone.name, KeyAccess.FULL), "192.0.2.7")
    services.api_keys.check.count(caller, "192.0.2.7")
    with services.database.write() as session:
        session.delete(session.get_one(ApiKey, gone.id))
    services.api_keys.check.write_counts()
    assert services.api_keys.keys.use(owner, caller.key_id).requests == 1
