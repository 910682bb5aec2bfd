"""Decoding untrusted images in a child process with limits, never in ours."""

import asyncio
import contextlib
import sys
from asyncio.subprocess import Process
from pathlib import Path

from settings_ui.gateways.image_child import MOST_SECONDS, SIZES
from settings_ui.gateways.ports import ImageRefused

CHILD = Path(__file__).with_name("image_child.py")
AT_ONCE = 2
MOST_OUTPUT = 1024 * 1024
REASONS = {b"format", b"pixels", b"webp", b"damaged", b"effort"}


class ChildSquarer:
    """One short-lived child per image: 200 MB of memory, 3 seconds, no files; at most two at a time."""

    def __init__(self, child: Path = CHILD, *, most_s: float = MOST_SECONDS) -> None:
        self._child = child
        self._most_s = most_s
        self._places = asyncio.Semaphore(AT_ONCE)

    async def squares(self, data: bytes) -> dict[int, bytes]:
        """Return a WebP for 256 and 64 pixels, without metadata; raise ImageRefused."""
        async with self._places:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(self._child),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
            )
            try:
                async with asyncio.timeout(self._most_s):
                    out, _ = await asyncio.gather(_heard(child), _told(child, data))
                    await child.wait()
            except TimeoutError:
                raise ImageRefused("effort") from None
            finally:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                child._transport.close()  # type: ignore[attr-defined]  # with output unread, wait() would never return
                await child.wait()
        if child.returncode != 0:
            # Killed by a limit or by the decoder itself; we cannot give a better reason.
            raise ImageRefused(out.decode() if out in REASONS else "effort")
        pictures = _split(out)
        if [picture[8:12] for picture in pictures] != [b"WEBP"] * len(SIZES):
            raise ImageRefused("effort")
        return dict(zip(SIZES, pictures, strict=True))


async def _told(child: Process, data: bytes) -> None:
    assert child.stdin  # noqa: S101 for the type checker: it is a pipe
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have exited already
        child.stdin.write(data)
        await child.stdin.drain()
    child.stdin.close()


async def _heard(child: Process) -> bytes:
    """Return the child's output, at most a megabyte, so that a compromised child cannot fill our memory."""
    assert child.stdout  # noqa: S101 as above
    try:
        return await child.stdout.readexactly(MOST_OUTPUT)
    except asyncio.IncompleteReadError as whole:
        return whole.partial


def _split(out: bytes) -> list[bytes]:
    parts, at = [], 0
    while at < len(out):
        length = int.from_bytes(out[at : at + 4], "big")
        parts.append(out[at + 4 : at + 4 + length])
        at += 4 + length
    return parts
