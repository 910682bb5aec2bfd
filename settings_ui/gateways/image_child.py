"""Runs in a child process: standard input is an untrusted image, standard output its square versions.

Started by images.py as a script that imports none of our modules. Exit code 0 and, for each size, four bytes of length
and a WebP; or exit code 3 and one word on standard output: format, pixels, webp, damaged or effort.
"""

import io
import resource
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

SIZES = (256, 64)
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MOST_PIXELS = 25_000_000
MOST_WEBP_PIXELS = 15_000_000
"""libwebp needs three times the memory of other decoders, and memory is limited."""
SCAN = b"\xff\xda"
MOST_SCANNED = 2_000_000_000
"""Pixels times scans of a progressive JPEG: a few bytes can demand another scan of all pixels. Cameras use ten."""
MOST_COEFFICIENTS = 160 * 1024 * 1024
"""Bytes of coefficients that a progressive JPEG keeps from its first scan to its last."""
MOST_MEMORY = 190 * 1024 * 1024
"""Bytes; including the code, that stays below 200 MB."""
MOST_SECONDS = 3
ORIENTATION = 274
BAND = 64


def main() -> None:
    """Limit ourselves, then decode."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    data = sys.stdin.buffer.read()
    try:
        squares = decode(data)
    except Refused as refused:
        refuse(str(refused))
    except MemoryError:
        refuse("effort")
    except Exception:
        refuse("damaged")  # whatever a decoder fails on, the file is to blame
    for square in squares:
        sys.stdout.buffer.write(len(square).to_bytes(4, "big") + square)


class Refused(Exception):
    """The reason is its text."""


def refuse(reason: str) -> None:
    """Print the reason and exit."""
    sys.stdout.write(reason)
    sys.stdout.flush()
    raise SystemExit(3)


def decode(data: bytes) -> list[bytes]:
    """Return the squares as WebP, upright, in sRGB, without metadata; raise Refused or whatever the decoder does."""
    import warnings

    from PIL import Image, UnidentifiedImageError

    warnings.simplefilter("ignore")
    Image.MAX_IMAGE_PIXELS = None  # we check the size ourselves before anything is decoded
    if (claimed := webp_pixels(data)) > MOST_WEBP_PIXELS:
        raise Refused("pixels" if claimed > MOST_PIXELS else "webp")
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        raise Refused("format") from None
    if image.width * image.height > MOST_PIXELS:
        raise Refused("pixels")
    orientation, profile = image.getexif().get(ORIENTATION, 1), image.info.get("icc_profile")
    if image.format in ("JPEG", "MPO"):  # its decoder can downscale while decoding
        if "progressive" in image.info:
            refuse_endless(image, data.count(SCAN))
        keep = max(1, min(image.size) // (2 * SIZES[0]))
        image.draft(None, (image.width // keep, image.height // keep))
    picture = first_frame(image) if image.format == "WEBP" else image
    picture.load()
    square = upright(in_srgb(shrink(picture), profile), orientation)
    return [webp(square, size) for size in SIZES]


def webp_pixels(data: bytes) -> int:
    """Return the number of pixels that a WebP claims, 0 for other formats. Its decoder allocates all memory at once."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP" or len(data) < 30:
        return 0
    kind = data[12:16]
    if kind == b"VP8X":
        return (int.from_bytes(data[24:27], "little") + 1) * (int.from_bytes(data[27:30], "little") + 1)
    if kind == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return ((bits & 0x3FFF) + 1) * ((bits >> 14 & 0x3FFF) + 1)
    return (int.from_bytes(data[26:28], "little") & 0x3FFF) * (int.from_bytes(data[28:30], "little") & 0x3FFF)


def refuse_endless(image: "ImageFile", scans: int) -> None:
    """Raise Refused for a progressive JPEG whose decoder would take too much memory at once, or too long."""
    layers = [(across, down) for _, across, down, _ in image.layer]  # type: ignore[attr-defined]
    most = max(across for across, _ in layers) * max(down for _, down in layers)
    pixels = image.width * image.height
    coefficients = sum(2 * pixels * across * down // most for across, down in layers)
    if coefficients > MOST_COEFFICIENTS or scans * pixels > MOST_SCANNED:
        raise Refused("effort")


def first_frame(image: "ImageFile") -> "Image":
    """Return the first frame of a WebP, without the two extra canvases that Pillow would allocate."""
    from PIL import Image

    data, _ = image._decoder.get_next()  # type: ignore[attr-defined]
    image._decoder = None  # type: ignore[attr-defined]
    return Image.frombytes(image.mode, image.size, data, "raw", image.rawmode)  # type: ignore[attr-defined]


def shrink(image: "Image") -> "Image":
    """Return the central square, with at most about twice the required edge length.

    Works in bands, since averaging copies its input and a copy of the whole image would exceed the memory limit.
    """
    from PIL import Image

    edge = min(image.size)
    left, top = (image.width - edge) // 2, (image.height - edge) // 2
    factor = max(1, edge // (2 * SIZES[0]))
    rows = []
    for y in range(0, edge, factor * BAND):
        band = image.crop((left, top + y, left + edge, top + min(edge, y + factor * BAND)))
        rows.append(averageable(band).reduce(factor))
    square = Image.new(rows[0].mode, (rows[0].width, sum(row.height for row in rows)))
    y = 0
    for row in rows:
        square.paste(row, (0, y))
        y += row.height
    return square


def averageable(image: "Image") -> "Image":
    """Return an image whose pixels can be averaged: no palette, eight bits."""
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")
    if image.mode in ("1", "I", "F"):
        return image.convert("L")
    return image


def in_srgb(image: "Image", profile: bytes | None) -> "Image":
    """Return the image in sRGB; an invalid colour profile is ignored."""
    from PIL import ImageCms

    mode = "RGBA" if image.mode in ("RGBA", "LA", "La", "RGBa") or "transparency" in image.info else "RGB"
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            found = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
            return found or image.convert(mode)
        except (ImageCms.PyCMSError, ValueError, OSError):
            pass
    return image.convert(mode)


def upright(image: "Image", orientation: int) -> "Image":
    """Return the image rotated as the camera was held."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[orientation]) if orientation in turns else image


def webp(image: "Image", size: int) -> bytes:
    """Return the image as a WebP of that size, without metadata."""
    from PIL import Image

    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    out = io.BytesIO()
    bare.resize((size, size), Image.Resampling.LANCZOS).save(out, "WEBP", quality=86, method=4)
    return out.getvalue()


if __name__ == "__main__":
    main()
