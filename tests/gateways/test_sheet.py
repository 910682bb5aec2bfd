"""CSV files as found in practice."""

import codecs
import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from settings_ui.domain.errors import Invalid
from settings_ui.gateways.ports import WrittenRow
from settings_ui.gateways.sheet import LONGEST_LINE, CsvSheet

TEXT = "name,note\r\nJosé,größer\r\nZoë,“curly”\r\n"


def known(header: Sequence[str]) -> int:
    return sum(cell in ("name", "note", "a name") for cell in header)


def read(path: Path, content: bytes | str) -> tuple[CsvSheet, list[WrittenRow]]:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with CsvSheet(path, known) as sheet:
        return sheet, list(sheet.rows())


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "file.csv"


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("cp1252"), "cp1252"),
    ],
)
def test_the_usual_encodings_are_told_apart(path: Path, content: bytes, encoding: str) -> None:
    """Excel writes UTF-16 and Windows-1252, everything else UTF-8 with or without a BOM."""
    sheet, rows = read(path, content)
    assert sheet.encoding == encoding
    assert sheet.header == ["name", "note"]
    assert [list(row.cells) for row in rows] == [["José", "größer"], ["Zoë", "“curly”"]]


def test_one_letter_far_down_that_is_not_utf_8_makes_the_file_windows_1252(path: Path) -> None:
    sheet, rows = read(path, b"name\n" + b"plain\n" * 40_000 + "José\n".encode("cp1252"))
    assert sheet.encoding == "cp1252"
    assert rows[-1] == WrittenRow(40_002, ["José"])


def test_a_byte_that_windows_1252_does_not_have_shows_as_lost(path: Path) -> None:
    _, rows = read(path, b"name\nJos\xe9 \x81\n")
    assert list(rows[0].cells) == ["José \ufffd"]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_makes_sense_of_the_header(path: Path, mark: str) -> None:
    sheet, rows = read(path, f"name{mark}note\nA, B; C | D{mark}E\n".replace("A, B; C | D", f'"A{mark}B"'))
    assert sheet.delimiter == mark
    assert [list(row.cells) for row in rows] == [[f"A{mark}B", "E"]]


def test_excel_s_own_hint_and_blank_lines_before_the_header_are_passed_over(path: Path) -> None:
    sheet, rows = read(path, "\n  \nsep=;\nname;note\n\n;;\nA;B\n")
    assert (sheet.header, sheet.delimiter) == (["name", "note"], ";")
    assert rows == [WrittenRow(7, ["A", "B"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way(path: Path, end: str) -> None:
    _, rows = read(path, end.join(["name,note", "A,B", "C,D"]))
    assert rows == [WrittenRow(2, ["A", "B"]), WrittenRow(3, ["C", "D"])]


def test_cells_in_quotes_may_have_lines_delimiters_and_quotes(path: Path) -> None:
    sheet, rows = read(path, '"a\n name",name\n"one\ntwo, ""three""",B\nC,D\n')
    assert sheet.header == ["a\n name", "name"]
    assert rows == [WrittenRow(3, ['one\ntwo, "three"', "B"]), WrittenRow(5, ["C", "D"])]


@pytest.mark.parametrize(
    ("content", "lines"),
    [('name,note\n"A" x,B\nC,D\n', "line 2"), ('name,note\nA,"B\nE,F\nC" x\nC,D\n', "lines 2 to 4")],
)
def test_a_row_whose_quotes_do_not_pair_up_is_a_problem_and_the_next_is_read(
    path: Path, content: str, lines: str
) -> None:
    _, rows = read(path, content)
    assert [row.problem for row in rows] == [f"A quote on {lines} is not closed, or a cell is too long.", ""]
    assert list(rows[1].cells) == ["C", "D"]


def test_a_quote_that_is_never_closed_swallows_nothing_in_silence(path: Path) -> None:
    """The lines it may have swallowed are reported."""
    _, rows = read(path, 'name,note\nA,B\nC,"D\n' + "E,F\n" * 50)
    assert rows[0] == WrittenRow(2, ["A", "B"])
    assert [row.problem for row in rows[1:]] == ["A quote on lines 3 to 53 is not closed, or a cell is too long."]


def test_rows_go_on_after_a_cell_that_is_too_long(path: Path) -> None:
    _, rows = read(path, f"name,note\nA,{'x' * 200_000}\nC,D\n")
    assert rows[0].problem == "A quote on line 2 is not closed, or a cell is too long."
    assert rows[1] == WrittenRow(3, ["C", "D"])


@pytest.mark.parametrize("content", [b"", b"\n\n \n", codecs.BOM_UTF8, codecs.BOM_UTF16_LE])
def test_an_empty_file_is_refused(path: Path, content: bytes) -> None:
    with pytest.raises(Invalid, match="The file is empty"):
        read(path, content)


def test_a_header_with_an_open_quote_is_refused(path: Path) -> None:
    with pytest.raises(Invalid, match="first line is not closed"):
        read(path, 'name,"note\nA,B\n')


def test_what_is_not_there_or_no_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    holder = os.open(pipe, os.O_RDWR)  # so that opening the FIFO does not block
    try:
        for wrong, why in ((tmp_path / "none.csv", "No such file"), (tmp_path, "directory"), (pipe, "cannot be read")):
            with pytest.raises(Invalid, match=why):
                CsvSheet(wrong, known)
    finally:
        os.close(holder)


def test_a_file_without_lines_is_read_in_bounded_pieces(path: Path) -> None:
    """A video uploaded by mistake must not exhaust memory."""
    _, rows = read(path, b"name\n" + b"x," * (3 * LONGEST_LINE))
    assert max(len(row.cells) for row in rows) <= LONGEST_LINE / 2 + 1


def test_the_position_says_how_much_was_read(path: Path) -> None:
    path.write_text("name\n" + "x" * 50 + "\n" * 100_000 + "A\n")
    with CsvSheet(path, known) as sheet:
        rows = sheet.rows()
        next(rows)
        early = sheet.position
        assert list(rows) == [WrittenRow(100_002, ["A"])]
        assert 0 < early < sheet.position == sheet.size == path.stat().st_size
