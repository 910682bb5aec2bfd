"""Photos over HTTP: who may upload and see them, size limits, and response headers."""

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select, update

from settings_ui.bootstrap import Services, build, using
from settings_ui.domain.access import Role
from settings_ui.models import Activity, User, UserSession
from settings_ui.services.account.avatars import MOST_BYTES, UPLOAD_PATH
from settings_ui.services.business.members import find_business
from tests.fakes import KeptFiles, PlainSquarer
from tests.gateways.pictures import RED, alike, pixel, plain
from tests.http.site import Answer, Site, telling
from tests.http.test_edge import FOREIGN, assert_guarded
from tests.support import FakeClock, add_business, add_user, join, open_session

PNG = plain("PNG")
OURS = ("origin", "http://localhost:8000")


def kept(services: Services, folder: Path) -> tuple[list[str], set[str], int]:
    """Return everything stored about photos: names in user rows, files, and activity entries."""
    files = {path.name for path in (folder / "storage").rglob("*") if path.is_file()}
    with services.database.read() as session:
        names = [name for name in session.exec(select(User.avatar)) if name]
        return names, files, len(session.exec(select(Activity.id).where(Activity.topic == "profile")).all())


async def upload(site: Site, cookie: str, data: bytes = PNG, **headers: str) -> Any:
    return await site.browser(cookie, **headers).post(UPLOAD_PATH, content=data)


