"""A page is sent as built first, then with the content of its session; whatever goes wrong, it is a whole page."""

import asyncio
import gzip
import json
import re
import zlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse

from settings_ui.config import Config
from settings_ui.domain.errors import Unavailable
from settings_ui.http import filled_pages
from settings_ui.http.cookies import cookie_name
from settings_ui.http.filled_pages import Content, FilledPages
from settings_ui.services.account.access import token_digest

BUILT = "<html><head><style>p{}</style></head><body><p>bones</p><script>starts()</script></body></html>"
TOKEN = "a-session-token-of-forty-characters-or-so"
CONFIG = Config(secret_key="x" * 40)
HOSTILE = "</script><script>alert(1)</script><!-- \u2028"


class Filler:
    """Stands in for the states and the engine; notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.answer: Content | Exception | None = Content("<p>keys</p>", json.dumps({"name": HOSTILE}), 'biz_"1"')
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def __call__(self, path: str, query: str, digest: str) -> Content | None:
        self.asked.append((path, query, digest))
        await self.goes_on.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def filler() -> Filler:
    return Filler()


def pages(build: Path, filler: Filler, **bounds: float) -> FilledPages:
    """Return the pages of a build with one page."""
    (build / "settings").mkdir(exist_ok=True)
    (build / "settings" / "index.html").write_text(BUILT)
    paths = ["/settings", "/not-built"]
    return FilledPages(PlainTextResponse("the app"), build, paths, filler, CONFIG, **bounds)


def signed_in(app: FilledPages) -> httpx.AsyncClient:
    """Return a signed-in browser."""
    cookies = {cookie_name(CONFIG): TOKEN}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test", cookies=cookies)


@pytest.fixture
async def client(tmp_path: Path, filler: Filler) -> AsyncIterator[httpx.AsyncClient]:
    """A signed-in browser of these pages."""
    async with signed_in(pages(tmp_path, filler)) as opened:
        yield opened


async def test_a_page_is_as_built_up_to_its_scripts_then_filled(client: httpx.AsyncClient, filler: Filler) -> None:
    answer = await client.get("/settings/?tab=api-keys&x=1", headers={"accept-encoding": "identity"})
    beginning, _, rest = answer.text.partition('<template id="filled">')
    assert beginning == BUILT[: BUILT.index("<script")]
    assert rest.startswith("<p>keys</p></template>")
    assert rest.endswith(BUILT[BUILT.index("<script") :])
    assert filler.asked == [("/settings", "tab=api-keys&x=1", token_digest(TOKEN))]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


async def test_no_data_can_end_the_element_that_carries_it(client: httpx.AsyncClient) -> None:
    answer = await client.get("/settings/")
    carried = re.search(r'<script type="application/json" id="carried" data-home="([^"]*)">(.*?)</script>', answer.text)
    assert carried
    assert carried.group(1) == "biz_&quot;1&quot;"
    assert json.loads(carried.group(2)) == {"name": HOSTILE}
    assert "alert(1)</script><!--" not in answer.text


async def test_both_parts_are_one_gzip_stream(client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/settings/", headers={"accept-encoding": "br, gzip"}) as answer:
        packed = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    plain = await client.get("/settings/", headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    refused = await client.get("/settings/", headers={"accept-encoding": "gzip;q=0, br"})
    assert "content-encoding" not in refused.headers
    assert answer.headers["x-accel-buffering"] == "no", "nginx would send both parts together"
    assert gzip.decompress(packed) == plain.content


async def test_the_first_part_can_be_painted_before_the_content_is_there(tmp_path: Path, filler: Filler) -> None:
    app = pages(tmp_path, filler)
    filler.goes_on.clear()
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"cookie", f"{cookie_name(CONFIG)}={TOKEN}".encode()), (b"accept-encoding", b"gzip")]
    scope = {"type": "http", "method": "GET", "path": "/settings/", "query_string": b"", "headers": headers}
    serving = asyncio.create_task(app(scope, _never, send))
    await asyncio.sleep(0.02)
    assert [message.get("more_body") for message in sent] == [None, True]
    painted = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(sent[1]["body"])
    assert painted.decode() == BUILT[: BUILT.index("<script")]
    filler.goes_on.set()
    await serving
    assert not sent[-1].get("more_body")


@pytest.mark.parametrize("answer", [None, Unavailable("busy"), RuntimeError("the engine"), "late"])
async def test_a_page_that_is_not_filled_is_as_built(
    tmp_path: Path, filler: Filler, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    if answer == "late":
        filler.goes_on.clear()
    else:
        filler.answer = answer
    async with signed_in(pages(tmp_path, filler, waits_s=0.02)) as client:
        assert (await client.get("/settings/")).text == BUILT
    assert bool(caplog.records) == isinstance(answer, RuntimeError), "only a defect is logged"


async def test_only_so_many_pages_are_filled_at_once(client: httpx.AsyncClient, filler: Filler) -> None:
    filler.goes_on.clear()
    first = [asyncio.create_task(client.get("/settings/")) for _ in range(filled_pages.MOST_AT_ONCE)]
    await asyncio.sleep(0.05)
    assert (await client.get("/settings/")).text == BUILT
    filler.goes_on.set()
    assert all("keys" in answer.text for answer in await asyncio.gather(*first))
    assert "keys" in (await client.get("/settings/")).text, "those that are done make room"


async def test_those_that_take_too_long_count_until_they_end(tmp_path: Path, filler: Filler) -> None:
    """Their queries go on in threads that everything else needs too."""
    filler.goes_on.clear()
    async with signed_in(pages(tmp_path, filler, waits_s=0.02)) as client:
        for _ in range(filled_pages.MOST_AT_ONCE + 2):
            assert (await client.get("/settings/")).text == BUILT
        assert len(filler.asked) == filled_pages.MOST_AT_ONCE
        filler.goes_on.set()
        await asyncio.sleep(0.01)
        assert "keys" in (await client.get("/settings/")).text


async def test_everything_else_is_the_apps(client: httpx.AsyncClient, filler: Filler) -> None:
    for method, path in (("HEAD", "/settings/"), ("POST", "/settings/"), ("GET", "/not-built/"), ("GET", "/settings")):
        answer = await client.request(method, path)
        assert answer.text == ("" if method == "HEAD" else "the app")
    client.cookies.clear()
    assert (await client.get("/settings/")).text == "the app"
    assert not filler.asked


async def test_a_client_that_knows_no_parts_gets_the_page_in_one(tmp_path: Path, filler: Filler) -> None:
    """HTTP/1.0 has no chunks: ab, some probes, and nginx by default."""
    headers = [(b"cookie", f"{cookie_name(CONFIG)}={TOKEN}".encode())]
    scope = {"type": "http", "http_version": "1.0", "method": "GET", "path": "/settings/", "headers": headers}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    await pages(tmp_path, filler)({**scope, "query_string": b""}, _never, send)
    assert dict(sent[0]["headers"])[b"content-length"]
    assert sent[1]["body"] == b"the app"
    assert not filler.asked


async def _never() -> Any:
    await asyncio.Event().wait()
