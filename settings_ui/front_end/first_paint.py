"""Makes built pages paintable as soon as their HTML has arrived."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from reflex.utils.path_ops import get_bun_path, get_node_path

FORMATS = {"gzip": ".gz", "brotli": ".br"}
STYLESHEET = re.compile(r'<link href="(/assets/[^"]+\.css)" rel="stylesheet" type="text/css"/>')
PRELOADED_STYLESHEET = '<link as="style" '
MODULE = '<link rel="modulepreload" '


def paint_from_html(client: Path, web: Path) -> None:
    """Change the built pages in `client`, compressed ones included: inline the stylesheet, and move scripts behind the
    content of the first paint.

    Otherwise a page on a slow network would wait for another response before its first paint, and compete with scripts
    that are not needed yet. The stylesheet links stay, disabled, since React expects them when it hydrates.
    """
    with tempfile.TemporaryDirectory() as folder:
        changed = [page for page in client.rglob("*.html") if _change(page, client)]
        for page in changed:
            copy = Path(folder) / page.relative_to(client)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(page, copy)
        _compress(Path(folder), web)
        for page in changed:
            for suffix in FORMATS.values():
                if (kept := page.with_name(page.name + suffix)).is_file():
                    shutil.copyfile(Path(folder) / kept.relative_to(client), kept)


def _change(page: Path, client: Path) -> bool:
    text = page.read_text()
    if not (found := STYLESHEET.search(text)):
        return False
    link, css = found.group(0), (client / found.group(1).removeprefix("/")).read_text()
    text = text.replace(link, f"<style>{css}</style>{link.replace('/>', ' disabled/>')}")
    text = text.replace(PRELOADED_STYLESHEET, f'{PRELOADED_STYLESHEET}media="not all" ')
    page.write_text(text.replace(MODULE, f'{MODULE}fetchpriority="low" '))
    return True


def _compress(folder: Path, web: Path) -> None:
    runtime = get_bun_path() or get_node_path()  # Reflex has built the pages with one of them
    command = [str(runtime), str(web / "compress-static.js"), str(folder), *FORMATS]
    subprocess.run(command, cwd=web, check=True, capture_output=True)  # noqa: S603
