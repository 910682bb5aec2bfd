"""Blocking the numbers of a file: a result for every row, however the file was made."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.errors import Forbidden, Invalid, Unavailable
from settings_ui.gateways.ports import WrittenRow
from settings_ui.gateways.sheet import CsvSheet
from settings_ui.services.blocked_callers.entries import Result
from settings_ui.services.blocked_callers.import_file import (
    MOST_ROWS,
    BlockImport,
    Imported,
    RowResult,
    number_columns,
    understood,
)
from settings_ui.services.kit.changes import business_topic
from tests.at_once import at_once
from tests.blocked import block, entries, listed
from tests.calls import CALLER
from tests.support import START, FakeClock, add_business, add_member

SECOND, THIRD = "+14155550133", "+14155550134"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Path of a test's file."""
    return tmp_path / "numbers.csv"


def bring(services: Services, actor: Actor, file: Path, data: str | bytes, encoding: str = "utf-8") -> Imported:
    """Import a file with this content, as the route does."""
    file.write_bytes(data if isinstance(data, bytes) else data.encode(encoding))
    with CsvSheet(file, understood) as sheet:
        return services.blocked_callers.import_file.run(actor, sheet.header, sheet.rows(), line=sheet.header_line).value


def kept(services: Services, actor: Actor) -> dict[str, str]:
    """Return the notes of all entries, by pattern."""
    return {row.pattern: row.note for row in entries(services, actor.business_id) if row.removed_at is None}


def test_the_last_day_of_a_row_is_kept_and_one_that_cannot_be_is_said(
    services: Services, owner: Actor, file: Path
) -> None:
    """Dropped silently, a caller would be stopped for good. The day is inclusive."""
    done = bring(
        services,
        owner,
        file,
        f"number,until\n{CALLER},2026-03-31\n{SECOND},\n{THIRD},31/03/2026\n+14155550135,2026-03-03\n+14155550136,never\n",
    )
    says = {row.line: row.message for row in done.rows if row.result is Result.INVALID}
    assert says == {
        4: "Write the last day like 2026-03-31.",
        5: "Choose a date from today on, within 10 years.",
        6: "Write the last day like 2026-03-31.",
    }
    assert {row.pattern: row.until for row in entries(services, owner.business_id)} == {
        CALLER: datetime(2026, 4, 1, tzinfo=UTC),
        SECOND: None,
    }


def test_every_row_has_a_result_in_its_order_and_none_is_lost(services: Services, owner: Actor, file: Path) -> None:
    """Added, already blocked, duplicate, not a number, unbalanced quotes: each with its line."""
    block(services, owner, "+1212*", SECOND)
    done = bring(
        services,
        owner,
        file,
        f'Phone Number,Notes,Other\n{CALLER},Sells roofs,x\n"{SECOND}",,\n(415) 555-0132,Twice,\n\n911,,\n'
        '+1 415 555*,A "prefix",\nanonymous,,\n415-555-0134 x7,,\n,no number,\n"oops" x,1,2\n',
    )
    assert [(row.line, row.input, row.number, row.result) for row in done.rows] == [
        (2, CALLER, CALLER, Result.BLOCKED),
        (3, SECOND, SECOND, Result.ALREADY),
        (4, "(415) 555-0132", CALLER, Result.ALREADY),
        (6, "911", None, Result.INVALID),
        (7, "+1 415 555*", "+1415555*", Result.BLOCKED),
        (8, "anonymous", "anonymous", Result.BLOCKED),
        (9, "415-555-0134 x7", THIRD, Result.BLOCKED),
        (10, "", None, Result.INVALID),
        (11, "", None, Result.INVALID),
    ]
    says = {row.line: row.message for row in done.rows if row.message}
    assert says == {
        6: "Enter the number with its area code, like (201) 555-0123.",
        9: "The extension 7 was left out: callers’ numbers have none.",
        10: "Enter a phone number.",
        11: "A quote on line 11 is not closed, or a cell is too long.",
    }
    assert done.counts == {Result.BLOCKED: 4, Result.ALREADY: 2, Result.INVALID: 3}
    assert kept(services, owner) == {
        "+1212*": "",
        SECOND: "",
        CALLER: "Sells roofs",
        "+1415555*": 'A "prefix"',
        "anonymous": "",
        THIRD: "",
    }


