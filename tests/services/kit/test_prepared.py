"""Prepared reads: the same rows as the ORM returns, and never stale."""

import functools
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sql
from sqlmodel import col

from settings_ui.bootstrap import Services
from settings_ui.domain.errors import Unavailable
from settings_ui.models import Business, User
from settings_ui.models.base import UtcDateTime
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.prepared import Prepared
from tests.at_once import at_once
from tests.support import START, add_business, add_user

COLUMNS: Any = (Business.name, Business.pay_per_call, Business.threshold_s, Business.created_at)
BY_ID = sql.select(*COLUMNS).where(col(Business.id) == sql.bindparam("id"))


def rename(services: Services, business: str, name: str) -> None:
    with services.database.write() as session:
        session.get_one(Business, business).name = name


def test_values_come_back_as_the_models_have_them(services: Services) -> None:
    """Booleans as bool, times timezone-aware in UTC."""
    business = add_business(services, "Zoë's Leads", pay_per_call=True)
    row = Prepared(services.database, BY_ID).first(id=business)
    assert row == ("Zoë's Leads", True, 90, START)
    assert row is not None
    assert isinstance(row[1], bool)
    assert row[3].tzinfo == UTC


def test_values_go_in_as_the_models_have_them(services: Services) -> None:
    """A time in another zone is the same instant; None stays None."""
    add_user(services, "dana@example.com")
    columns: Any = (User.email, User.disabled_at)
    at = sql.select(*columns).where(col(User.created_at) == sql.bindparam("at", type_=UtcDateTime))
    asked = datetime.fromisoformat("2026-03-04T07:00:00-05:00")
    assert asked == START
    assert Prepared(services.database, at).all(at=asked) == [("dana@example.com", None)]


def test_nothing_found_is_none(services: Services) -> None:
    assert Prepared(services.database, BY_ID).first(id="biz_none") is None


def test_each_read_sees_what_was_committed_last(services: Services) -> None:
    business = add_business(services, "First")
    by_id = Prepared(services.database, BY_ID)
    for name in ("Second", "Third"):
        by_id.first(id=business)
        rename(services, business, name)
        row = by_id.first(id=business)
        assert row is not None
        assert row[0] == name


def test_what_is_not_committed_is_not_seen_and_nobody_waits_for_it(services: Services) -> None:
    """A long write elsewhere does not delay screening."""
    business = add_business(services, "Before")
    by_id = Prepared(services.database, BY_ID)
    with services.database.write() as session:
        session.get_one(Business, business).name = "After"
        session.flush()
        row = by_id.first(id=business)
    assert row is not None
    assert row[0] == "Before"


def test_threads_that_read_at_once_get_each_their_own_row(services: Services) -> None:
    businesses = [add_business(services, f"Business of thread {n}") for n in range(8)]
    by_id = Prepared(services.database, BY_ID)

    def read(business: str) -> list[Any]:
        return [by_id.first(id=business) for _ in range(50)]

    rows = at_once(*(functools.partial(read, business) for business in businesses))
    for n, seen in enumerate(rows):
        assert isinstance(seen, list)
        assert {row[0] for row in seen} == {f"Business of thread {n}"}


def test_it_goes_on_after_the_database_was_closed(services: Services) -> None:
    business = add_business(services, "Again")
    by_id = Prepared(services.database, BY_ID)
    by_id.first(id=business)
    services.database.close()
    assert by_id.first(id=business) is not None


def test_a_database_that_is_away_is_unavailable_and_it_goes_on_once_it_is_back(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'there.db'}")
    by_id = Prepared(database, BY_ID)
    for _ in range(2):
        with pytest.raises(Unavailable):
            by_id.first(id="biz_x")  # no tables yet
    with database.connection() as connection:
        Business.metadata.create_all(connection)
        connection.commit()
    assert by_id.first(id="biz_x") is None
    database.close()


def test_a_folder_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'no' / 'such.db'}")
    with pytest.raises(Unavailable):
        Prepared(database, BY_ID).first(id="biz_x")
