"""The archive: a compressed tar of a manifest, the parts of the database, and the stored files."""

import gzip
import hashlib
import json
import os
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from settings_ui.domain.errors import Invalid

FORMAT = 1
CHUNK = 1 << 20
MANIFEST, SUMS, DATABASE, FILES = "manifest.json", "sums.json", "database/", "storage/"
BROKEN = "{} is not a backup, or is damaged: {}."


@dataclass(frozen=True)
class Table:
    """What a table must match after a restore: the number of rows, and a checksum if the engine has no check of its
    own."""

    name: str
    columns: list[str]
    rows: int
    digest: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a backup contains, its engine and schema, and when it was made."""

    engine: str
    revision: str
    made_at: str
    tables: list[Table]
    files: int
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """The number of rows in all tables."""
        return sum(table.rows for table in self.tables)


@dataclass(frozen=True)
class Archive:
    """An archive that was read and verified: its parts and files by name, unpacked."""

    manifest: Manifest
    parts: dict[str, Path]
    files: dict[str, Path]


def write_archive(
    file: Path, draft: Path, manifest: Manifest, parts: Mapping[str, Path], files: Mapping[str, Path]
) -> None:
    """Write the archive to `draft`, sync it to disk, and only then give it its name."""
    sums = {}
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w:gz", compresslevel=3) as tar:
            _add_json(tar, draft, MANIFEST, asdict(manifest))
            for beginning, given in ((DATABASE, parts), (FILES, files)):
                for name, path in sorted(given.items()):
                    tar.add(path, f"{beginning}{name}", recursive=False)
                    sums[f"{beginning}{name}"] = _sum(path)
            _add_json(tar, draft, SUMS, sums)
        raw.flush()
        os.fsync(raw.fileno())
    os.link(draft, file)  # unlike a rename, this never overwrites


def read_archive(file: Path, folder: Path) -> Archive:
    """Unpack the archive into the folder and return its contents; raise Invalid if any part is damaged."""
    try:
        with gzip.open(file) as raw, tarfile.open(fileobj=raw) as tar:
            tar.extractall(folder, filter="data")
            while raw.read(CHUNK):  # up to the checksum at its end
                pass
        manifest = _manifest(json.loads((folder / MANIFEST).read_text()))
        sums: dict[str, str] = json.loads((folder / SUMS).read_text())
        parts, files = _below(folder / DATABASE), _below(folder / FILES)
        found = {DATABASE + name: _sum(path) for name, path in parts.items()}
        found |= {FILES + name: _sum(path) for name, path in files.items()}
    except FileNotFoundError as error:
        if error.filename and Path(error.filename) == file:
            raise
        raise Invalid(BROKEN.format(file, "a part is missing")) from error
    except (tarfile.TarError, zlib.error, EOFError, ValueError, KeyError, TypeError, OSError) as error:
        if isinstance(error, OSError) and error.filename:
            raise
        raise Invalid(BROKEN.format(file, type(error).__name__)) from error
    if found != sums:
        raise Invalid(BROKEN.format(file, "a part has changed"))
    return Archive(manifest, parts, files)


def _manifest(said: dict[str, object]) -> Manifest:
    if said["format"] != FORMAT:
        raise ValueError
    tables = said.pop("tables")
    return Manifest(tables=[Table(**table) for table in tables], **said)  # type: ignore[attr-defined, arg-type]


def _below(folder: Path) -> dict[str, Path]:
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}


def _add_json(tar: tarfile.TarFile, beside: Path, name: str, value: object) -> None:
    path = beside.with_name(name)
    path.write_text(json.dumps(value, indent=1))
    tar.add(path, name)


def _sum(path: Path) -> str:
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
