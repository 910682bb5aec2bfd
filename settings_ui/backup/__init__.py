"""`backup` and `restore`: a snapshot of the database and the files that it refers to, in one archive."""

import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from settings_ui.backup import postgres, sqlite
from settings_ui.backup.archive import Manifest, read_archive, write_archive
from settings_ui.backup.dump import Dump
from settings_ui.backup.files import kept_at_once, names_in, put_back
from settings_ui.domain.errors import Conflict, Invalid, NotFound
from settings_ui.services.kit import schema
from settings_ui.services.kit.database import Database

FULL = "There is data in {}. Use --force to replace it with the backup."


def backup(database: Database, storage_url: str, file: Path) -> Manifest:
    """Write database and stored files to a new archive that only this user can read, while others keep writing.

    The archive has a consistent snapshot of the database and, if files are stored in a folder, every file that the
    snapshot refers to, except uploads in progress. Files in a bucket are not included. The archive appears under its
    name only once it is complete. Raises a DomainError.
    """
    if file.exists():
        raise Conflict(f"{file} already exists.")
    engine = _engine(database)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=f".{file.name}.") as name:
        work = Path(name)
        with kept_at_once(_folder(storage_url)) as kept:
            dump = engine.dump(database, work)
            files = kept()
            manifest = Manifest(
                engine=database.engine.dialect.name,
                revision=dump.revision,
                made_at=datetime.now(UTC).isoformat(timespec="seconds"),
                tables=dump.tables,
                files=len(files),
            )
            write_archive(file, work / "archive", manifest, dump.parts, files)
    return manifest


def restore(database: Database, storage_url: str, file: Path, *, force: bool) -> Manifest:
    """Replace the database and the stored files by an archive, and compare the result with it.

    Without `force` it refuses to replace data. The database changes completely or not at all; files that it does not
    refer to are removed last. Raises a DomainError. The archive is read and checked before anything is changed.
    """
    with tempfile.TemporaryDirectory(dir=_roomy(database)) as name:
        archive = read_archive(file, Path(name))
        manifest, folder = archive.manifest, _folder(storage_url)
        if manifest.engine != database.engine.dialect.name:
            raise Invalid(
                f"The backup is from {manifest.engine}, but DATABASE_URL names {database.engine.dialect.name}."
            )
        if not schema.is_known(manifest.revision):
            raise Invalid("The backup is from a newer version. Install that version to restore it.")
        if not force and folder and names_in(folder):
            raise Conflict(FULL.format(folder))
        with put_back(archive.files, folder):
            _engine(database).load(database, archive.parts, manifest, force=force)
    return manifest


def said_of(manifest: Manifest, storage_url: str) -> str:
    """Return in one line what a backup contains."""
    files = f"{manifest.files:,} files" if _folder(storage_url) else "no files: they are in a bucket"
    return f"{manifest.rows:,} rows in {len(manifest.tables)} tables, {files}; as of {manifest.made_at}."


class Engine(Protocol):
    """How one kind of database is dumped and restored."""

    def dump(self, database: Database, work: Path) -> Dump: ...

    def load(self, database: Database, parts: Mapping[str, Path], manifest: Manifest, *, force: bool) -> None: ...


def _engine(database: Database) -> Engine:
    if database.embedded:
        path = database.engine.url.database
        if not path or path == ":memory:":
            raise NotFound("An in-memory database cannot be backed up.")
        return sqlite
    return postgres


def _folder(storage_url: str) -> Path | None:
    parts = urlsplit(storage_url)
    return Path(unquote(parts.path)) if parts.scheme == "file" else None


def _roomy(database: Database) -> Path | None:
    """Return the database's folder, which should have room for a copy; None for the system's temporary folder."""
    folder = Path(str(database.engine.url.database)).parent if database.embedded else None
    return folder if folder and folder.is_dir() else None