@pytest.mark.parametrize(
    "data",
    [
        f"{CALLER}\n{SECOND}\n",
        f"{CALLER}\r\n{SECOND}",
        f"{CALLER}\r{SECOND}\r",
        f"\n\n{CALLER}\n{SECOND}\n",
        f"number\n{CALLER}\n{SECOND}\n",
        f"Caller ID;Reason\n{CALLER};\n{SECOND};x\n",
        f"sep=;\nNote;Number\nx;{CALLER}\n;{SECOND}\n",
        f"\ufeffphone\tname\n{CALLER}\tA, B\n{SECOND}\t\n",
        f'"(415) 555-0132","Some, name"\n"{SECOND}",""\n',
        f"{CALLER};Some name\n{SECOND};\n",
        f"{CALLER}\tsome name\n{SECOND}\t\n",
        f"'{CALLER}\n'{SECOND}\n",
        f"id,from,to\n1,{CALLER},+12125550110\n2,{SECOND},+12125550110\n",
    ],
)
def test_a_list_of_numbers_is_read_however_it_was_saved(
    services: Services, owner: Actor, file: Path, data: str
) -> None:
    """With or without a header, with any usual delimiter, line ending and BOM, and in our own export format."""
    done = bring(services, owner, file, data)
    assert sorted(listed(services, owner)) == [CALLER, SECOND]
    assert done.counts == {Result.BLOCKED: 2}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
def test_notes_survive_any_usual_encoding(services: Services, owner: Actor, file: Path, encoding: str) -> None:
    bring(services, owner, file, f"number,note\n{CALLER},Größe und Fleiß\n", encoding)
    assert kept(services, owner) == {CALLER: "Größe und Fleiß"}


def test_an_odd_encoding_loses_no_row(services: Services, owner: Actor, file: Path) -> None:
    """Half of it is UTF-8 and half is not: the numbers are imported, and unreadable text is reported."""
    data = f"number,note\n{CALLER},größe\n".encode() + f"{SECOND},größe\n".encode("latin-1") + b"\xff\xfe,x\n"
    done = bring(services, owner, file, data)
    assert [row.result for row in done.rows] == [Result.BLOCKED, Result.BLOCKED, Result.INVALID]
    assert set(kept(services, owner)) == {CALLER, SECOND}


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(services: Services, owner: Actor, file: Path, data: bytes) -> None:
    with pytest.raises(Invalid, match="The file is empty"):
        bring(services, owner, file, data)


def test_a_header_alone_blocks_nobody(services: Services, owner: Actor, file: Path) -> None:
    assert bring(services, owner, file, "number,note\n") == Imported()
    assert services.activity.recent(owner, "blocked_callers") == []


def test_what_is_no_list_at_all_is_told_row_by_row(services: Services, owner: Actor, file: Path) -> None:
    """Random bytes: no traceback, and nothing is blocked."""
    done = bring(services, owner, file, bytes(range(256)) * 20)
    assert set(done.counts) <= {Result.INVALID}
    assert listed(services, owner) == []


FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@FEW
@given(data=st.binary(max_size=200))
def test_any_bytes_are_rows_with_results_or_refused(services: Services, file: Path, data: bytes) -> None:
    owner = add_member(services, add_business(services), Role.OWNER, FakeClock())
    try:
        done = bring(services, owner, file, data)
    except Invalid:
        return
    assert len(done.rows) == done.counts.total()
    assert [row.line for row in done.rows] == sorted(row.line for row in done.rows)
    assert services.blocked_callers.block_list.page(owner).entries == done.counts[Result.BLOCKED]


def test_notes_that_cannot_be_kept_are_told_and_their_numbers_not_blocked(
    services: Services, owner: Actor, file: Path
) -> None:
    done = bring(services, owner, file, f"number,note\n{CALLER},{'x' * 201}\n{SECOND},a\u202eb\n{THIRD},{'x' * 200}\n")
    assert [row.result for row in done.rows] == [Result.INVALID, Result.INVALID, Result.BLOCKED]
    assert {row.message for row in done.rows} == {"A note can have up to 200 visible characters.", ""}


def test_of_a_number_that_comes_twice_the_first_row_counts(services: Services, owner: Actor, file: Path) -> None:
    """Also if other rows share a later one's note, and across batches."""
    rows = [f"{THIRD},A", f"{CALLER},B", f"{CALLER},A", *(f"+1212{n:07},A" for n in range(1000)), f"{CALLER},C"]
    done = bring(services, owner, file, "number,note\n" + "\n".join(rows))
    assert [row.result for row in done.rows if row.number == CALLER] == [Result.BLOCKED, Result.ALREADY, Result.ALREADY]
    assert kept(services, owner)[CALLER] == "B"


def test_the_same_file_again_blocks_nobody_again(services: Services, owner: Actor, file: Path) -> None:
    """After an interruption the same file can simply be imported again."""
    data = "\n".join(f"+1415{n:07}" for n in range(2500))
    assert bring(services, owner, file, data).counts == {Result.BLOCKED: 2500}
    assert bring(services, owner, file, data).counts == {Result.ALREADY: 2500}
    assert services.blocked_callers.block_list.page(owner).entries == 2500
    changes = services.activity.recent(owner, "blocked_callers")
    assert [(change.what, change.after) for change in changes] == [("imported", {"Callers": "2,500 entries"})]


