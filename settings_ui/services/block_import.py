"""Blocking the numbers of a file: a result for every row, and nothing lost."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlmodel import select

from settings_ui.domain.access import Actor, Capability, require
from settings_ui.domain.errors import Invalid
from settings_ui.gateways.ports import Clock, WrittenRow
from settings_ui.models import Business
from settings_ui.services.activity import record
from settings_ui.services.blocked_callers import TOPIC, Blocked, Result, clean_note, insert_patterns, read_inputs
from settings_ui.services.changes import Changed, business_topic
from settings_ui.services.database import Database

MOST_ROWS = 100_000
BATCH = 1000
NUMBER_COLUMNS = {"number", "numbers", "phone", "phone number", "caller", "caller number", "from", "caller id"}
NOTE_COLUMNS = {"note", "notes", "reason", "comment"}


@dataclass(frozen=True)
class RowResult:
    """What became of a row; `line` is where it stands in the file."""

    line: int
    input: str
    number: str | None
    result: Result
    message: str


@dataclass
class Imported:
    """The results of all rows in their order, and how many there are of each kind."""

    rows: list[RowResult] = field(default_factory=list)
    counts: Counter[Result] = field(default_factory=Counter)


def understood(header: Sequence[str]) -> int:
    """Return how many columns of a header are understood; a file of nothing but numbers has none."""
    return sum(_plain(cell) in NUMBER_COLUMNS | NOTE_COLUMNS for cell in header)


class BlockImport:
    """Blocks what a file lists."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def run(self, actor: Actor, header: Sequence[str], rows: Iterable[WrittenRow]) -> Changed[Imported]:
        """Block the numbers of up to 100,000 rows and return what became of each.

        The number is in the column that is called so, else in the first; a note may be beside it. Rows are written in
        batches: what is cut off in the middle can simply be run again. Raises Invalid at `file` for more rows.
        """
        require(actor, Capability.BLOCK_CALLERS)
        names = [_plain(cell) for cell in header]
        number_at = next((place for place, name in enumerate(names) if name in NUMBER_COLUMNS), 0)
        note_at = next((place for place, name in enumerate(names) if name in NOTE_COLUMNS), None)
        if not understood(header):  # no names: the first line is a row like the others
            rows = [WrittenRow(1, list(header)), *rows]
        done = Imported()
        for batch in _batches(rows):
            if len(done.rows) + len(batch) > MOST_ROWS:
                raise Invalid(f"A file can have {MOST_ROWS:,} rows. What comes before was imported.", field="file")
            self._batch(actor, batch, number_at, note_at, done)
        topics = {business_topic(actor.business_id)} if done.counts[Result.BLOCKED] else set()
        self._note(actor, done)
        return Changed(done, frozenset(topics))

    def _batch(
        self, actor: Actor, batch: list[WrittenRow], number_at: int, note_at: int | None, done: Imported
    ) -> None:
        by_note: dict[str, list[tuple[WrittenRow, str]]] = {}
        results: dict[int, Blocked] = {}
        for row in batch:
            text = row.cells[number_at].strip() if number_at < len(row.cells) else ""
            try:
                if row.problem:
                    raise Invalid(row.problem)
                note = clean_note(row.cells[note_at]) if note_at is not None and note_at < len(row.cells) else ""
            except Invalid as error:
                results[row.line] = Blocked(text, None, None, Result.INVALID, error.message)
                continue
            by_note.setdefault(note, []).append((row, text))
        now = self._clock.now()
        with self._database.write() as session:
            business = session.exec(select(Business).where(Business.id == actor.business_id).with_for_update()).one()
            for note, written in by_note.items():
                found = read_inputs([text for _, text in written], business.region)
                insert_patterns(session, actor, found, note=note, until=None, now=now)
                results |= {row.line: result for (row, _), result in zip(written, found, strict=True)}
        for row in batch:
            got = results[row.line]
            done.rows.append(RowResult(row.line, got.input, got.number, got.result, got.message))
            done.counts[got.result] += 1

    def _note(self, actor: Actor, done: Imported) -> None:
        if count := done.counts[Result.BLOCKED]:
            with self._database.write() as session:
                after = {"Callers": f"{count:,} entries"}
                record(session, TOPIC, "imported a file", at=self._clock.now(), actor=actor, after=after)


def _batches(rows: Iterable[WrittenRow]) -> Iterator[list[WrittenRow]]:
    source = iter(rows)
    while batch := list(islice(source, BATCH)):
        yield batch


def _plain(cell: str) -> str:
    return " ".join(cell.replace("_", " ").split()).casefold()
