"""Database constraints on both engines: the last line of defence beneath domain and services."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlmodel import Session, SQLModel, col, select

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Invalid
from settings_ui.models import Activity, Business, Membership, OutgoingMail, PayoutDestination, User, UserSession
from settings_ui.models.base import EMAIL_LENGTH, ID_LENGTH, UtcDateTime
from tests.support import HASH, START


def business(**values: Any) -> Business:
    return Business(**({"id": "biz_1", "name": "Harbor Leads", "created_at": START} | values))


def user(**values: Any) -> User:
    given = {
        "id": "usr_1",
        "email": "dana@example.com",
        "email_folded": "dana@example.com",
        "name": "Dana",
        "password_hash": HASH,
        "password_changed_at": START,
        "created_at": START,
    }
    return User(**(given | values))


def membership(**values: Any) -> Membership:
    given = {"id": "mem_1", "user_id": "usr_1", "business_id": "biz_1", "role": "owner", "created_at": START}
    return Membership(**(given | values))


def destination(**values: Any) -> PayoutDestination:
    given = {
        "id": "pay_1",
        "user_id": "usr_1",
        "business_id": "biz_1",
        "email": "pay@example.com",
        "email_folded": "pay@example.com",
        "created_at": START,
        "effective_at": START,
    }
    return PayoutDestination(**(given | values))


def a_session(**values: Any) -> UserSession:
    given = {"id": "ses_1", "user_id": "usr_1", "token_digest": "d" * 64, "created_at": START, "last_seen_at": START}
    return UserSession(**(given | values))


def write(services: Services, *rows: SQLModel) -> None:
    with services.database.write() as session:
        for row in rows:
            session.add(row)
            session.flush()


@pytest.fixture
def home(services: Services) -> Services:
    """A business with Dana as its owner."""
    write(services, business(), user(), membership())
    return services


@pytest.mark.parametrize(
    "row",
    [
        user(id="usr_2", email="DANA@example.com"),
        membership(id="mem_2", role="viewer"),
        business(id="biz_2", name=""),
        user(id="usr_2", email_folded="other@example.com", name=""),
        user(email_folded="other@example.com"),
    ],
    ids=["an address twice", "a member twice", "a business without a name", "a person without a name", "an id twice"],
)
def test_what_must_be_unique_or_there_is_refused_by_the_table(home: Services, row: SQLModel) -> None:
    with pytest.raises(IntegrityError):
        write(home, row)


@pytest.mark.parametrize("role", ["", "king", "Owner", "owner "])
def test_a_role_is_one_of_the_five(home: Services, role: str) -> None:
    write(home, user(id="usr_2", email_folded="two@example.com"))
    with pytest.raises(IntegrityError):
        write(home, membership(id="mem_2", user_id="usr_2", role=role))


def test_every_role_of_the_domain_has_a_place_in_the_table(home: Services) -> None:
    for number, role in enumerate(Role):
        write(
            home,
            user(id=f"usr_r{number}", email_folded=f"r{number}@example.com"),
            membership(id=f"mem_r{number}", user_id=f"usr_r{number}", role=role.value),
        )


@pytest.mark.parametrize(
    "row",
    [
        membership(id="mem_2", user_id="usr_nobody"),
        membership(id="mem_2", business_id="biz_nobody"),
        destination(user_id="usr_nobody"),
        destination(business_id="biz_nobody"),
        a_session(user_id="usr_nobody"),
        a_session(business_id="biz_nobody"),
        Activity(id="act_1", topic="t", what="w", at=START, source="web", business_id="biz_nobody"),
    ],
    ids=lambda row: type(row).__name__,
)
def test_nothing_hangs_on_what_is_not_there(home: Services, row: SQLModel) -> None:
    with pytest.raises(IntegrityError):
        write(home, row)


@pytest.mark.parametrize("table", ["users", "businesses"])
def test_what_others_hang_on_cannot_be_deleted(home: Services, table: str) -> None:
    """Payout history survives a removal because people and businesses are never deleted."""
    write(home, destination())

    def delete() -> None:
        with home.database.write() as session:
            session.connection().execute(text(f"DELETE FROM {table}"))

    with pytest.raises(IntegrityError):
        delete()


def test_a_removed_membership_leaves_destinations_and_activity(home: Services) -> None:
    write(home, destination())

    def remove(session: Session) -> None:
        session.delete(session.get_one(Membership, "mem_1"))

    with home.database.write() as session:
        remove(session)
    with home.database.read() as session:
        assert session.exec(select(PayoutDestination.email)).all() == ["pay@example.com"]


def test_only_one_session_has_a_token(home: Services) -> None:
    write(home, a_session())
    with pytest.raises(IntegrityError):
        write(home, a_session(id="ses_2"))


INSTANTS = [
    datetime(2026, 3, 4, 12, 0, tzinfo=UTC),
    datetime(2026, 3, 4, 12, 0, 0, 123456, tzinfo=UTC),
    datetime(2026, 3, 4, 23, 30, tzinfo=timezone(timedelta(hours=-5))),
    datetime(2026, 3, 29, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
]


@pytest.mark.parametrize("instant", INSTANTS, ids=str)
def test_a_time_comes_back_as_the_same_instant_in_utc(services: Services, instant: datetime) -> None:
    write(services, business(created_at=instant))
    with services.database.read() as session:
        kept = session.exec(select(Business.created_at)).one()
    assert kept == instant
    assert kept.utcoffset() == timedelta(0)


def test_times_of_all_zones_are_compared_as_instants(services: Services) -> None:
    """Also on SQLite, which stores times as text."""
    write(services, *[business(id=f"biz_{place}", created_at=instant) for place, instant in enumerate(INSTANTS)])
    with services.database.read() as session:
        ordered = session.exec(select(Business.created_at).order_by(col(Business.created_at))).all()
        noon_in_tokyo = datetime(2026, 3, 4, 21, 0, tzinfo=timezone(timedelta(hours=9)))
        later = session.exec(select(Business.id).where(col(Business.created_at) > noon_in_tokyo)).all()
    assert ordered == sorted(INSTANTS)
    assert set(later) == {"biz_1", "biz_2", "biz_3", "biz_5"}


def test_a_time_without_a_zone_is_refused_before_it_is_written(services: Services) -> None:
    """Its instant would be ambiguous."""
    with pytest.raises(StatementError, match="a time without a zone"):
        write(services, business(created_at=datetime(2026, 3, 4, 12, 0)))  # noqa: DTZ001


def test_every_time_of_every_table_is_such_a_time() -> None:
    """A plain DateTime column would take local times on one engine and shift them on the other."""
    plain = [
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if "DATETIME" in type(column.type).__name__.upper() and not isinstance(column.type, UtcDateTime)
    ]
    assert plain == []


def test_every_text_of_every_table_has_a_limit_or_is_meant_to_have_none() -> None:
    """PostgreSQL too refuses a megabyte in a name; only text that we generate ourselves is unlimited."""
    endless = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.sorted_tables
        for column in table.columns
        if type(column.type).__name__ in {"String", "AutoString", "VARCHAR"} and not column.type.length  # type: ignore[attr-defined]
    }
    assert endless == {"idempotent_answers.body"}


@pytest.mark.parametrize("length", [ID_LENGTH + 1, 10_000])
def test_an_id_or_address_that_is_too_long_is_refused_where_the_engine_can(services: Services, length: int) -> None:
    """SQLite ignores lengths; there only the domain checks them."""
    row = user(email="x" * (length + EMAIL_LENGTH), email_folded="x")
    if services.database.engine.dialect.name == "sqlite":
        write(services, row)
        return
    with pytest.raises(Invalid):
        write(services, row)


def test_before_and_after_keep_any_text(home: Services) -> None:
    said = {"name": "Zoë “<b>=cmd|x</b>” 👩\u200d👧 \u2028", "": ""}
    write(home, Activity(id="act_1", topic="t", what="w", at=START, source="web", before=said, after={}))
    with home.database.read() as session:
        row = session.get_one(Activity, "act_1")
    assert (row.before, row.after) == (said, {})


def test_a_mail_of_any_length_is_kept_whole(services: Services) -> None:
    body = "ü\n" * 100_000
    write(
        services,
        OutgoingMail(id="msg_1", recipient="a@b.example", subject="S", body=body, created_at=START, due_at=START),
    )
    with services.database.read() as session:
        assert session.get_one(OutgoingMail, "msg_1").body == body
