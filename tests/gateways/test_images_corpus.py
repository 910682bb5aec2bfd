"""Pillow's own test images: a thousand files that broke some decoder once, or might."""

import statistics
from pathlib import Path

import pytest

from tests.gateways.children import Outcome, look_at
from tests.material import from_source_of

SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
BROKEN = {
    "apng/chunk_no_fctl.png", "apng/syntax_num_frames_zero.png", "broken.png", "broken_data_stream.png",
    "decompression_bomb.gif", "png_decompression_dos.png", "truncated_end_chunk.png", "truncated_image.png",
    "truncated_jpeg.jpg", "ultrahdr.jpg", "unknown_compression_method.png", "zero_width.gif",
}  # fmt: skip
"""Files of our formats that are broken on purpose, or too large; `ultrahdr.jpg` is truncated."""


@pytest.fixture(scope="module")
def images() -> Path:
    return from_source_of("pillow", "Tests/images")


@pytest.fixture(scope="module")
def outcomes(images: Path) -> dict[str, Outcome]:
    """The outcome of each file, by name."""
    paths = sorted(path for path in images.rglob("*") if path.is_file())
    found = look_at(*paths, at_once=2, together=25)
    return {outcome.path.relative_to(images).as_posix(): outcome for outcome in found}


def test_every_file_is_accepted_or_refused_cleanly_and_leaves_pixels_only(outcomes: dict[str, Outcome]) -> None:
    """None crashes the decoder, takes a second of CPU or 200 MB, or keeps any metadata."""
    assert len(outcomes) > 1000
    for outcome in outcomes.values():
        outcome.check()


def test_nobody_waits_for_a_file(outcomes: dict[str, Outcome]) -> None:
    """However busy the machine is."""
    assert statistics.median(outcome.wall_s for outcome in outcomes.values()) < 1
    assert max(outcome.wall_s for outcome in outcomes.values()) < 20


def test_what_is_whole_and_of_our_formats_is_accepted(outcomes: dict[str, Outcome]) -> None:
    ours = {name for name, outcome in outcomes.items() if _is_ours(outcome.path.read_bytes())}
    assert len(ours) > 500
    assert {name for name in ours if outcomes[name].reason} == BROKEN


def test_what_is_of_another_format_is_refused_as_such(outcomes: dict[str, Outcome]) -> None:
    others = {name for name, outcome in outcomes.items() if not _is_ours(outcome.path.read_bytes())}
    assert len(others) > 400
    assert {outcomes[name].reason for name in others} == {"format"}


def _is_ours(data: bytes) -> bool:
    return data.startswith(SIGNATURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
