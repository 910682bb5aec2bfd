"""What may be attached to a ticket: PNG, JPEG, GIF, WebP, PDF and plain text, judged by content and never by name.

Nothing is unpacked or decoded here. Images are parsed chunk by chunk, so that a bomb costs no more than its size in
bytes.
"""

import re
import struct
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from settings_ui.domain.errors import Invalid, TooLarge
from settings_ui.domain.text import has_invisible

MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 100_000_000
MOST_FRAMES = 1_000
NAME_LENGTH = 100
FIELD = "attachments"

_TEXT_ENDINGS = (".txt", ".csv", ".log", ".md", ".json")
_MARKUP = re.compile(
    r"\s*<(\?xml|!doctype|!--|html|head|body|script|svg|iframe|style|meta|link|a|img)\b", re.IGNORECASE
)
_ZIP_END = b"PK\x05\x06"
_TAIL = 70_000


@dataclass(frozen=True)
class FileKind:
    """A file type: its media type and permitted name extensions, the usual one first."""

    media_type: str
    endings: tuple[str, ...]


PNG = FileKind("image/png", (".png",))
JPEG = FileKind("image/jpeg", (".jpg", ".jpeg"))
GIF = FileKind("image/gif", (".gif",))
WEBP = FileKind("image/webp", (".webp",))
PDF = FileKind("application/pdf", (".pdf",))
TEXT = FileKind("text/plain", _TEXT_ENDINGS)


class _Damaged(Exception):
    """The file starts like an accepted type but is not valid."""


def kind_of(data: bytes) -> FileKind:
    """Return the type of the content; raise Invalid or TooLarge at `attachments` if it is not accepted."""
    if not data:
        raise Invalid("This file is empty.", field=FIELD)
    if len(data) > MOST_BYTES:
        raise too_large()
    if _ZIP_END in data[-_TAIL:]:
        raise _refused()  # an archive disguised as another type
    for start, (kind, check) in _BINARY.items():
        if data.startswith(start):
            try:
                check(data)
            except (_Damaged, struct.error, IndexError):
                raise Invalid("This file is damaged. Save it again and try once more.", field=FIELD) from None
            return kind
    if _is_plain_text(data):
        return TEXT
    raise _refused()


def clean_file_name(name: str, kind: FileKind) -> str:
    """Return the last part of a path, without invisible characters and with an extension that fits the type."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    base = "".join(c for c in base if not has_invisible(c) and c not in '<>:"|?*')
    base = " ".join(base.split()).strip(". ")
    ending = next((e for e in kind.endings if base.casefold().endswith(e)), "")
    stem = (base[: -len(ending)] if ending else base).strip(". ")[: NAME_LENGTH - 6] or "file"
    return stem + (ending or kind.endings[0])


def too_large() -> TooLarge:
    """The error for a file over the size limit."""
    return TooLarge(
        f"Files can be up to {MOST_BYTES // 1024 // 1024} MB. Make this one smaller and try again.", field=FIELD
    )


def _refused() -> Invalid:
    return Invalid("Only PNG, JPEG, GIF and WebP images, PDF and plain text can be attached.", field=FIELD)


def _is_plain_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    allowed = {"\n", "\r", "\t", "\f"}
    if any(c < " " and c not in allowed for c in set(text)):
        return False
    return _MARKUP.match(text) is None and "<script" not in text.casefold() and "<svg" not in text.casefold()


def _check_png(data: bytes) -> None:
    at, frames = 8, 0
    for name, start, length in _png_chunks(data, at):
        if name == b"IHDR":
            _limit_pixels(*struct.unpack_from(">II", data, start))
        frames += name == b"fcTL"
        at = start + length + 4
    _limit_frames(frames)
    _ends(at == len(data))


def _png_chunks(data: bytes, at: int) -> Iterator[tuple[bytes, int, int]]:
    name = b""
    while name != b"IEND":
        length, name = struct.unpack_from(">I4s", data, at)
        if (at == 8) != (name == b"IHDR") or at + length + 12 > len(data):
            raise _Damaged
        yield name, at + 8, length
        at += length + 12


def _check_jpeg(data: bytes) -> None:
    at = 2
    while True:
        if data[at] != 0xFF:
            raise _Damaged
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            _limit_pixels(width, height)
        at += 2 + length
        if marker == 0xDA:
            break
    _ends(b"\xff\xd9" in data[at:])


def _check_gif(data: bytes) -> None:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    _limit_pixels(width, height)
    at = 13 + _color_table(flags)
    frames = 0
    while data[at] != 0x3B:
        if data[at] == 0x21:
            at = _after_blocks(data, at + 2)
        elif data[at] == 0x2C:
            frames += 1
            _limit_frames(frames)
            _limit_pixels(*struct.unpack_from("<HH", data, at + 5))
            at = _after_blocks(data, at + 11 + _color_table(data[at + 9]))
        else:
            raise _Damaged
    _ends(at + 1 == len(data))


def _color_table(flags: int) -> int:
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0


def _after_blocks(data: bytes, at: int) -> int:
    while data[at]:
        at += data[at] + 1
    return at + 1


def _check_webp(data: bytes) -> None:
    (size,) = struct.unpack_from("<I", data, 4)
    if data[8:12] != b"WEBP" or size + 8 + size % 2 != len(data):
        raise _Damaged
    at, frames = 12, 0
    while at < len(data):
        name, length = struct.unpack_from("<4sI", data, at)
        if name == b"VP8X":
            width, height = (int.from_bytes(data[at + n : at + n + 3], "little") + 1 for n in (12, 15))
            _limit_pixels(width, height)
        frames += name == b"ANMF"
        at += 8 + length + length % 2
    _limit_frames(frames)
    _ends(at == len(data))


def _check_pdf(data: bytes) -> None:
    _ends(b"%%EOF" in data[-2048:])


def _ends(well: bool) -> None:
    if not well:
        raise _Damaged


def _limit_pixels(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise Invalid("This image has more than 100 megapixels. Make it smaller and try again.", field=FIELD)


def _limit_frames(frames: int) -> None:
    if frames > MOST_FRAMES:
        raise Invalid("This image has more than 1,000 frames. Shorten it and try again.", field=FIELD)


_BINARY: Mapping[bytes, tuple[FileKind, Callable[[bytes], None]]] = MappingProxyType(
    {
        b"\x89PNG\r\n\x1a\n": (PNG, _check_png),
        b"\xff\xd8\xff": (JPEG, _check_jpeg),
        b"GIF87a": (GIF, _check_gif),
        b"GIF89a": (GIF, _check_gif),
        b"RIFF": (WEBP, _check_webp),
        b"%PDF-": (PDF, _check_pdf),
    }
)
