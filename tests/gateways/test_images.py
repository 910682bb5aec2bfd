"""Untrusted images, decoded in a child process within a second and 200 MB each."""

import io
import random
import zlib

import pytest
from PIL import Image

from tests.gateways.children import Outcome
from tests.gateways.conftest import Look
from tests.gateways.pictures import (
    BLUE,
    GREEN,
    PNG_SIGNATURE,
    RED,
    alike,
    encoded,
    gif_of_frames,
    many_scans,
    pixel,
    plain,
    png_header,
    png_of,
    quarters,
    webp_saying,
    zeros,
    zip_behind,
)

MARK = "Seen-In-The-Original"
KINDS = ("PNG", "JPEG", "WEBP", "GIF")


def reasons(outcomes: dict[str, Outcome]) -> dict[str, str]:
    return {name: outcome.reason for name, outcome in outcomes.items()}


def test_each_format_comes_out_as_two_squares(look: Look) -> None:
    for name, outcome in look({kind: plain(kind, (300, 200)) for kind in KINDS}).items():
        assert [Image.open(io.BytesIO(picture)).size for picture in outcome.pictures] == [(256, 256), (64, 64)], name
        assert all(alike(pixel(picture, 0.5, 0.5), RED) for picture in outcome.pictures), name


def test_what_is_no_such_image_is_refused_by_its_content(look: Look) -> None:
    """Claimed file names and types are not even passed along."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    files = {
        "nothing": b"", "a byte": b"\x89", "a signature": PNG_SIGNATURE, "text": b"hello", "svg": svg,
        "svg with a declaration": b'<?xml version="1.0"?>' + svg, "html": b"<!doctype html><script>alert(1)</script>",
        "pdf": b"%PDF-1.7\n" + bytes(100), "zip": zip_behind(b""), "bmp": plain("BMP"), "tiff": plain("TIFF"),
        "ico": plain("ICO", (64, 64)), "ppm": plain("PPM"), "postscript": b"%!PS-Adobe-3.0\n", "pickle": b"\x80\x04.",
        "noise": random.Random(1).randbytes(5_000_000), "html before a png": b"<script>" + plain("PNG"),
        "riff that is no webp": b"RIFF\x10\x00\x00\x00WAVEfmt " + bytes(100),
    }  # fmt: skip
    assert reasons(look(files, together=20)) == dict.fromkeys(files, "format")


def test_what_hides_in_or_behind_a_picture_is_left_behind(look: Look) -> None:
    """A polyglot counts as a picture; only its pixels come out."""
    script = b"<script>alert('" + MARK.encode() + b"')</script>"
    gif = plain("GIF")
    files = {kind: plain(kind) + script for kind in KINDS}
    files |= {f"{kind} and zip": zip_behind(plain(kind)) for kind in KINDS}
    files["a comment"] = encoded(Image.new("RGB", (99, 99), RED), "JPEG", comment=script)
    files["gif and javascript"] = b"GIF89a/*" + gif[8:] + b"*/=alert(1)//" + MARK.encode()
    files["a picture in a picture"] = plain("PNG") + plain("JPEG", colour=BLUE)
    for name, outcome in look(files).items():
        assert outcome.code == 0, name
        assert MARK.encode() not in outcome.out, name
        assert b"PK\x03\x04" not in outcome.out, name
        if "javascript" not in name:
            assert alike(pixel(outcome.pictures[0], 0.5, 0.5), RED), name


def test_what_claims_too_many_pixels_is_refused_before_any_is_decoded(look: Look) -> None:
    files = {
        "a png of 2.5 gigapixels": png_of(png_header(50_000, 50_000, 1, 0), (b"IDAT", zeros(312_550_000))),
        "a png of 25,005,000": png_of(png_header(5000, 5001), (b"IDAT", zeros(75_000_000))),
        "a png that only says so": png_of(png_header(2**31 - 1, 2**31 - 1), (b"IDAT", b"")),
        "a jpeg": plain("JPEG", (64, 64)).replace(b"\x00\x40\x00\x40\x03", b"\xff\xdc\xff\xdc\x03"),
        "a gif": b"GIF89a" + b"\xff\xff\xff\xff" + gif_of_frames(1)[10:],
        "a webp": webp_saying(16_384, 16_384),
        "a lossless webp": webp_saying(16_383, 16_383, b"VP8L"),
        "a lossy webp": webp_saying(16_383, 16_383, b"VP8 "),
    }
    outcomes = look(files)
    assert reasons(outcomes) == dict.fromkeys(files, "pixels")
    assert all(outcome.peak_mb < 100 for outcome in outcomes.values())


def test_25_megapixels_are_taken_and_15_of_webp(look: Look) -> None:
    big, wide = (5000, 5000), (5000, 3000)
    grey = Image.new("L", big, 200)
    outcomes = look(
        {
            "png": png_of(png_header(*big), (b"IDAT", zeros(75_005_000))),
            "png with alpha": png_of(png_header(*big, colours=6), (b"IDAT", zeros(100_005_000))),
            "png of 16 bits": png_of(png_header(*big, bits=16), (b"IDAT", zeros(150_005_000))),
            "interlaced png": png_of(png_header(*big, interlaced=True), (b"IDAT", zeros(76_000_000))),
            "jpeg": encoded(grey.convert("RGB"), "JPEG"),
            "cmyk jpeg": encoded(grey.convert("CMYK"), "JPEG"),
            "progressive jpeg": encoded(grey.convert("RGB"), "JPEG", progressive=True, subsampling=0),
            "gif": encoded(grey.quantize(2), "GIF"),
            "webp": plain("WEBP", wide, method=0),
            "lossless webp": plain("WEBP", wide, method=0, lossless=True),
        }
    )
    assert reasons(outcomes) == dict.fromkeys(outcomes, "")
    assert reasons(look({"webp": plain("WEBP", (5000, 3001), method=0)})) == {"webp": "webp"}


def test_what_asks_for_endless_work_is_refused_at_once(look: Look) -> None:
    """A few bytes that cost a second of work each, memory for every pixel and scan, rows without end."""
    outcomes = look(
        {
            "a progressive jpeg of two thousand scans": many_scans(4900, 2000),
            "one of four colours": encoded(Image.new("CMYK", (5000, 5000)), "JPEG", progressive=True),
            "one row": png_of(png_header(25_000_000, 1, colours=6), (b"IDAT", zeros(100_000_001))),
            "one column": png_of(png_header(1, 25_000_000), (b"IDAT", zeros(100_000_000))),
        }
    )  # fmt: skip
    assert [outcome.reason for outcome in outcomes.values()][:2] == ["effort", "effort"]
    assert all(outcome.peak_mb < 100 for outcome in list(outcomes.values())[:2])
    assert reasons(look({"a small one of two hundred": many_scans(400, 200)})) == {"a small one of two hundred": ""}


@pytest.mark.parametrize("chunk", [b"zTXt", b"iTXt", b"iCCP"], ids=bytes.decode)
def test_text_and_profiles_that_unfold_to_megabytes_are_not_unfolded(look: Look, chunk: bytes) -> None:
    head = b"x\0\1\0\0\0" if chunk == b"iTXt" else b"x\0\0"
    bomb = png_of(png_header(64, 64), (chunk, head + zeros(312_550_000)), (b"IDAT", zlib.compress(bytes(64 * 193))))
    [outcome] = look({"bomb": bomb}).values()
    assert outcome.peak_mb < 100


def test_of_forty_thousand_frames_the_first_is_looked_at(look: Look) -> None:
    [outcome] = look({"gif": gif_of_frames(40_000)}).values()
    assert outcome.reason == ""


def test_of_an_animation_the_first_frame_is_taken(look: Look) -> None:
    first, *later = (Image.new("RGB", (99, 99), colour) for colour in (RED, BLUE, GREEN))
    files = {
        kind: encoded(first, kind, save_all=True, append_images=later, duration=50) for kind in ("PNG", "WEBP", "GIF")
    }
    for name, outcome in look(files).items():
        assert outcome.code == 0, name
        assert alike(pixel(outcome.pictures[0], 0.5, 0.5), RED), name


def test_cut_short_anywhere_is_accepted_or_refused_and_nothing_worse(look: Look) -> None:
    whole = {kind: encoded(quarters(), kind) for kind in KINDS}
    cut = {f"{kind} {tenth}": data[: len(data) * tenth // 10] for kind, data in whole.items() for tenth in range(1, 10)}
    outcomes = look(cut, together=20)
    assert {outcome.reason for outcome in outcomes.values()} <= {"format", "damaged", ""}
    assert outcomes["JPEG 5"].reason == outcomes["PNG 5"].reason == outcomes["WEBP 5"].reason == "damaged"


def test_damaged_at_random_is_accepted_or_refused_and_nothing_worse(look: Look) -> None:
    dice = random.Random(23)
    files = {}
    for kind in KINDS:
        whole = encoded(quarters(), kind)
        for number in range(20):
            damaged = bytearray(whole)
            for _ in range(dice.randint(1, 30)):
                damaged[dice.randrange(len(damaged))] = dice.randrange(256)
            files[f"{kind} {number}"] = bytes(damaged)
    look(files, together=20)
