"""Decoding images that nobody vouches for: in a child process with limits, never in ours."""

import asyncio
import contextlib
import sys
from pathlib import Path

from settings_ui.gateways.image_child import MOST_SECONDS, SIZES
from settings_ui.gateways.ports import ImageRefused

CHILD = Path(__file__).with_name("image_child.py")
AT_ONCE = 2
REASONS = {b"format", b"pixels", b"webp", b"damaged", b"effort"}


class ChildSquarer:
    """One short-lived child an image: 200 MB of memory, 3 seconds, no files; two at once at most."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(AT_ONCE)

    async def squares(self, data: bytes) -> dict[int, bytes]:
        """Return a WebP for 256 and 64 pixels, without metadata; raise ImageRefused."""
        async with self._places:
            child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(CHILD),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
            )
            try:
                async with asyncio.timeout(MOST_SECONDS):
                    out, _ = await child.communicate(data)
            except TimeoutError:
                raise ImageRefused("effort") from None
            finally:
                with contextlib.suppress(ProcessLookupError):
                    child.kill()
                await child.wait()
        if child.returncode != 0:
            # Killed by a limit, or by the decoder itself: the reason is then not ours to name better.
            raise ImageRefused(out.decode() if out in REASONS else "effort")
        return dict(zip(SIZES, _split(out), strict=True))


def _split(out: bytes) -> list[bytes]:
    parts, at = [], 0
    while at < len(out):
        length = int.from_bytes(out[at : at + 4], "big")
        parts.append(out[at + 4 : at + 4 + length])
        at += 4 + length
    return parts
