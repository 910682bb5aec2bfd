"""Built pages and assets are served from memory, in the best encoding that the client accepts."""

from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse

from settings_ui.http.built_pages import BuiltPages


@pytest.fixture
def client(tmp_path: Path) -> httpx.AsyncClient:
    """A client of a build with one page, one precompressed script, and one uncompressed script."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "settings").mkdir()
    for name, body in {
        "assets/frame.js": b"plain",
        "assets/frame.js.br": b"brotli",
        "assets/frame.js.gz": b"gzip",
        "assets/small.css": b"small",
        "settings/index.html": b"<p>page</p>",
        "secret.txt": b"not an asset",
    }.items():
        (tmp_path / name).write_bytes(body)
    app = BuiltPages(PlainTextResponse("the app"), tmp_path)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


async def raw(client: httpx.AsyncClient, accepted: str) -> tuple[str | None, bytes]:
    """Return the script's encoding for this Accept-Encoding, and the bytes as sent."""
    async with client.stream("GET", "/assets/frame.js", headers={"accept-encoding": accepted}) as answer:
        body = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-length"] == str(len(body))
    return answer.headers.get("content-encoding"), body


async def test_the_best_encoding_that_the_client_takes_is_sent(client: httpx.AsyncClient) -> None:
    """Brotli before gzip before identity; an encoding with quality 0 is never used."""
    assert await raw(client, "gzip, deflate, br") == ("br", b"brotli")
    assert await raw(client, "gzip;q=1.0, br;q=0") == ("gzip", b"gzip")
    assert await raw(client, "gzip;q=0.0, identity") == (None, b"plain")
    assert await raw(client, "") == (None, b"plain")


async def test_pages_and_assets_are_served_and_all_else_is_the_apps(client: httpx.AsyncClient) -> None:
    assert (await client.get("/settings/")).text == "<p>page</p>"
    assert (await client.get("/settings/")).headers["content-type"].startswith("text/html")
    assert (await client.get("/assets/small.css")).text == "small"
    head = await client.head("/assets/small.css")
    assert (head.content, head.headers["content-length"]) == (b"", "5")
    for path in ("/secret.txt", "/assets/", "/assets/../secret.txt", "/settings", "/assets/frame.js.br"):
        assert (await client.get(path)).text == "the app"
    assert (await client.post("/assets/small.css")).text == "the app"
