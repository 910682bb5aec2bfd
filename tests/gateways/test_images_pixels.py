"""What a photo looks like afterwards: upright, true colours, and no metadata."""

import random
import zlib

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from tests.gateways.conftest import Look
from tests.gateways.pictures import (
    BLUE,
    DISPLAY_P3,
    GREEN,
    RED,
    WHITE,
    alike,
    encoded,
    p3_in_srgb,
    pixel,
    plain,
    png_header,
    png_of,
    quarters,
)

Transpose = Image.Transpose
MARK = "Seen-In-The-Original"


def test_every_kind_of_pixel_becomes_the_colour_that_it_is(look: Look) -> None:
    red = Image.new("RGB", (320, 320), RED)
    grey = Image.new("L", (320, 320), 120)
    sixteen = png_of(
        png_header(64, 64, bits=16), (b"IDAT", zlib.compress((b"\0" + b"\xe6\x00\x1e\x00\x1e\x00" * 64) * 64))
    )
    files = {
        "progressive": (encoded(red, "JPEG", progressive=True), RED),
        "cmyk": (encoded(red.convert("CMYK"), "JPEG"), RED),
        "palette": (encoded(red.quantize(8), "PNG"), RED),
        "sixteen bits": (sixteen, RED),
        "grey": (encoded(grey, "PNG"), (120, 120, 120)),
        "grey of sixteen bits": (encoded(Image.new("I;16", (64, 64), 120 * 257), "PNG"), (120, 120, 120)),
        "grey jpeg": (encoded(grey, "JPEG"), (120, 120, 120)),
        "one bit": (encoded(Image.new("1", (64, 64), 1), "PNG"), (255, 255, 255)),
        "grey with alpha": (encoded(Image.new("LA", (64, 64), (120, 255)), "PNG"), (120, 120, 120)),
    }
    outcomes = look({name: data for name, (data, _) in files.items()}, together=20)
    for name, (_, colour) in files.items():
        assert alike(pixel(outcomes[name].pictures[0], 0.5, 0.5)[:3], colour), name


def test_what_is_transparent_stays_so(look: Look) -> None:
    clear = Image.new("RGBA", (320, 320), (*RED, 0))
    clear.paste((*RED, 255), (80, 80, 240, 240))
    files = {kind: encoded(clear, kind) for kind in ("PNG", "WEBP", "GIF")}
    files["palette"] = encoded(clear.quantize(8), "PNG")
    for name, outcome in look(files, together=20).items():
        large = outcome.pictures[0]
        assert (pixel(large, 0, 0)[3], pixel(large, 0.5, 0.5)[3]) == (0, 255), name


def test_the_middle_is_kept_of_what_is_no_square(look: Look) -> None:
    wide = Image.new("RGB", (900, 300), BLUE)
    wide.paste(WHITE, (300, 0, 600, 300))
    for outcome in look(
        {"wide": encoded(wide, "PNG"), "tall": encoded(wide.transpose(Transpose.ROTATE_90), "PNG")}
    ).values():
        assert all(alike(pixel(outcome.pictures[0], x, y), WHITE) for x in (0.05, 0.95) for y in (0.05, 0.95))


def exif(orientation: object, mark: str = "") -> Image.Exif:
    """Return EXIF data of a camera held in this orientation, with a GPS position."""
    data = Image.Exif()
    data[274] = orientation
    if mark:
        data[0x010E] = data[0x9286] = mark
        data.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0), 29: mark})
    return data


TURNED = {
    1: None,
    2: Transpose.FLIP_LEFT_RIGHT, 3: Transpose.ROTATE_180, 4: Transpose.FLIP_TOP_BOTTOM, 5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90, 7: Transpose.TRANSVERSE, 8: Transpose.ROTATE_270,
}  # fmt: skip


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_comes_out_upright_however_the_camera_was_held(look: Look, kind: str) -> None:
    files = {}
    for orientation, turn in TURNED.items():
        held = quarters() if turn is None else quarters().transpose(turn)
        files[str(orientation)] = encoded(held, kind, exif=exif(orientation))
    for orientation, outcome in look(files, together=20).items():
        for picture in outcome.pictures:
            seen = [pixel(picture, x, y) for y in (0.2, 0.8) for x in (0.2, 0.8)]
            assert all(map(alike, seen, (RED, GREEN, BLUE, WHITE))), orientation


def test_an_orientation_that_makes_no_sense_is_passed_over(look: Look) -> None:
    files = {str(odd): encoded(quarters(), "JPEG", exif=exif(odd)) for odd in (0, 9, 65_535)}
    files["text"] = encoded(quarters(), "JPEG", exif=b"Exif\0\0" + random.Random(5).randbytes(200))
    for name, outcome in look(files, together=20).items():
        assert outcome.code == 0, name
        assert alike(pixel(outcome.pictures[0], 0.2, 0.2), RED), name


def test_nothing_but_pixels_comes_out(look: Look) -> None:
    """Neither location, camera nor any text embedded in the file."""
    text = PngImagePlugin.PngInfo()
    for add in (text.add_text, text.add_itxt):
        add("Author", MARK)
    xmp = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf>{MARK}</rdf></x:xmpmeta>'.encode()
    given = {"exif": exif(1, MARK), "icc_profile": DISPLAY_P3, "xmp": xmp}
    files = {
        "JPEG": encoded(quarters(), "JPEG", comment=MARK, **given),
        "PNG": encoded(quarters(), "PNG", pnginfo=text, **given),
        "WEBP": encoded(quarters(), "WEBP", **given),
        "GIF": encoded(quarters(), "GIF", comment=MARK),
    }
    assert all(MARK.encode() in data for data in files.values()), "the originals contain it"
    for name, outcome in look(files, together=20).items():
        assert outcome.code == 0, name
        for secret in (MARK.encode(), b"Exif", b"xmpmeta", b"acsp", b"ICCP"):
            assert secret not in outcome.out, (name, secret)


def test_colours_of_a_wide_gamut_become_what_browsers_expect(look: Look) -> None:
    """Without their profile they would look washed out."""
    colour = (200, 120, 100)
    files = {kind: plain(kind, colour=colour, icc_profile=DISPLAY_P3) for kind in ("JPEG", "PNG", "WEBP")}
    wanted = p3_in_srgb(colour)
    assert not alike(wanted, colour)
    for name, outcome in look(files, together=20).items():
        assert alike(pixel(outcome.pictures[0], 0.5, 0.5), wanted), name


def test_a_profile_that_makes_no_sense_is_passed_over(look: Look) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    dice = random.Random(9)
    profiles = {"noise": dice.randbytes(3000), "cut": DISPLAY_P3[:200], "of another kind": lab, "tiny": b"x"}
    for name, outcome in look({name: plain("PNG", icc_profile=data) for name, data in profiles.items()}).items():
        assert outcome.code == 0, name
        assert alike(pixel(outcome.pictures[0], 0.5, 0.5), RED), name
