"""CSV files in any usual encoding and delimiter, read as a stream."""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from settings_ui.domain.errors import Invalid
from settings_ui.gateways.ports import WrittenRow

DELIMITERS = ",;\t|"
_CHUNK = 1 << 20
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
LONGEST_LINE = 1 << 20


class CsvSheet:
    """An open CSV file whose first row names the columns. Only the current row is held in memory.

    `score` returns how many columns of a header are understood; the delimiter with the highest score is used. Opening
    raises Invalid if the file or its header is missing.
    """

    def __init__(self, path: Path, score: Callable[[Sequence[str]], int]) -> None:
        try:
            self._file: BinaryIO = path.open("rb")
            try:
                self._start(score)
            except BaseException:
                self._file.close()
                raise
        except OSError as error:
            raise Invalid(f"{path} cannot be read: {error.strerror or error}.") from error

    def _start(self, score: Callable[[Sequence[str]], int]) -> None:
        self.size = self._file.seek(0, io.SEEK_END)
        self._file.seek(0)
        self.encoding = _encoding(self._file)
        self._file.seek(0)
        # Windows-1252 has undefined bytes; they are kept as replacement characters and refused later.
        self._text = io.TextIOWrapper(self._file, self.encoding, errors="replace", newline="")
        self.delimiter, self._before = self._look(score)
        self._reader = csv.reader(self._lines(), delimiter=self.delimiter, strict=True)
        self.header = self._header()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._text.close()

    @property
    def header_line(self) -> int:
        """The line number of the header."""
        return self._before + 1

    @property
    def position(self) -> int:
        """How many bytes have been read."""
        return 0 if self._file.closed else self._file.tell()

    def rows(self) -> Iterator[WrittenRow]:
        """Yield the rows after the header; empty lines are skipped."""
        while True:
            line = self._before + self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                last = self._before + self._reader.line_num
                where = f"lines {line} to {last}" if last > line else f"line {line}"
                yield WrittenRow(line, [], f"A quote on {where} is not closed, or a cell is too long.")
                continue
            if any(cell.strip() for cell in cells):
                yield WrittenRow(line, cells)

    def _look(self, score: Callable[[Sequence[str]], int]) -> tuple[str, int]:
        """Return the delimiter, and the number of lines before the header; the text is then positioned at the
        header."""
        before = 0
        while not (line := self._text.readline(LONGEST_LINE)).strip() or line.casefold().startswith("sep="):
            if not line:
                raise Invalid("The file is empty.")
            before += 1
        self._text.seek(0)
        for _ in range(before):
            self._text.readline()
        return max(DELIMITERS, key=lambda mark: score(_cells(line, mark))), before

    def _lines(self) -> Iterator[str]:
        while line := self._text.readline(LONGEST_LINE):
            yield line

    def _header(self) -> list[str]:
        try:
            return next(self._reader)
        except csv.Error as error:
            raise Invalid("A quote on the first line is not closed.") from error


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []


def _encoding(file: BinaryIO) -> str:
    """Return UTF-16 or UTF-8 if there is a byte order mark, UTF-16 if there are zero bytes, UTF-8 if valid, else
    Windows-1252.

    Reads the whole file once in the last two cases, in chunks.
    """
    start = file.read(4096)
    for mark, name in _MARKS:
        if start.startswith(mark):
            return name
    if zeros := start.count(0):
        even = start[::2].count(0)
        return "utf-16-be" if even > zeros / 2 else "utf-16-le"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(start)
        while chunk := file.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
