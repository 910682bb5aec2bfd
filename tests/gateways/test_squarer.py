"""The image child processes: short-lived, limited in number, and their output is validated."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from settings_ui.gateways.images import AT_ONCE, ChildSquarer
from settings_ui.gateways.ports import ImageRefused
from tests.gateways.children import chunks
from tests.gateways.pictures import RED, alike, pixel, plain, webp_saying

StandIn = Callable[..., ChildSquarer]


@pytest.fixture
def stand_in(tmp_path: Path) -> StandIn:
    """Make a squarer whose child runs other code, as if a malicious image had taken it over."""

    def make(code: str, most_s: float = 5.0) -> ChildSquarer:
        child = tmp_path / "child.py"
        child.write_text(f"import os, sys, time\n{code}\n")
        return ChildSquarer(child, most_s=most_s)

    return make


async def reason(squarer: ChildSquarer, data: bytes) -> str:
    with pytest.raises(ImageRefused) as refused:
        await squarer.squares(data)
    return refused.value.reason


def children() -> set[str]:
    """Return the running child processes that were started as squarers."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):  # a thread or process that has just exited
            for pid in (task / "children").read_text().split():
                if b"child.py" in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.add(pid)
    return found


async def test_a_picture_comes_back_as_its_squares_by_edge() -> None:
    squares = await ChildSquarer().squares(plain("JPEG"))
    assert list(squares) == [256, 64]
    for picture in squares.values():
        assert alike(pixel(picture, 0.5, 0.5), RED)
        assert chunks(picture) == [b"VP8 "]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "format"),
        (b"<svg/>", "format"),
        (b"x" * 5 * 1024 * 1024, "format"),
        (plain("PNG")[:-40], "damaged"),
        (webp_saying(9000, 9000), "pixels"),
        (webp_saying(4001, 4000), "webp"),
    ],
    ids=["nothing", "svg", "five megabytes", "cut", "too many pixels", "too many of webp"],
)
async def test_what_is_refused_says_why(data: bytes, why: str) -> None:
    assert await reason(ChildSquarer(), data) == why


async def test_two_at_once_at_most_however_many_wait() -> None:
    """So the machine can still serve other requests."""
    squarer, seen = ChildSquarer(), []
    waiting = asyncio.gather(*[squarer.squares(plain("PNG", (1500, 1500))) for _ in range(6)])
    while not waiting.done():
        seen.append(len(await asyncio.to_thread(children)))
        await asyncio.sleep(0.005)
    assert len(await waiting) == 6
    assert max(seen) == AT_ONCE


@pytest.mark.parametrize(
    "code",
    [
        "time.sleep(60)",
        "sys.stdin.buffer.read(); time.sleep(60)",
        "while True: pass",
        "while True: os.write(1, bytes(100_000))",
        "os.close(0); os.close(1); time.sleep(60)",
    ],
)
async def test_a_child_that_does_not_end_is_ended(stand_in: StandIn, code: str) -> None:
    """Nor can its output fill our memory."""
    start = time.monotonic()
    assert await reason(stand_in(code, most_s=0.3), plain("PNG", (900, 900)) * 300) == "effort"
    assert time.monotonic() - start < 5
    assert await asyncio.to_thread(children) == set()


@pytest.mark.parametrize(
    "code",
    [
        "os.kill(os.getpid(), 11)",
        "sys.exit(1)",
        "print('format'); sys.exit(3)",
        "sys.stdout.write('rm -rf'); sys.exit(3)",
        "raise RuntimeError('traceback')",
        "",
        "os.write(1, b'not a picture')",
        "os.write(1, b'\\xff\\xff\\xff\\xff')",
        "os.write(1, (b'\\0\\0\\0\\x20' + b'<script>alert(1)</script>' + bytes(7)) * 2)",
        "os.write(1, b'\\0\\0\\0\\x0cRIFF\\0\\0\\0\\0WEBP')",
    ],
)
async def test_a_child_that_dies_or_says_what_it_should_not_is_a_refusal(stand_in: StandIn, code: str) -> None:
    assert await reason(stand_in(code), plain("PNG")) == "effort"


async def test_a_child_gets_no_environment_and_none_of_our_files(
    stand_in: StandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Secrets are in the environment, so a compromised child finds none."""
    monkeypatch.setenv("SECRET_KEY", "s" * 32)
    kept = tmp_path / "open"
    with kept.open("w") as handle:
        code = (
            "bad = 'SECRET_KEY' in os.environ or os.path.exists(f'/proc/self/fd/"
            f"{handle.fileno()}') or 'settings_ui' in sys.modules\n"
            "sys.stdout.write('damaged' if bad else 'webp'); sys.stdout.flush(); os._exit(3)"
        )
        assert await reason(stand_in(code), b"x") == "webp"


async def test_who_goes_away_takes_the_child_along(stand_in: StandIn) -> None:
    """An abandoned request leaves no process behind, and its slot is free again."""
    squarer = stand_in("time.sleep(60)", most_s=3.0)
    upload = asyncio.create_task(squarer.squares(b"x"))
    for _ in range(300):
        await asyncio.sleep(0.01)
        if await asyncio.to_thread(children):
            break
    upload.cancel()
    with pytest.raises(asyncio.CancelledError):
        await upload
    assert await asyncio.to_thread(children) == set()
    stand_in("sys.stdout.write('webp'); sys.exit(3)")  # from here on, for the same squarer too
    assert await asyncio.gather(*[reason(squarer, b"x") for _ in range(AT_ONCE)]) == ["webp"] * AT_ONCE