def of(cookie: str, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """Return request headers from our own page with this session."""
    return [OURS, ("cookie", f"session={cookie}"), *more]


@pytest.fixture
def colleague(services: Services, dana: str, clock: FakeClock) -> str:
    """The cookie of a user in the same business."""
    user_id = add_user(services)
    with services.database.read() as session:
        business = find_business(session, "Northwind Leads").id
    join(services, user_id, business, Role.PUBLISHER)
    return open_session(services, user_id, clock)


@pytest.fixture
def stranger(services: Services, clock: FakeClock) -> str:
    """The cookie of an owner of another business."""
    user_id = add_user(services)
    join(services, user_id, add_business(services), Role.OWNER)
    return open_session(services, user_id, clock)


async def test_a_photo_is_sent_as_it_is_and_seen_in_two_sizes(
    services: Services, site: Site, cookie: str, colleague: str, tmp_path: Path
) -> None:
    answer = await upload(site, cookie, plain("JPEG", (640, 480)))
    assert answer.status_code == 200
    name = answer.json()["data"]["name"]
    assert kept(services, tmp_path) == ([name], {f"{name}-256.webp", f"{name}-64.webp"}, 1)
    for size in (256, 64):
        for viewer in (cookie, colleague):
            seen = await site.browser(viewer).get(f"/avatars/{name}-{size}.webp")
            assert seen.status_code == 200
            assert struct.unpack("<H", seen.content[26:28])[0] & 0x3FFF == size
            assert alike(pixel(seen.content, 0.5, 0.5), RED)


async def test_what_is_seen_is_an_image_and_kept_by_its_browser_alone(site: Site, cookie: str) -> None:
    """A photo's name never refers to another image; only the browser's private cache may keep it."""
    name = (await upload(site, cookie)).json()["data"]["name"]
    answer = await site.raw("GET", f"/avatars/{name}-64.webp", headers=of(cookie))
    assert_guarded(answer)
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "content-disposition" not in answer.headers


@pytest.mark.parametrize("claimed", ["image/png", "text/html", "image/svg+xml", "application/x-php", ""])
async def test_the_type_that_was_claimed_does_not_count(
    services: Services, site: Site, cookie: str, tmp_path: Path, claimed: str
) -> None:
    """Nor does the file name, which is not even sent; only the content counts."""
    for data in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<?php system($_GET[0]);", b"GIF89a<script>"):
        refused = await upload(site, cookie, data, **{"content-type": claimed, "x-file-name": "../../photo.png"})
        assert refused.status_code == 422
        assert refused.json()["error"]["field"] == "photo"
    assert kept(services, tmp_path) == ([], set(), 0)
    assert (await upload(site, cookie, PNG, **{"content-type": claimed})).status_code == 200


async def test_a_form_with_a_file_is_no_image(site: Site, cookie: str) -> None:
    answer = await site.browser(cookie).post(UPLOAD_PATH, files={"file": ("photo.png", PNG, "image/png")})
    assert answer.status_code == 422


async def test_an_empty_file_is_named_as_such(site: Site, cookie: str) -> None:
    answer = await upload(site, cookie, b"")
    assert (answer.status_code, answer.json()["error"]["message"]) == (422, "This file is empty.")


class Body:
    """A body in equal chunks, which counts how many were read."""

    def __init__(self, *, parts: int, part: bytes = bytes(65_536)) -> None:
        self.taken, self._parts, self._part = 0, parts, part

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(self._parts):
            self.taken += 1
            yield self._part


class TestTooMuch:
    async def test_a_file_that_says_it_is_over_5_mb_is_not_read(self, site: Site, cookie: str) -> None:
        for size in (MOST_BYTES + 1, 500_000_000):
            declared = ("content-length", str(size))
            answer = await site.raw("POST", UPLOAD_PATH, headers=of(cookie, declared), body=[PNG])
            assert answer.status == 413
            assert_guarded(answer)

    @pytest.mark.parametrize("declared", [None, "5", str(MOST_BYTES)])
    async def test_one_that_does_not_say_so_or_lies_is_cut_there(
        self, services: Services, site: Site, cookie: str, tmp_path: Path, declared: str | None
    ) -> None:
        """Without a Content-Length, or with a false one: nothing is stored, and no more than the limit is ever held
        in memory."""
        body = Body(parts=8000)
        headers = of(cookie, *([("content-length", declared)] if declared else []))
        answer = await Stream(site, body).post(headers)
        assert answer.status == 413
        assert body.taken <= MOST_BYTES // 65_536 + 1
        assert kept(services, tmp_path) == ([], set(), 0)

    async def test_exactly_5_mb_are_looked_at(self, site: Site, cookie: str) -> None:
        answer = await upload(site, cookie, PNG + bytes(MOST_BYTES - len(PNG)))
        assert answer.status_code == 200

    async def test_thirty_an_hour(self, site: Site, cookie: str) -> None:
        for _ in range(30):
            assert (await upload(site, cookie, b"")).status_code == 422
        answer = await upload(site, cookie)
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 3000


class Stream:
    """A request whose body arrives in chunks; the connection may be cut, or a callback run, before the end."""

    def __init__(self, site: Site, body: Body, *, cut_after: int = 0, meanwhile: Any = None) -> None:
        self._site, self._parts = site, iter(body)
        self._cut_after, self._meanwhile = cut_after, meanwhile
        self._sent = 0

    async def post(self, headers: list[tuple[str, str]]) -> Answer:
        messages: list[Any] = []

        async def send(message: Any) -> None:
            messages.append(message)

        sent = [(name.encode(), value.encode()) for name, value in [("host", "localhost:8000"), *headers]]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": UPLOAD_PATH, "query_string": b"", "root_path": "", "headers": sent, "client": ("192.0.2.7", 5000),
        }  # fmt: skip
        await self._site.app(scope, self._receive, send)
        starts = [message for message in messages if message["type"] == "http.response.start"]
        assert len(starts) == 1
        return Answer(starts[0]["status"], dict(starts[0]["headers"]), b"")  # type: ignore[arg-type]

    async def _receive(self) -> dict[str, Any]:
        self._sent += 1
        if self._cut_after and self._sent > self._cut_after:
            return {"type": "http.disconnect"}
        if self._sent == 2 and self._meanwhile:
            self._meanwhile()
        part = next(self._parts, b"")
        return {"type": "http.request", "body": part, "more_body": bool(part)}


async def test_a_connection_that_is_cut_leaves_nothing(
    services: Services, site: Site, cookie: str, tmp_path: Path
) -> None:
    answer = await Stream(site, Body(parts=20), cut_after=5).post(of(cookie, ("content-length", "1310720")))
    assert answer.status == 400
    assert kept(services, tmp_path) == ([], set(), 0)


async def test_a_session_that_ends_during_the_upload_uploads_nothing(
    services: Services, site: Site, cookie: str, clock: FakeClock, tmp_path: Path
) -> None:
    """However slowly the rest of the upload arrives."""

    def sign_out() -> None:
        with services.database.write() as session:
            session.exec(update(UserSession).values(ended_at=clock.now()))

    answer = await Stream(site, Body(parts=1, part=PNG), meanwhile=sign_out).post(of(cookie))
    assert answer.status == 401
    assert kept(services, tmp_path) == ([], set(), 0)


