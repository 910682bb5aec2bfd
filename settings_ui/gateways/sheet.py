"""CSV files as people have them: any usual encoding and delimiter, read as a stream."""

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
    """An open CSV file whose first row names the columns. Nothing but the row at hand is held in memory.

    `score` says of a header how many of its columns are understood: the delimiter that makes the most of it is taken.
    Opening raises Invalid if there is no such file, or no header in it.
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
        # Windows-1252 has holes: a character that is none of its own shows as such and is refused later.
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
        """The line that the header stands on."""
        return self._before + 1

    @property
    def position(self) -> int:
        """How many bytes have been read."""
        return 0 if self._file.closed else self._file.tell()

    def rows(self) -> Iterator[WrittenRow]:
        """Yield the rows after the header; lines with nothing on them are passed over."""
        while True:
            line = self._before + self._reader.line_num + 1
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error:
                last = self._before + self._reader.line_num
                where = f"lines {line} to {last}" if last > line else f"line {line}"
                yield WrittenRow(line, [], f"The quotes on {where} do not pair up, or a cell is too long.")
                continue
            if any(cell.strip() for cell in cells):
                yield WrittenRow(line, cells)

    def _look(self, score: Callable[[Sequence[str]], int]) -> tuple[str, int]:
        """Return the delimiter, and how many lines there are before the header; the text stands at the header then."""
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
            raise Invalid("The quotes of the first line do not pair up.") from error


def _cells(text: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([text], delimiter=delimiter), [])
    except csv.Error:
        return []


def _encoding(file: BinaryIO) -> str:
    """Return UTF-16 or UTF-8 by the mark at the start, UTF-16 by its zeros, UTF-8 if all of it is, else Windows-1252.

    Reads the whole file once in the last two cases, a piece at a time.
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
