"""Backup and restore: a backup is a consistent snapshot, and nothing is lost by accident."""

import gzip
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select

from settings_ui.backup import backup, restore
from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.domain.errors import Conflict, DomainError, Invalid, Unavailable
from settings_ui.domain.ledger import TransactionKind
from settings_ui.domain.money import Money
from settings_ui.models import Business, User
from settings_ui.services.billing.ledger import Movement, post, untrue_balances
from settings_ui.services.kit import schema
from tests.backup.writers import assert_of_one_moment, writing
from tests.conftest import fresh_postgres
from tests.support import START, FakeClock, add_business, add_member, make_services


class Home:
    """An installation: a database with every migration, and a folder of files."""

    def __init__(self, url: str, folder: Path, clock: FakeClock) -> None:
        self.services: Services = make_services(url, clock)
        self.folder = folder / "stored files"
        self.storage = f"file://{folder}/stored%20files"
        self.folder.mkdir(parents=True)

    def backup(self, file: Path):
        return backup(self.services.database, self.storage, file)

    def restore(self, file: Path, *, force: bool = False):
        return restore(self.services.database, self.storage, file, force=force)

    def rows(self) -> dict[str, list[str]]:
        """Return every row of the database."""
        with self.services.database.connection() as connection:
            tables = [*SQLModel.metadata.sorted_tables]
            return {table.name: sorted(map(repr, connection.execute(select(table)))) for table in tables}

    def files(self) -> dict[str, bytes]:
        """Return every file in the folder."""
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in self.folder.rglob("*.webp")}


@pytest.fixture(params=["sqlite", "postgresql"])
def homes(request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock, on_disk: None) -> Iterator[list[Home]]:
    """Two installations on each engine in turn: the first fully migrated, the second empty."""
    made = []
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        url = f"sqlite:///{tmp_path / name / 'of ours.db'}"
        if request.param == "postgresql":
            url = fresh_postgres(request.getfixturevalue("postgres"))
        made.append(Home(url, tmp_path / name, clock))
    schema.upgrade(made[0].services.database)
    yield made
    for home in made:
        home.services.database.close()


@pytest.fixture
def first(homes: list[Home], clock: FakeClock) -> Home:
    """An installation with people, odd names, and files."""
    business = add_business(homes[0].services, "Harbor \\ \t \N{PERSONAL COMPUTER} | 'Media'\nline two")
    for role in Role:
        add_member(homes[0].services, business, role, clock)
    for n in range(3):
        _pay_in(homes[0].services, business, f"payment {n}")
    (homes[0].folder / "a").mkdir()
    (homes[0].folder / "a" / "photo.webp").write_bytes(b"one")
    (homes[0].folder / "photo.webp").write_bytes(b"two")
    return homes[0]


