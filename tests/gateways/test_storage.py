"""Files in a folder and in a bucket: the same contract, tested against a server speaking the real S3 protocol."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from moto.server import ThreadedMotoServer

from settings_ui.config import Config
from settings_ui.gateways.ports import StorageUnavailable
from settings_ui.gateways.storage import AT_ONCE, ObjectStorage
from tests.ports import free_port

KEYS = "key:se%2Fcret"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """The address of an S3 server with a bucket `ours`."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    assert httpx.put(f"{address}/ours").status_code == 200
    yield address
    server.stop()


@pytest.fixture(params=["folder", "bucket", "bucket with a prefix"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return f"file://{quote(str(tmp_path))}/a%20new/folder"
    prefix = f"/{tmp_path.name}/deep" if "prefix" in request.param else ""
    return f"s3://{KEYS}@ours{prefix}?region=eu-west-1&endpoint={request.getfixturevalue('s3')}"


@contextlib.contextmanager
def answering(status: int) -> Iterator[tuple[str, list[str]]]:
    """A server with the same reply to everything; yield its address and the Authorization headers it received."""
    seen: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append(self.headers.get("Authorization", ""))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            return None

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()
        thread.join()


async def refusals(storage: ObjectStorage, within_s: float) -> list[str]:
    """Return the error of each operation on an unavailable storage; none may take longer than allowed."""
    said = []
    for deed in (storage.put("avatars/a.webp", b"x"), storage.get("avatars/a.webp"), storage.delete("avatars/a.webp")):
        start = time.monotonic()
        with pytest.raises(StorageUnavailable) as refused:
            await deed
        assert time.monotonic() - start < within_s
        said.append(str(refused.value))
    return said


@pytest.mark.parametrize("data", [b"", b"\x00\xff", b"x" * 6_000_000], ids=len)
async def test_what_is_put_comes_back(url: str, data: bytes) -> None:
    """Also in another process, and after a restart."""
    await ObjectStorage(url).put("avatars/ava_a-256.webp", data)
    assert await ObjectStorage(url).get("avatars/ava_a-256.webp") == data


async def test_a_second_put_takes_the_place_of_the_first(url: str) -> None:
    storage = ObjectStorage(url)
    for data in (b"a long first one", b"second"):
        await storage.put("avatars/a.webp", data)
    assert await storage.get("avatars/a.webp") == b"second"


async def test_what_is_not_there_is_none(url: str) -> None:
    storage = ObjectStorage(url)
    await storage.put("avatars/a.webp", b"x")
    for name in ("avatars/b.webp", "avatars", "a.webp"):
        assert await storage.get(name) is None, name


async def test_deleting_twice_is_fine(url: str) -> None:
    storage = ObjectStorage(url)
    await storage.put("avatars/a.webp", b"x")
    await storage.put("avatars/b.webp", b"y")
    for _ in range(2):
        await storage.delete("avatars/a.webp")
        assert await storage.get("avatars/a.webp") is None
    assert await storage.get("avatars/b.webp") == b"y"


async def test_the_names_in_a_folder_are_those_that_were_there_before(url: str) -> None:
    files = ObjectStorage(url)
    names = {f"one/{n}" for n in range(AT_ONCE + 1)}
    await asyncio.gather(*(files.put(name, b"") for name in [*names, "another/1"]))
    now = datetime.now(UTC)
    found = [name async for some in files.names("one", before=now + timedelta(minutes=1)) for name in some]
    assert sorted(found) == sorted(names)
    assert [name async for some in files.names("one", before=now - timedelta(minutes=1)) for name in some] == []
    assert [name async for some in files.names("none", before=now) for name in some] == []


async def test_names_in_a_bucket_that_is_not_there_are_not_none(s3: str) -> None:
    files = ObjectStorage(f"s3://{KEYS}@nobodys?endpoint={s3}")
    with pytest.raises(StorageUnavailable):
        [name async for name in files.names("one", before=datetime.now(UTC))]


async def test_many_at_once_do_not_disturb_each_other(url: str) -> None:
    storage = ObjectStorage(url)
    await asyncio.gather(*[storage.put(f"avatars/{n}.webp", str(n).encode() * 1000) for n in range(20)])
    found = await asyncio.gather(*[storage.get(f"avatars/{n}.webp") for n in range(20)])
    assert found == [str(n).encode() * 1000 for n in range(20)]


def test_a_folder_holds_plain_files_and_nothing_half_written(tmp_path: Path) -> None:
    storage = ObjectStorage(f"file://{tmp_path}/kept")
    asyncio.run(storage.put("avatars/a.webp", b"x"))
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()] == [
        "kept/avatars/a.webp"
    ]


async def test_a_bucket_can_be_shared_with_others_by_a_prefix(s3: str) -> None:
    await ObjectStorage(f"s3://{KEYS}@ours/switchboard?endpoint={s3}").put("avatars/shared.webp", b"x")
    assert await ObjectStorage(f"s3://{KEYS}@ours?endpoint={s3}").get("switchboard/avatars/shared.webp") == b"x"
    assert await ObjectStorage(f"s3://{KEYS}@ours/other?endpoint={s3}").get("avatars/shared.webp") is None


async def test_a_folder_that_cannot_be_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for path in ("file", "file/below"):
        await refusals(ObjectStorage(f"file://{tmp_path}/{path}"), within_s=1)


async def test_a_bucket_that_is_not_there_is_no_missing_file(s3: str) -> None:
    said = await refusals(ObjectStorage(f"s3://{KEYS}@nobodys?endpoint={s3}"), within_s=3)
    assert all("NoSuchBucket" in message or "404" in message for message in said)


async def test_a_server_that_is_down_is_told_within_seconds() -> None:
    await refusals(ObjectStorage(f"s3://{KEYS}@ours?endpoint=http://127.0.0.1:{free_port()}"), within_s=3)


async def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        await refusals(ObjectStorage(f"s3://{KEYS}@ours?endpoint={endpoint}", patience_s=0.3), within_s=1.5)


async def test_a_server_that_fails_is_asked_three_times_and_no_more() -> None:
    with answering(500) as (endpoint, seen):
        with pytest.raises(StorageUnavailable):
            await ObjectStorage(f"s3://{KEYS}@ours?endpoint={endpoint}").get("a")
        assert len(seen) == 3


async def test_a_server_that_forbids_is_told_apart_from_a_missing_file() -> None:
    with answering(403) as (endpoint, _):
        said = await refusals(ObjectStorage(f"s3://{KEYS}@ours?endpoint={endpoint}"), within_s=3)
    assert all("Permission" in message or "403" in message for message in said)
    assert not any("cret" in message for message in said), "no secret in what is logged"


async def test_keys_come_from_the_address_or_else_from_the_usual_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with answering(404) as (endpoint, seen):
        await ObjectStorage(f"s3://{KEYS}@ours?endpoint={endpoint}&region=eu-north-1").get("a")
        await ObjectStorage(f"s3://ours?endpoint={endpoint}").get("a")
    assert "Credential=key/" in seen[0]
    assert "/eu-north-1/s3/" in seen[0]
    assert "Credential=of-the-environment/" in seen[1]


@pytest.mark.parametrize("url", ["", "/folder", "gs://bucket", "http://example.com", "memory:///", "s3:bucket?"])
def test_an_address_of_another_kind_does_not_start(url: str) -> None:
    assert any("STORAGE_URL" in problem for problem in Config(_env_file=None, storage_url=url).problems())


def test_keys_in_the_address_are_not_printed() -> None:
    assert "cret" not in repr(Config(_env_file=None, storage_url=f"s3://{KEYS}@ours"))
