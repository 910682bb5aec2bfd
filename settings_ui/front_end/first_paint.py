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
NOT_YET = 'media="not all" '
LOW = 'fetchpriority="low" '
STARTS = re.compile(r'<script type="module" async="">(import .*?)</script>', re.DOTALL)
IMPORT = re.compile(r'import (?:\* as (\w+) from )?"([^"]+)";\s*')


def paint_from_html(client: Path, web: Path) -> None:
    """Change the built pages in `client`, compressed ones included: inline the stylesheet, and request the scripts
    after the content.

    Otherwise a page on a slow network would wait for another response before its first paint; and on any, the browser
    would compile scripts before it has read the page to its end, and paint half as late again. The stylesheet links
    stay, disabled, since React expects them when it hydrates.
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
    text = text.replace(PRELOADED_STYLESHEET, f"{PRELOADED_STYLESHEET}{NOT_YET}")
    if starts := STARTS.search(text):
        text = text.replace(MODULE, f"{MODULE}{NOT_YET}{LOW}").replace(starts[0], _requesting(starts[1]))
    page.write_text(text)
    return True


def _requesting(module: str) -> str:
    """Return a script that requests all modules of the page and then does what `module`, which imports some, does, once
    the page is filled (http/fill_page.js), if it is.

    A module of its own would be one task later, and the browser would request its imports before the content.
    """
    imports = IMPORT.findall(module)
    names = ", ".join(name for name, _ in imports)
    requests = ", ".join(f'import("{url}")' for _, url in imports)
    return (
        "<script>Promise.resolve(globalThis.filling).catch(console.error).then(() => {"
        ' document.querySelectorAll("link[rel=modulepreload]").forEach((link) => { link.media = "all"; });'
        f" return Promise.all([{requests}]); }}).then(([{names}]) => {{ {IMPORT.sub('', module).strip()} }});</script>"
    )


def _compress(folder: Path, web: Path) -> None:
    runtime = get_bun_path() or get_node_path()  # Reflex has built the pages with one of them
    command = [str(runtime), str(web / "compress-static.js"), str(folder), *FORMATS]
    subprocess.run(command, cwd=web, check=True, capture_output=True)  # noqa: S603
