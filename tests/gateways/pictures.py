"""Pictures for tests: ordinary ones, and malicious ones."""

import functools
import io
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import Any

from PIL import Image, ImageCms

RED, GREEN, BLUE, WHITE = (230, 30, 30), (20, 180, 40), (30, 40, 220), (250, 250, 250)
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return the image encoded in that format."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def plain(kind: str, size: tuple[int, int] = (320, 320), colour: tuple[int, ...] = RED, **options: Any) -> bytes:
    """Return a picture of a single colour."""
    return encoded(Image.new("RGB", size, colour), kind, **options)


def quarters(edge: int = 320) -> Image.Image:
    """Return a square that is red and green above, blue and white below."""
    image = Image.new("RGB", (edge, edge))
    half = edge // 2
    for colour, corner in zip((RED, GREEN, BLUE, WHITE), ((0, 0), (half, 0), (0, half), (half, half)), strict=True):
        image.paste(colour, (*corner, corner[0] + half, corner[1] + half))
    return image


def pixel(picture: bytes, across: float, down: float) -> tuple[int, ...]:
    """Return the colour at a position, given as fractions of width and height."""
    with Image.open(io.BytesIO(picture)) as image:
        found = image.convert("RGBA" if image.mode == "RGBA" else "RGB").getpixel(
            (round(across * (image.width - 1)), round(down * (image.height - 1)))
        )
    assert isinstance(found, tuple)
    return found


def alike(one: tuple[int, ...], other: tuple[int, ...], within: int = 12) -> bool:
    """Whether two colours are equal within WebP's compression error."""
    return all(abs(a - b) <= within for a, b in zip(one, other, strict=True))


def png_of(header: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG of these chunks, with valid checksums but otherwise unchecked."""
    parts = [(b"IHDR", header), *chunks, (b"IEND", b"")]
    return PNG_SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


def png_header(width: int, height: int, bits: int = 8, colours: int = 2, interlaced: bool = False) -> bytes:
    """Return a PNG header chunk; colour type 0 is grey, 2 RGB, 3 palette, 6 RGBA."""
    return struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, interlaced)


@functools.cache
def zeros(count: int) -> bytes:
    """Return that many zeros, deflated to a thousandth of the size."""
    squeeze = zlib.compressobj(9)
    block = bytes(1_000_000)
    parts = [squeeze.compress(block) for _ in range(count // len(block))]
    return b"".join([*parts, squeeze.compress(bytes(count % len(block))), squeeze.flush()])


def gif_of_frames(count: int) -> bytes:
    """Return a GIF with that many one-pixel frames, built without encoding any."""
    header = b"GIF89a" + struct.pack("<HHBBB", 64, 64, 0x80, 0, 0) + b"\xe6\x1e\x1e\x00\x00\xff"
    frame = (
        b"\x21\xf9\x04\x00\x01\x00\x00\x00" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    )
    return header + frame * count + b"\x3b"


def webp_saying(width: int, height: int, kind: bytes = b"VP8X") -> bytes:
    """Return the start of a WebP that claims this size, with nothing behind it."""
    if kind == b"VP8X":
        body = b"\x02\x00\x00\x00" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        body = b"\x2f" + ((width - 1) | (height - 1) << 14).to_bytes(4, "little") + bytes(40)
    else:
        body = b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(40)
    chunk = kind + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def many_scans(edge: int, times: int) -> bytes:
    """Return a progressive JPEG with that many extra scans over all its pixels, 42 bytes each."""
    jpeg = plain("JPEG", (edge, edge), progressive=True, subsampling=0)
    scan = jpeg[jpeg.rindex(b"\xff\xda") : -2]
    return jpeg[:-2] + scan * times + jpeg[-2:]


def zip_behind(picture: bytes) -> bytes:
    """Return a polyglot: a valid picture from the start, a valid ZIP archive from the end."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run-me.html", "<script>alert(1)</script>")
    return picture + out.getvalue()


def profile_with(red: Iterable[float], green: Iterable[float], blue: Iterable[float]) -> bytes:
    """Return sRGB's ICC profile with other primaries (XYZ under D50)."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    wanted = {b"rXYZ": red, b"gXYZ": green, b"bXYZ": blue}
    for entry in range(int.from_bytes(profile[128:132], "big")):
        tag, offset, _ = struct.unpack_from(">4sII", profile, 132 + 12 * entry)
        if tag in wanted:
            struct.pack_into(">3i", profile, offset + 8, *(round(value * 65536) for value in wanted[tag]))
    return bytes(profile)


DISPLAY_P3 = profile_with((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))


def p3_in_srgb(colour: tuple[int, int, int]) -> tuple[int, ...]:
    """Return a Display P3 colour converted to sRGB, by the published matrix."""
    r, g, b = (((v / 255 + 0.055) / 1.055) ** 2.4 if v > 10 else v / 255 / 12.92 for v in colour)
    linear = (1.2249 * r - 0.2247 * g, -0.0420 * r + 1.0419 * g, -0.0197 * r - 0.0786 * g + 1.0979 * b)
    clipped = (min(1.0, max(0.0, v)) for v in linear)
    return tuple(round(255 * (1.055 * v ** (1 / 2.4) - 0.055 if v > 0.0031308 else 12.92 * v)) for v in clipped)
