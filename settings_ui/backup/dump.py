"""The result of dumping a database."""

from dataclasses import dataclass
from pathlib import Path

from settings_ui.backup.archive import Table


@dataclass(frozen=True)
class Dump:
    """The schema's revision, a summary of each table, and the parts of the archive that contain the data."""

    revision: str
    tables: list[Table]
    parts: dict[str, Path]
