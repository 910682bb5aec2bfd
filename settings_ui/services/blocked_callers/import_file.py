"""Importing blocked numbers from a file: a result for every row, and nothing lost."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice

from sqlmodel import Session

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.errors import Invalid
from settings_ui.gateways.ports import Clock, WrittenRow
from settings_ui.models import Activity, Business
from settings_ui.services.blocked_callers.entries import Blocked, Result, clean_note, insert_patterns, read_inputs
from settings_ui.services.blocked_callers.service import TOPIC, checked_end
from settings_ui.services.kit.activity import record
from settings_ui.services.kit.changes import Changed, topics
from settings_ui.services.kit.database import Database
from settings_ui.services.kit.locks import lock_business

IMPORT_PATH = "/blocked-callers/import"
MOST_BYTES = 8 * 1024 * 1024
MOST_ROWS = 100_000
BATCH = 1000
NUMBER_COLUMNS = {"number", "numbers", "phone", "phone number", "caller", "caller number", "from", "caller id"}
NOTE_COLUMNS = {"note", "notes", "reason", "comment"}
UNTIL_COLUMNS = {"until", "last day", "end", "ends", "end date", "expires", "expiry"}
_LIKE_A_NUMBER = re.compile(r"['+(]{0,3}\d[\d\s().\-/]+\*?")


@dataclass(frozen=True)
class RowResult:
    """The result of a row; `line` is its line in the file."""

    line: int
    input: str
    number: str | None
    result: Result
    message: str


@dataclass
class Imported:
    """The results of all rows in order, and the number of each kind."""

    rows: list[RowResult] = field(default_factory=list)
    counts: Counter[Result] = field(default_factory=Counter)


@dataclass(frozen=True)
class NumberColumns:
    """The column of the number and, if there are any, of the note and the last day; without named columns there is no
    header."""

    number: int
    note: int | None
    until: int | None
    named: bool


def number_columns(header: Sequence[str]) -> NumberColumns:
    """Return the columns of a file: the number is in the column named so, else in the first."""
    names = [_plain(cell) for cell in header]
    number, note, until = (
        next((place for place, name in enumerate(names) if name in known), None)
        for known in (NUMBER_COLUMNS, NOTE_COLUMNS, UNTIL_COLUMNS)
    )
    return NumberColumns(number or 0, note, until, any(place is not None for place in (number, note, until)))


def understood(header: Sequence[str]) -> int:
    """Return a score for a first line: the number of named columns, or one if it starts with a number."""
    names = sum(_plain(cell) in NUMBER_COLUMNS | NOTE_COLUMNS | UNTIL_COLUMNS for cell in header)
    return 2 * names or bool(header and _LIKE_A_NUMBER.fullmatch(header[0].strip()))


class BlockImport:
    """Imports a file."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def run(
        self, actor: Actor, header: Sequence[str], rows: Iterable[WrittenRow], *, line: int = 1
    ) -> Changed[Imported]:
        """Block the numbers of up to 100,000 rows and return the result of each.

        `line` is the line of the header; a header without known names is an ordinary row. Rows are written in batches;
        an interrupted import can simply be repeated. Raises Invalid at `file` for more rows, before anything is
        written.
        """
        require(actor, Capability.BLOCK_CALLERS)
        at = number_columns(header)
        first = [] if at.named else [WrittenRow(line, list(header))]
        given = [*first, *islice(rows, MOST_ROWS + 1 - len(first))]
        if len(given) > MOST_ROWS:
            raise Invalid(f"Files can have up to {MOST_ROWS:,} rows. Split this one and try again.", field="file")
        done = Imported()
        noted = None
        for batch in _batches(given):
            noted = self._batch(actor, batch, at, done, noted)
        return Changed(done, topics(actor.business_id) if done.counts[Result.BLOCKED] else frozenset())

    def _batch(
        self, actor: Actor, batch: list[WrittenRow], at: NumberColumns, done: Imported, noted: str | None
    ) -> str | None:
        """Block the numbers of a batch, and return the activity entry that covers all batches so far."""
        now = self._clock.now()
        with self._database.read() as session:
            business = session.get_one(Business, actor.business_id)
            region, zone = business.region, business.time_zone
        read, notes, ends = zip(*[_read(row, at, region, zone, now) for row in batch], strict=True)
        with self._database.write() as session:
            business = lock_business(session, actor.business_id)
            results = insert_patterns(session, actor, business, read, notes=notes, ends=ends, now=now)
            if new := sum(got.result is Result.BLOCKED for got in results):
                noted = _note(session, actor, done.counts[Result.BLOCKED] + new, noted, now)
        for row, got in zip(batch, results, strict=True):
            done.rows.append(RowResult(row.line, got.input, got.number, got.result, got.message))
            done.counts[got.result] += 1
        return noted


def _note(session: Session, actor: Actor, count: int, noted: str | None, now: datetime) -> str:
    after = {"Callers": "1 entry" if count == 1 else f"{count:,} entries"}
    if noted and (change := session.get(Activity, noted)):
        change.after = after
        return noted
    return record(session, TOPIC, "imported", at=now, actor=actor, after=after).id


def _read(
    row: WrittenRow, at: NumberColumns, region: str, time_zone: str, now: datetime
) -> tuple[Blocked, str, datetime | None]:
    """Return what a row would block, its note and its end, without the apostrophe that protects a cell from
    formulas."""
    text = _cell(row, at.number)
    try:
        if row.problem:
            raise Invalid(row.problem)
        note = clean_note(_cell(row, at.note)) if at.note is not None else ""
        end = checked_end(_day(_cell(row, at.until)), now, time_zone) if at.until is not None else None
    except Invalid as error:
        return Blocked(text, None, None, Result.INVALID, error.message), "", None
    [read] = read_inputs([text.removeprefix("'")], region)
    kept = Blocked(text, read.number, None, read.result, read.message) if text.startswith("'") else read
    return kept, note, end


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("Write the last day like 2026-03-31.", field="until") from None


def _cell(row: WrittenRow, place: int) -> str:
    return row.cells[place].strip() if place < len(row.cells) else ""


def _batches(rows: list[WrittenRow]) -> Iterator[list[WrittenRow]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _plain(cell: str) -> str:
    return " ".join(cell.replace("_", " ").split()).casefold()