def test_what_was_blocked_before_an_interruption_stays_and_is_recorded(services: Services, owner: Actor) -> None:
    """If the third batch fails, two are complete, the third left nothing, and the change is published."""
    rows = [WrittenRow(n, [f"+1415{n:07}"]) for n in range(2, 2502)]
    doomed = BlockImport(services.database, _Failing(on=3))
    with pytest.raises(Unavailable):
        doomed.run(owner, ["number"], rows)
    assert services.blocked_callers.block_list.page(owner).entries == 2000
    [change] = services.activity.recent(owner, "blocked_callers")
    assert change.after == {"Callers": "2,000 entries"}


def test_what_is_blocked_and_that_it_was_are_kept_together(services: Services, owner: Actor) -> None:
    """The entries and their activity record are in one transaction, so a kill at any moment leaves both or neither."""
    seen = []

    class Watching:
        def now(self) -> datetime:
            entries = services.blocked_callers.block_list.page(owner).entries
            seen.append((entries, [change.after for change in services.activity.recent(owner, "blocked_callers")]))
            return START

    rows = [WrittenRow(n, [f"+1415{n:07}"]) for n in range(2, 2002)]
    BlockImport(services.database, Watching()).run(owner, ["number"], rows)
    assert (0, []) in seen
    assert (1000, [{"Callers": "1,000 entries"}]) in seen
    assert all(bool(entries) is bool(changes) for entries, changes in seen)


def test_a_hundred_thousand_rows_are_taken_and_one_more_is_refused_before_anything_is_written(
    services: Services, owner: Actor
) -> None:
    """Also if the first line is data rather than a header; `make bench` measures the limit itself."""
    rows = [WrittenRow(2, [CALLER])] * MOST_ROWS
    for header, more in (([SECOND], rows), (["number"], [*rows, rows[0]])):
        with pytest.raises(Invalid, match=r"Files can have up to 100,000 rows. Split this one") as refused:
            services.blocked_callers.import_file.run(owner, header, iter(more))
        assert refused.value.field == "file"
    assert entries(services, owner.business_id) == []


def test_two_imports_of_the_same_file_at_once_block_each_number_once(services: Services, owner: Actor) -> None:
    rows = [WrittenRow(n + 2, [f"+1415{n:07}"]) for n in range(1500)]
    orders = [rows, rows[::-1], rows[700:] + rows[:700]]
    results = at_once(
        *[lambda some=some: services.blocked_callers.import_file.run(owner, ["number"], some).value for some in orders]
    )
    done = [result for result in results if isinstance(result, Imported)]
    assert len(done) == 3
    assert sum((result.counts for result in done), Counter()) == {Result.BLOCKED: 1500, Result.ALREADY: 3000}
    assert services.blocked_callers.block_list.page(owner).entries == 1500


def test_windows_look_again_when_somebody_was_blocked(services: Services, owner: Actor) -> None:
    done = services.blocked_callers.import_file.run(owner, ["number"], [WrittenRow(2, [CALLER])])
    assert done.topics == {business_topic(owner.business_id)}
    assert done.value.rows == [RowResult(2, CALLER, CALLER, Result.BLOCKED, "")]
    assert services.blocked_callers.import_file.run(owner, ["number"], [WrittenRow(2, [CALLER])]).topics == frozenset()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, Role.PUBLISHER])
def test_only_owners_and_admins_import(services: Services, business: str, clock: FakeClock, role: Role) -> None:
    with pytest.raises(Forbidden):
        services.blocked_callers.import_file.run(
            add_member(services, business, role, clock), ["number"], [WrittenRow(2, [CALLER])]
        )
    assert entries(services, business) == []


@pytest.mark.parametrize(
    ("header", "number", "note", "named"),
    [
        (["number"], 0, None, True),
        (["Note", "Phone_Number"], 1, 0, True),
        (["reason", "name"], 0, 0, True),
        (["name", "  CALLER  ID "], 1, None, True),
        ([CALLER], 0, None, False),
        (["name", "city"], 0, None, False),
        ([], 0, None, False),
    ],
)
def test_columns_are_found_by_their_usual_names(header: list[str], number: int, note: int | None, named: bool) -> None:
    found = number_columns(header)
    assert (found.number, found.note, found.named) == (number, note, named)


class _Failing(FakeClock):
    """A clock whose nth reading fails; every batch reads it once."""

    def __init__(self, on: int) -> None:
        super().__init__()
        self._left = on

    def now(self) -> datetime:
        self._left -= 1
        if not self._left:
            raise Unavailable
        return super().now()
