"""Row locks: they keep out who takes the same one, and nobody who only refers to the row."""

import threading
from collections.abc import Callable

import pytest
from sqlmodel import Session

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.domain.errors import Unavailable
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.locks import lock_business, lock_user
from tests.at_once import at_once


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_a_user_does_and_what_is_done_in_their_business_do_not_wait_for_each_other(
    services: Services, owner: Actor
) -> None:
    """Each holds what the other's line of the activity refers to. SQLite has one writer at a time."""
    both = threading.Barrier(2, timeout=10)

    def doing(lock: Callable[[Session, str], object], what: str) -> Callable[[], str]:
        def do() -> str:
            with services.database.write() as session:
                lock(session, what)
                both.wait()
                record(session, "test", "did something", at=services.clock.now(), actor=owner)
            return "done"

        return do

    assert at_once(doing(lock_user, owner.user_id), doing(lock_business, owner.business_id)) == ["done", "done"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("shared", [False, True])
def test_a_change_of_a_business_waits_for_whoever_holds_it(services: Services, owner: Actor, shared: bool) -> None:
    def change() -> None:
        with services.database.write() as session:
            session.connection().exec_driver_sql("SET LOCAL lock_timeout = 100")
            lock_business(session, owner.business_id)

    with services.database.write() as holding:
        lock_business(holding, owner.business_id, shared=shared)
        with pytest.raises(Unavailable):
            change()
    change()
