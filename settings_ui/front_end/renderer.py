"""Draws pages as HTML on the server, with the JavaScript that draws them in the browser."""

import asyncio
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import quickjs
from reflex.utils.path_ops import get_bun_path

HERE = Path(__file__).parent
MOST_BYTES = 128 * 1024 * 1024
MOST_S = 1.0


def bundle(web: Path) -> None:
    """Bundle the pages that Vite has built for Node in `web` for the server's own engine. Needs Bun; without it, no
    page is drawn on the server."""
    if bun := get_bun_path():
        command = [str(bun), str(HERE / "bundle_renderer.js"), str(web.resolve()), str(HERE / "renderer.js")]
        subprocess.run([*command, str(bundled(web))], check=True, capture_output=True)  # noqa: S603


def bundled(web: Path) -> Path:
    """Return the file that `bundle` writes; a build by anyone else removes it."""
    return web / "build" / "server" / "renderer.js"


class Renderer:
    """An engine in a thread of its own, which draws one page after another."""

    def __init__(self, script: Path, *, most_bytes: int = MOST_BYTES, most_s: float = MOST_S) -> None:
        # Function keeps a thread with a stack that is large enough on every system; the executor waits for it.
        self._draw = quickjs.Function("draw", script.read_text(), own_executor=True)
        self._draw.set_memory_limit(most_bytes)
        self._draw.set_time_limit(most_s)
        self._queue = ThreadPoolExecutor(1, thread_name_prefix="renderer")

    async def draw(self, path: str, query: str, state: str) -> str:
        """Return the elements of the body of the page at this path, for a query ("" or from its ? on) and the vars that
        differ from the compiled defaults, as JSON.

        Raises what the engine raises if it cannot: it is out of memory or of time, or the page does not exist.
        """
        work = lambda: self._draw(path, query, state, run_gc=False)  # noqa: E731
        return str((await asyncio.get_running_loop().run_in_executor(self._queue, work))["body"])
