"""Rows imported per second on SQLite, from a file with few repeated callers, the slowest kind."""

import csv
import random
import tempfile
import time
from itertools import chain, islice
from pathlib import Path

from bench.figures import Figure
from settings_ui.bootstrap import Services, build
from settings_ui.config import Config
from settings_ui.domain.call_columns import known
from settings_ui.gateways.sheet import CsvSheet
from settings_ui.services.calls.import_file import SAMPLE
from settings_ui.services.kit import schema

ROWS = 30_000
LEAST = 5_000
HEADER = ("Call ID", "Caller Number", "Tracking Number", "Source", "Start Time", "Duration (seconds)", "Call Status")


def imports() -> list[Figure]:
    """Import a file, then import it again: existing rows are skipped."""
    with tempfile.TemporaryDirectory() as folder:
        made = build(Config(_env_file=None, demo=True, database_url=f"sqlite:///{folder}/import.db"))
        schema.upgrade(made.database)
        made.business.members.create_business(
            "Bench", owner_email="bench@example.com", owner_name="Bench", password="a bench imports many calls"
        )
        file = Path(folder) / "calls.csv"
        _write(file)
        rates = [ROWS / _seconds(made, file) for _ in range(2)]
        made.database.close()
    return [
        Figure("Import: new rows", rates[0], "rows/s", LEAST, at_least=True),
        Figure("Import: rows that are there already", rates[1], "rows/s", LEAST, at_least=True),
    ]


def _seconds(services: Services, file: Path) -> float:
    start = time.perf_counter()
    with CsvSheet(file, known) as sheet:
        rows = sheet.rows()
        sample = list(islice(rows, SAMPLE))
        reading = services.calls.import_file.reading("Bench", sheet.header, sample)
        taken = sum(b.added + b.already_there for b in services.calls.import_file.load(reading, chain(sample, rows)))
    assert taken == ROWS
    return time.perf_counter() - start


def _write(file: Path) -> None:
    dice = random.Random(7)
    with file.open("w", newline="", encoding="utf-8") as target:
        sheet = csv.writer(target)
        sheet.writerow(HEADER)
        sheet.writerows(
            (
                f"call-{n:08}",
                f"+1{dice.randrange(201, 990)}{dice.randrange(200, 999)}{dice.randrange(10_000):04}",
                f"+1212555{n % 20:04}",
                f"Source {n % 12}",
                f"2026-02-{n % 28 + 1:02} {n % 24:02}:{n % 60:02}:00",
                dice.randrange(600),
                ("answered", "missed", "voicemail")[n % 3],
            )
            for n in range(ROWS)
        )
