"""Two accounts that take each other's unverified address at once, on PostgreSQL; SQLite has one writer at a time."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import Session, text

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor
from settings_ui.models import User
from settings_ui.services.kit.locks import lock_user
from tests.support import PASSWORD

WAITING = text("SELECT count(*) FROM pg_locks WHERE NOT granted")


def until_waiting(session: Session, how_many: int) -> None:
    """Return once so many transactions wait for a lock."""
    for _ in range(500):
        if session.connection().execute(WAITING).scalar_one() >= how_many:
            return
        time.sleep(0.01)
    raise AssertionError(f"no {how_many} transactions wait")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_accounts_that_swap_unverified_addresses_do_not_wait_for_each_other(
    services: Services, owner: Actor, publisher: Actor
) -> None:
    """Each would hold itself and wait for the other. Both are locked in one order, whoever asks first."""
    first, second = sorted((owner, publisher), key=lambda actor: actor.user_id)
    change = services.account.login_email.change
    change(first, "first@example.org", PASSWORD)
    change(second, "second@example.org", PASSWORD)
    with ThreadPoolExecutor(2) as pool, services.database.write() as session:
        lock_user(session, first.user_id)
        one = pool.submit(change, first, "second@example.org", PASSWORD)
        until_waiting(session, 1)
        other = pool.submit(change, second, "first@example.org", PASSWORD)
        until_waiting(session, 2)
        session.commit()
        assert {one.result(timeout=10).value, other.result(timeout=10).value} == {
            "first@example.org",
            "second@example.org",
        }
    with services.database.read() as session:
        addresses = {who.user_id: session.get_one(User, who.user_id).email for who in (first, second)}
    assert addresses == {first.user_id: "second@example.org", second.user_id: "first@example.org"}