async def test_signed_out_nothing_is_read_and_nothing_seen(
    services: Services, site: Site, cookie: str, tmp_path: Path
) -> None:
    name = (await upload(site, cookie)).json()["data"]["name"]
    before = kept(services, tmp_path)
    for wrong in ("", "x" * 43, "\\", cookie[:-1]):
        body = Body(parts=10)
        headers = [OURS, ("cookie", f"session={wrong}")]
        assert (await Stream(site, body).post(headers)).status == 401
        assert body.taken == 0
        answer = await site.raw("GET", f"/avatars/{name}-64.webp", headers=headers)
        assert answer.status == 401
        assert answer.headers["cache-control"] == "no-store"
    assert kept(services, tmp_path) == before


@pytest.mark.parametrize("headers", FOREIGN, ids=lambda headers: str(headers)[:40])
async def test_no_other_site_uploads_for_a_person(
    services: Services, site: Site, cookie: str, tmp_path: Path, headers: dict[str, str]
) -> None:
    sent = [("cookie", f"session={cookie}"), *headers.items()]
    assert (await site.raw("POST", UPLOAD_PATH, headers=sent, body=[PNG])).status == 403
    assert kept(services, tmp_path) == ([], set(), 0)


async def test_the_photo_of_another_business_is_like_none(
    site: Site, cookie: str, stranger: str, colleague: str
) -> None:
    """Status, headers and body are identical, so that nobody learns who has a photo."""
    name = (await upload(site, cookie)).json()["data"]["name"]
    foreign = await site.raw("GET", f"/avatars/{name}-64.webp", headers=of(stranger))
    unknown = await site.raw("GET", f"/avatars/ava_{'a' * 24}-64.webp", headers=of(stranger))
    assert (foreign.status, foreign.body) == (unknown.status, unknown.body)
    assert telling(foreign.headers) == telling(unknown.headers)
    assert foreign.status == 404
    assert_guarded(foreign)
    assert (await site.browser(colleague).get(f"/avatars/{name}-64.webp")).status_code == 200


async def test_a_photo_that_was_replaced_or_removed_is_gone(services: Services, site: Site, cookie: str) -> None:
    first, second = [(await upload(site, cookie)).json()["data"]["name"] for _ in range(2)]
    assert (await site.browser(cookie).get(f"/avatars/{first}-64.webp")).status_code == 404
    assert (await site.browser(cookie).get(f"/avatars/{second}-64.webp")).status_code == 200


WRONG_NAMES = (
    "", "..", ".", "../settings.db", "..\\settings.db", "../../etc/passwd", "/etc/passwd", "%2e%2e%2fetc", "{name}",
    "{name}-64", "{name}-64.png", "{name}-64.webp.html", "{name}-64.webp\n", "{name}-64.webp\0", "{name}-128.webp",
    "{name}-064.webp", "{name}-٦٤.webp", "x{name}-64.webp", "../avatars/{name}-64.webp", "./{name}-64.webp", "é",
    "*-64.webp", "{name}-*.webp", "ava_" + "a" * 5000 + "-64.webp", "{name}-64.WEBP",
)  # fmt: skip


async def test_nothing_but_the_exact_name_finds_a_file(site: Site, cookie: str) -> None:
    """No path traversal and no similar name; paths as a server passes them on, decoded."""
    name = (await upload(site, cookie)).json()["data"]["name"]
    for wrong in (*WRONG_NAMES, f"{name.upper()}-64.webp"):
        answer = await site.raw("GET", f"/avatars/{wrong.replace('{name}', name)}", headers=of(cookie))
        assert answer.status == 404, wrong
        assert b"WEBP" not in answer.body, wrong


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
async def test_a_photo_is_posted_and_nothing_else(site: Site, cookie: str, method: str) -> None:
    assert (await site.browser(cookie).request(method, UPLOAD_PATH)).status_code in (404, 405)


async def test_a_storage_that_is_away_is_503_and_changes_nothing(
    services: Services, cookie: str, tmp_path: Path, clock: FakeClock
) -> None:
    away = build(services.config, clock=clock, storage=KeptFiles(fails={"put"}), squarer=PlainSquarer())
    with using(away):
        answer = await upload(Site(away), cookie)
    away.database.close()
    assert answer.status_code == 503
    assert "Nothing was changed" in answer.json()["error"]["message"]
    assert kept(services, tmp_path) == ([], set(), 0)