@pytest.fixture
def second(homes: list[Home]) -> Home:
    """An empty installation, without even tables."""
    return homes[1]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Path for a backup."""
    return tmp_path / "of today.backup"


def test_all_of_it_comes_back_elsewhere(first: Home, second: Home, file: Path) -> None:
    made = first.backup(file)
    assert (made.rows, made.files) == (sum(map(len, first.rows().values())), 2)
    assert second.restore(file) == made
    assert second.rows() == first.rows()
    assert second.files() == first.files() == {"a/photo.webp": b"one", "photo.webp": b"two"}
    assert schema.is_current(second.services.database)
    assert schema.differences(second.services.database) == []


def test_a_backup_is_for_its_owner_and_leaves_nothing_beside_it(first: Home, file: Path) -> None:
    before = {path.name for path in file.parent.iterdir()}
    first.backup(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert {path.name for path in file.parent.iterdir()} == before | {file.name}


def test_a_backup_writes_over_nothing(first: Home, file: Path) -> None:
    file.write_text("the only backup of last year")
    with pytest.raises(Conflict, match="already exists"):
        first.backup(file)
    assert file.read_text() == "the only backup of last year"


def test_a_restore_puts_nothing_in_the_place_of_data_unless_told_to(first: Home, file: Path) -> None:
    first.backup(file)
    kept = first.rows(), first.files()
    add_business(first.services, "Since then")
    (first.folder / "since.webp").write_bytes(b"new")
    (first.folder / "photo.webp").unlink()
    now = first.rows(), first.files()
    with pytest.raises(Conflict, match="--force"):
        first.restore(file)
    assert (first.rows(), first.files()) == now
    first.restore(file, force=True)
    assert (first.rows(), first.files()) == kept


@pytest.mark.parametrize("what", ["rows", "files"])
def test_either_rows_or_files_are_data(first: Home, second: Home, file: Path, what: str) -> None:
    first.backup(file)
    schema.upgrade(second.services.database)  # tables without rows do not count as data
    if what == "rows":
        add_business(second.services)
    else:
        (second.folder / "photo.webp").write_bytes(b"mine")
    now = second.rows(), second.files()
    with pytest.raises(Conflict, match="--force"):
        second.restore(file)
    assert (second.rows(), second.files()) == now


def test_what_others_write_meanwhile_is_there_as_of_one_moment(first: Home, second: Home, file: Path) -> None:
    """Related rows are restored together or not at all, and so is every file that a row references."""
    with first.services.database.read() as session:
        business = session.exec(select(Business.id)).one()
    with writing(first.services, business, first.folder) as done:
        before = len(done)
        first.backup(file)
        during = len(done)
        while len(done) == during:
            pass  # the backup did not block the writer
    second.restore(file)
    assert_of_one_moment(second.services, second.folder, done, before)


@pytest.mark.parametrize("damage", ["cut", "bytes", "text", "part"])
def test_a_damaged_backup_changes_nothing(first: Home, file: Path, damage: str) -> None:
    first.backup(file)
    whole, now = file.read_bytes(), (first.rows(), first.files())
    if damage == "part":
        _without_a_file(file)
    else:
        middle = len(whole) // 2
        # With fewer bytes flipped it might still decompress to the same data: padding bits, or a match distance within
        # a run of equal bytes.
        flipped = whole[:middle] + bytes(byte ^ 255 for byte in whole[middle : middle + 64]) + whole[middle + 64 :]
        file.write_bytes({"cut": whole[:middle], "bytes": flipped, "text": b"not a backup"}[damage])
    with pytest.raises(Invalid, match="is not a backup, or is damaged"):
        first.restore(file, force=True)
    assert (first.rows(), first.files()) == now


def test_a_backup_of_a_newer_version_is_not_half_understood(first: Home, second: Home, file: Path) -> None:
    with first.services.database.connection() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of tomorrow'"))
        connection.commit()
    first.backup(file)
    with pytest.raises(Invalid, match="newer version"):
        second.restore(file)


def test_a_backup_of_an_older_version_is_restored_as_it_was_and_then_migrated(
    first: Home, second: Home, file: Path
) -> None:
    with second.services.database.changing() as connection:
        schema.build(connection, "0010")
    before = file.with_name("older")
    second.backup(before)
    first.restore(before, force=True)
    assert not schema.is_current(first.services.database)
    schema.upgrade(first.services.database)
    assert schema.differences(first.services.database) == []


def test_a_restore_that_others_stand_in_the_way_of_changes_nothing(first: Home, file: Path) -> None:
    first.backup(file)
    with first.services.database.write() as session:
        user = session.exec(select(User).limit(1).with_for_update()).one()
        user.name = "Being renamed"
        session.flush()
        with pytest.raises(Unavailable):
            first.restore(file, force=True)
    with first.services.database.read() as session:
        assert session.get_one(User, user.id).name == "Being renamed"


def test_files_of_a_bucket_stay_there(first: Home, file: Path) -> None:
    made = backup(first.services.database, "s3://bucket/prefix", file)
    assert made.files == 0


def test_a_backup_names_no_secret_of_the_environment(first: Home, file: Path) -> None:
    first.backup(file)
    assert first.services.config.secret_key.encode() not in gzip.decompress(file.read_bytes())


def test_a_backup_of_one_engine_is_not_put_into_another(first: Home, file: Path, tmp_path: Path, postgres: str) -> None:
    first.backup(file)
    is_sqlite = first.services.database.embedded
    other = make_services(fresh_postgres(postgres) if is_sqlite else f"sqlite:///{tmp_path}/other.db", FakeClock())
    with pytest.raises(Invalid, match="The backup is from"):
        restore(other.database, "file:///nowhere", file, force=True)
    other.database.close()


def test_what_is_no_place_for_a_backup_is_named(first: Home, tmp_path: Path) -> None:
    with pytest.raises((OSError, DomainError)) as refused:
        first.backup(tmp_path / "no" / "such" / "folder.backup")
    assert "folder.backup" in str(refused.value) or "no/such" in str(refused.value)


@pytest.mark.parametrize("deed", ["UPDATE", "DELETE"])
def test_what_came_back_is_as_protected_as_it_was(first: Home, second: Home, file: Path, deed: str) -> None:
    """The ledger is append-only again and accepts new entries."""
    first.backup(file)
    second.restore(file)
    change = "UPDATE ledger_entries SET amount_micros = 0" if deed == "UPDATE" else "DELETE FROM ledger_entries"
    with pytest.raises(IntegrityError, match="append-only"), second.services.database.write() as session:
        session.execute(text(change))
    with second.services.database.read() as session:
        business = session.exec(select(Business.id)).one()
    _pay_in(second.services, business, "payment 4")
    with second.services.database.read() as session:
        assert untrue_balances(session) == []


def _pay_in(services: Services, business: str, key: str) -> None:
    with services.database.write() as session:
        post(session, business, Movement(TransactionKind.TOP_UP, key, Money.of_cents(2500, "USD"), "Test"), at=START)


def _without_a_file(file: Path) -> None:
    with tarfile.open(file) as tar:
        members = [(member, tar.extractfile(member)) for member in tar if not member.name.endswith("a/photo.webp")]
        contents = [(member, opened.read() if opened else b"") for member, opened in members]
    import io

    with tarfile.open(file, "w:gz") as tar:
        for member, content in contents:
            tar.addfile(member, io.BytesIO(content))
