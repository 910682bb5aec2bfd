"""Transactions on both engines: atomic, with a clear error when the database is unavailable or busy."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlmodel import Session, col, func, select

from settings_ui.domain.errors import Invalid, Unavailable
from settings_ui.models import Business, OutgoingMail
from settings_ui.services.kit.database import Database, exclusive
from tests.at_once import at_once
from tests.support import START


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with a very short lock timeout."""
    made = Database(database_url, patience_s=0.2)
    yield made
    made.close()


def business(number: int, name: str = "Harbor Leads") -> Business:
    return Business(id=f"biz_{number}", name=name, created_at=START)


def how_many(database: Database) -> int:
    with database.read() as session:
        return session.exec(select(func.count()).select_from(Business)).one()


def fails_inside(database: Database, act: Callable[..., object], error: type[Exception]) -> str:
    """Run `act` in a transaction, expect the error, and return its full traceback."""

    def run() -> None:
        with database.write() as session:
            session.add(business(1))
            session.flush()
            act(session)

    with pytest.raises(error) as raised:
        run()
    story, link = "", raised.value.__cause__
    while link:
        story, link = f"{story} {link}", link.__cause__
    return f"{raised.value} {story}"


def fail(_session: object) -> None:
    raise RuntimeError


def test_an_error_undoes_the_whole_transaction(database: Database) -> None:
    fails_inside(database, fail, RuntimeError)
    assert how_many(database) == 0


def test_a_constraint_undoes_the_whole_transaction(database: Database) -> None:
    fails_inside(
        database, lambda session: session.execute(text("INSERT INTO businesses (id) VALUES ('x')")), IntegrityError
    )
    assert how_many(database) == 0


def test_what_is_not_known_is_not_hidden(database: Database) -> None:
    """A bug of ours must not be reported as "try again"."""
    fails_inside(database, lambda session: session.execute(text("SELEC 1")), (ProgrammingError, Unavailable))  # type: ignore[arg-type]
    assert how_many(database) == 0


def test_a_reader_changes_nothing(database: Database) -> None:
    with database.read() as session:
        session.add(business(1))
    assert how_many(database) == 0


def test_a_reader_sees_one_moment(database: Database) -> None:
    """All reads in a session see one snapshot, whatever is written meanwhile."""
    with database.read() as session:
        count = select(func.count()).select_from(Business)
        before = session.exec(count).one()
        with database.write() as writer:
            writer.add(business(1))
        assert session.exec(count).one() == before == 0
    assert how_many(database) == 1


def test_readers_go_on_while_somebody_writes(database: Database) -> None:
    with database.write() as session:
        session.add(business(1))
        session.flush()
        assert how_many(database) == 0
    assert how_many(database) == 1


@pytest.mark.parametrize("value", ["Harbor\0Leads", "Harbor\ud800Leads", "x" * 200], ids=ascii)
def test_text_that_the_database_cannot_hold_is_refused_and_undoes_the_rest(database: Database, value: str) -> None:
    """The domain refuses it first; this is the last line of defence."""

    def act(session: object) -> None:
        session.add(business(2, value))  # type: ignore[attr-defined]
        session.flush()  # type: ignore[attr-defined]

    if database.engine.dialect.name == "sqlite" and "\0" in value:
        with database.write() as session:
            session.add(business(2, value))
        return
    fails_inside(database, act, (Invalid, IntegrityError))  # type: ignore[arg-type]
    assert how_many(database) == 0


def test_an_error_does_not_tell_what_was_to_be_written(database: Database) -> None:
    """Errors are logged, so links and hashes in them would be secrets in a log."""
    secret = "http://localhost/reset?token=a-secret"

    def act(session: object) -> None:
        for _ in range(2):
            mail = OutgoingMail(
                id="msg_1", recipient="pat@example.com", subject="S", body=secret, created_at=START, due_at=START
            )
            session.add(mail)  # type: ignore[attr-defined]
            session.flush()  # type: ignore[attr-defined]
            session.expunge(mail)  # type: ignore[attr-defined]

    assert "a-secret" not in fails_inside(database, act, IntegrityError)


