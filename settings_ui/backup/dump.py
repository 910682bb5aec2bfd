"""What taking a database out of its engine gives."""

from dataclasses import dataclass
from pathlib import Path

from settings_ui.backup.archive import Table


@dataclass(frozen=True)
class Dump:
    """The schema's revision, what is in each table, and the parts of the archive that hold it."""

    revision: str
    tables: list[Table]
    parts: dict[str, Path]
