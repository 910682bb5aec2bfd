"""The Content Security Policy: the build's inline scripts are allowed by hash, and nothing else is."""

import base64
import hashlib
import re
from pathlib import Path

import pytest

from settings_ui.bootstrap import Services
from settings_ui.http.filled_pages import FILLS
from settings_ui.http.plain_page import THEME_SCRIPT
from tests.http.site import Site

INLINE = [
    "window.__reactRouterContext = {};",
    "\n  const a = 1;\n  if (a < 2) { b('</div>') }\n",
    'import "/assets/manifest.js";\nimport * as route0 from "/assets/root.js";',
    "localStorage.getItem('theme') // café",
    "",
]
PAGES = {
    "index.html": f"<html><head><script>{INLINE[0]}</script></head><body></body></html>",
    "settings/index.html": f'<script type="module" async="">{INLINE[2]}</script><script src="/assets/a.js"></script>',
    "sign-in/index.html": f'<script nonce="x">{INLINE[1]}</script>\n<script\n  defer>{INLINE[3]}</script>',
    "404.html": f'<script async src="/assets/b.js"></script><script>{INLINE[0]}</script><script>{INLINE[4]}</script>',
    "assets/notes.txt": "<script>not a page</script>",
}


def hash_of(script: str) -> str:
    """Return a script's hash in CSP notation."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A folder like the one the build produces."""
    folder = tmp_path / "client"
    for name, text in PAGES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


async def policy(services: Services, build: Path, path: str = "/sign-in") -> dict[str, set[str]]:
    """Return a page's policy by directive."""
    answer = await Site(services, build).browser().get(path)
    parts = (part.split() for part in answer.headers["content-security-policy"].split(";"))
    return {name: set(values) for name, *values in parts}


async def test_every_inline_script_of_the_build_is_allowed_and_no_other(services: Services, build: Path) -> None:
    """Including module scripts, scripts with attributes, and scripts that contain something like markup."""
    allowed = (await policy(services, build))["script-src"]
    assert allowed == {"'self'", hash_of(THEME_SCRIPT), hash_of(FILLS), *map(hash_of, INLINE)}


async def test_a_script_that_is_not_of_the_build_is_not_allowed(services: Services, build: Path) -> None:
    allowed = (await policy(services, build))["script-src"]
    for script in ("alert(1)", "not a page", INLINE[0] + " "):
        assert hash_of(script) not in allowed
    assert {"'unsafe-inline'", "'unsafe-eval'", "'strict-dynamic'", "https:", "data:"} & allowed == set()


async def test_the_plain_pages_script_is_the_one_that_is_allowed(services: Services, build: Path) -> None:
    """Hashed as a browser does it: the text between the tags, byte for byte."""
    site = Site(services, build)
    answer = await site.browser().get("/payouts/cancel")
    scripts = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    allowed = answer.headers["content-security-policy"]
    assert [hash_of(script) in allowed for script in scripts] == [True]


async def test_nothing_may_come_from_or_go_to_another_site(services: Services, build: Path) -> None:
    given = await policy(services, build)
    assert given["default-src"] == {"'none'"}
    ours = {"'self'", "'unsafe-inline'", "data:", "blob:", "'none'"}
    for name, values in given.items():
        assert {value for value in values if not value.startswith("'sha256-")} <= ours, name
    for name in ("base-uri", "object-src", "frame-ancestors"):
        assert given[name] == {"'none'"}
    assert given["form-action"] == given["connect-src"] == given["font-src"] == {"'self'"}


async def test_what_is_no_page_may_load_nothing_at_all(services: Services, build: Path) -> None:
    """A picture or file opened directly runs nothing, whatever is in it."""
    for path in ("/health", "/api/v0/nothing", "/assets/index-1a2b3c.js"):
        given = await policy(services, build, path)
        assert given["default-src"] == {"'none'"}
        assert "script-src" not in given
