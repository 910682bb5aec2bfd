"""What may be attached is decided by content, not by name."""

import gzip
import io
import struct
import time
import zipfile
import zlib

import pytest
from PIL import Image

from settings_ui.domain.attachments import (
    GIF,
    JPEG,
    MOST_BYTES,
    PDF,
    PNG,
    TEXT,
    WEBP,
    FileKind,
    clean_file_name,
    kind_of,
)
from settings_ui.domain.errors import Invalid, TooLarge

A_PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def image(form: str, size: tuple[int, int] = (30, 20), frames: int = 1) -> bytes:
    out = io.BytesIO()
    pictures = [Image.new("RGB", size, (n % 256, 90, 30)) for n in range(frames)]
    more = {"save_all": True, "append_images": pictures[1:]} if frames > 1 else {}
    pictures[0].save(out, form, **more)
    return out.getvalue()


def an_archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 5_000_000)
    return out.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A tiny PNG whose header claims these dimensions."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (image("PNG"), PNG),
        (image("JPEG"), JPEG),
        (image("GIF"), GIF),
        (image("GIF", frames=12), GIF),
        (image("WEBP"), WEBP),
        (image("WEBP", frames=3), WEBP),
        (image("PNG", frames=3), PNG),
        (A_PDF, PDF),
        (b"plain text\r\n\tand more\n", TEXT),
        ("\ufeffnumber;note\n+14155550132;wählt oft\n".encode(), TEXT),
        (b'{"error": "a < b"}', TEXT),
    ],
)
def test_images_pdf_and_text_are_taken(data: bytes, kind: FileKind) -> None:
    assert kind_of(data) is kind


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED = {
    "nothing": b"",
    "an archive": an_archive(),
    "a gzip bomb": gzip.compress(b"\0" * 5_000_000),
    "a program": b"MZ\x90\0" + b"\0" * 100,
    "an ELF": b"\x7fELF" + b"\0" * 100,
    "SVG": SVG,
    "SVG after a comment": b"<!-- hello -->" + SVG,
    "XML": b'<?xml version="1.0"?><x/>',
    "HTML": b"  <!DOCTYPE html><p>hello",
    "a script": b"hello <script>alert(1)</script>",
    "NUL in text": b"hello\0there",
    "an escape in text": b"\x1b]0;title\x07",
    "Latin-1": "wählt oft".encode("latin-1"),
    "UTF-16": "hello".encode("utf-16"),
    "half a PNG": image("PNG")[:-20],
    "half a JPEG": image("JPEG")[:-200],
    "half a GIF": image("GIF", frames=12)[:-20],
    "half a WebP": image("WEBP")[:-20],
    "half a PDF": A_PDF[:40],
    "a PNG that is also an archive": image("PNG") + an_archive(),
    "a JPEG that is also an archive": image("JPEG") + an_archive(),
    "a PDF that is also an archive": A_PDF + an_archive(),
    "a text that is also an archive": b"hello\n" + an_archive(),
    "a PNG with something behind it": image("PNG") + b"<script>",
    "a GIF with something behind it": image("GIF") + b"<script>",
    "a GIF that is a script": b"GIF89a=1;alert(1)//",
    "a PDF after something else": b"<script>" + A_PDF,
    "a bomb of pixels": png_of(60_000, 60_000),
    "a sound": b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 24,
    "40,000 frames": b"GIF89a\1\0\1\0\x80\0\0" + b"\0" * 6 + b",\0\0\0\0\1\0\1\0\0\2\2D\1\0" * 40_000 + b";",
}


@pytest.mark.parametrize("what", REFUSED)
def test_anything_else_is_refused_at_once_with_a_reason(what: str) -> None:
    began = time.perf_counter()
    with pytest.raises(Invalid) as refused:
        kind_of(REFUSED[what])
    assert time.perf_counter() - began < 1
    assert refused.value.field == "attachments"


def test_ten_megabytes_are_taken_and_one_byte_more_is_not() -> None:
    assert kind_of(b"x" * MOST_BYTES) is TEXT
    with pytest.raises(TooLarge) as refused:
        kind_of(b"x" * (MOST_BYTES + 1))
    assert refused.value.message == "Files can be up to 10 MB. Make this one smaller and try again."


@pytest.mark.parametrize(
    ("name", "kind", "kept"),
    [
        ("report.pdf", PDF, "report.pdf"),
        ("../../etc/passwd", TEXT, "passwd.txt"),
        ("C:\\Users\\Dana\\shot.PNG", PNG, "shot.png"),
        ("photo.jpeg", JPEG, "photo.jpeg"),
        ("photo.png", JPEG, "photo.png.jpg"),
        ("run.bat", TEXT, "run.bat.txt"),
        ("page.html", TEXT, "page.html.txt"),
        ("calls.csv", TEXT, "calls.csv"),
        ("in\u202evoice\0.pdf", PDF, "invoice.pdf"),
        ('a"b\r\nc.txt', TEXT, "abc.txt"),
        ("", GIF, "file.gif"),
        ("...", WEBP, "file.webp"),
        ("Rechnung für März.pdf", PDF, "Rechnung für März.pdf"),
    ],
)
def test_a_name_is_its_last_part_with_an_ending_that_fits(name: str, kind: FileKind, kept: str) -> None:
    assert clean_file_name(name, kind) == kept


def test_a_long_name_is_cut_and_keeps_its_ending() -> None:
    kept = clean_file_name("x" * 5_000 + ".pdf", PDF)
    assert len(kept) <= 100
    assert kept.endswith("x.pdf")