def test_a_writer_waits_for_another_one_only_so_long(database: Database) -> None:
    """SQLite locks the file, PostgreSQL the row; after the timeout it is Unavailable, and nothing is written."""
    with database.write() as session:
        session.add(business(1))

    def rename() -> None:
        with database.write() as session:
            session.exec(select(Business).where(col(Business.id) == "biz_1").with_for_update()).one().name = "Late"

    with database.write() as first:
        first.exec(select(Business).where(col(Business.id) == "biz_1").with_for_update()).one()
        with pytest.raises(Unavailable, match="Nothing was changed"):
            rename()
    rename()
    with database.read() as session:
        assert session.exec(select(Business.name)).one() == "Late"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_deadlock_is_called_one(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """The database is not away: one of the two goes on, and the other can simply try again. SQLite has one writer."""
    database = Database(database_url)
    with database.write() as session:
        session.add_all([business(1), business(2)])
    both = threading.Barrier(2, timeout=10)

    def rename(*ids: str) -> str:
        with database.write() as session:
            for business_id in ids:
                session.connection().execute(
                    text("UPDATE businesses SET name = 'Late' WHERE id = :id"), {"id": business_id}
                )
                if business_id == ids[0]:
                    both.wait()
        return "done"

    ends = at_once(lambda: rename("biz_1", "biz_2"), lambda: rename("biz_2", "biz_1"))
    [error] = [end for end in ends if end != "done"]
    assert isinstance(error, Unavailable)
    assert error.message == "Someone else was changing the same thing. Nothing was changed. Try again."
    assert [record.getMessage()[:9] for record in caplog.records] == ["deadlock:"]
    assert "away" not in caplog.text
    database.close()


def test_a_full_pool_is_unavailable_too(database: Database) -> None:
    """More sessions than connections: a clear error after the timeout rather than a crash."""
    most = database.engine.pool.size() + database.engine.pool._max_overflow  # type: ignore[attr-defined]
    held = [database.engine.connect() for _ in range(most)]
    with pytest.raises(Unavailable):
        how_many(database)
    for connection in held:
        connection.close()
    assert how_many(database) == 0


def test_a_server_that_is_away_is_unavailable(tmp_path: Path) -> None:
    for url in ("postgresql://nobody@127.0.0.1:8610/none", f"sqlite:///{tmp_path}/no such folder/x.db"):
        away = Database(url, patience_s=1)
        for scope in (away.read, away.write, away.connection):
            with pytest.raises(Unavailable), scope() as opened:  # type: ignore[attr-defined]
                opened.execute(text("SELECT 1"))


def test_a_connection_that_is_cut_undoes_what_was_begun_and_the_next_one_works(postgres_tables: str) -> None:
    """As when PostgreSQL restarts."""
    database = Database(postgres_tables)
    with database.write() as session:
        session.exec(select(Business)).all()

    def cut() -> None:
        with database.write() as session:
            session.add(business(7, "Half written"))
            session.flush()
            own = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with database.connection() as killer:
                killer.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": own})
            session.add(business(8))
            session.flush()

    with pytest.raises(Unavailable):
        cut()
    with database.read() as session:
        assert session.exec(select(Business).where(Business.id == "biz_7")).first() is None
    database.close()


def test_pooled_connections_that_died_are_replaced(postgres_tables: str) -> None:
    """After a PostgreSQL restart the first request works, not only the second."""
    database = Database(postgres_tables)
    with database.connection() as one, database.connection() as other:
        pid = other.execute(text("SELECT pg_backend_pid()")).scalar_one()
        one.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
        other.invalidate()
    with database.connection() as one, database.connection() as other:
        assert one.execute(text("SELECT 1")).scalar_one() == other.execute(text("SELECT 1")).scalar_one() == 1
    database.close()


def test_a_full_disk_is_unavailable_and_leaves_nothing_half_written(tmp_path: Path, sqlite_template: Path) -> None:
    path = tmp_path / "small.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}")

    def fill() -> None:
        with database.write() as session:
            session.connection().exec_driver_sql("PRAGMA max_page_count = 1")  # no more pages than exist
            for number in range(10_000):
                session.add(business(number))
            session.flush()

    with pytest.raises(Unavailable, match="Nothing was changed"):
        fill()
    database.close()
    reopened = Database(f"sqlite:///{path}")
    assert how_many(reopened) == 0
    reopened.close()


def test_the_operator_reads_why_it_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Without the password from its URL."""
    for url, why in (
        (f"sqlite:///{tmp_path / 'no' / 'such.db'}", "unable to open database file"),
        ("postgresql://switchboard:hunter2hunter2@127.0.0.1:1/x", "Connection refused"),
    ):
        database = Database(url, patience_s=0.2)
        with pytest.raises(Unavailable):
            how_many(database)
        database.close()
        assert why in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.usefixtures("on_disk")
def test_sqlite_keeps_foreign_keys_and_what_was_committed(tmp_path: Path, sqlite_template: Path) -> None:
    """Pragmas that SQLite needs set on every connection."""
    path = tmp_path / "test.db"
    path.write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{path}", patience_s=3)
    for _ in range(2):
        with database.connection() as connection:
            found = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                for name in ("foreign_keys", "journal_mode", "synchronous", "busy_timeout")
            }
        assert found == {"foreign_keys": 1, "journal_mode": "wal", "synchronous": 2, "busy_timeout": 3000}
        database.close()


def test_only_one_holds_the_exclusive_lock(database: Database) -> None:
    """And whoever waits gets it when the first one finishes, also after an error."""
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait(10)
        with exclusive(database, 7):
            order.append("second")

    waiting = threading.Thread(target=second)
    waiting.start()

    def first() -> None:
        with exclusive(database, 7):
            inside.set()
            waiting.join(0.3)
            order.append("first")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        first()
    waiting.join(10)
    assert order == ["first", "second"]


def fail_after(scope: Callable[[], AbstractContextManager[Session]], number: int) -> None:
    """Add a business in a session within the scope, then fail before the scope ends."""
    with scope() as session:
        session.add(business(number))
        session.flush()
        raise RuntimeError


def test_within_a_whole_all_sessions_are_one_transaction(database: Database) -> None:
    """Later sessions see what earlier ones wrote, others see nothing before the end, and an error rolls back only
    its own session."""
    with database.whole() as outer:
        outer.add(business(1))
        with pytest.raises(RuntimeError):
            fail_after(database.write, 2)
        with database.write() as session:
            session.add(business(3))
        assert how_many(database) == 2
        seen: list[int] = []
        other = threading.Thread(target=lambda: seen.append(how_many(database)))
        other.start()
        other.join()
        assert seen == [0]
    assert how_many(database) == 2


def test_a_whole_that_fails_leaves_nothing_and_the_next_session_stands_for_itself(database: Database) -> None:
    with pytest.raises(RuntimeError):
        fail_after(database.whole, 1)
    assert how_many(database) == 0
    with database.write() as session:
        session.add(business(2))
    assert how_many(database) == 1
