"""Ticket attachments over HTTP: upload, access, and safe download."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.domain.attachments import MOST_BYTES
from settings_ui.services.account.access import token_digest
from settings_ui.services.support.attachments import ATTACHMENTS_PATH
from tests.http.site import Site
from tests.support import FakeClock, add_business, add_user, join, open_session
from tests.tickets import add_staff, open_ticket

TEXT = b"1,240 minutes, twice\n"


async def upload(site: Site, cookie: str, data: bytes = TEXT, name: str = "note.txt", **headers: str) -> Any:
    return await site.browser(cookie, **headers).post(ATTACHMENTS_PATH, params={"name": name}, content=data)


async def download(site: Site, cookie: str, attachment: str, business: str = "") -> Any:
    return await site.browser(cookie).get(
        f"{ATTACHMENTS_PATH}/{attachment}", params={"business": business} if business else {}
    )


def actor_of(services: Services, cookie: str) -> Actor:
    actor = services.account.access.actor(token_digest(cookie))
    assert actor is not None
    return actor


def colleague(services: Services, cookie: str, role: Role, clock: FakeClock) -> str:
    """Return the cookie of another user in the same business."""
    user_id = add_user(services)
    join(services, user_id, actor_of(services, cookie).business_id, role)
    return open_session(services, user_id, clock)


async def test_a_file_comes_back_as_it_was_to_be_saved_and_never_to_be_shown(site: Site, cookie: str) -> None:
    answer = await upload(site, cookie, name='../März "1".txt')
    assert answer.status_code == 200
    kept = answer.json()["data"]
    assert (kept["name"], kept["size"]) == ("März 1.txt", len(TEXT))
    back = await download(site, cookie, kept["id"])
    assert (back.status_code, back.content) == (200, TEXT)
    assert back.headers["content-disposition"] == "attachment; filename*=UTF-8''M%C3%A4rz%201.txt"
    assert back.headers["content-type"] == "text/plain; charset=utf-8"
    assert back.headers["x-content-type-options"] == "nosniff"
    assert back.headers["cache-control"] == "private, no-store"
    assert back.headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_lying_type_changes_nothing_and_what_is_no_file_of_ours_is_refused(
    services: Services, site: Site, cookie: str, tmp_path: Path
) -> None:
    for data, name in ((b"<svg/>", "a.png"), (b"MZ\x90\0", "a.txt"), (b"PK\x03\x04", "a.pdf"), (b"", "a.txt")):
        answer = await upload(site, cookie, data, name, **{"content-type": "image/png"})
        assert answer.status_code == 422
        assert answer.json()["error"]["field"] == "attachments"
    assert not [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]


async def test_ten_megabytes_go_through_and_more_does_not(site: Site, cookie: str) -> None:
    assert (await upload(site, cookie, b"x" * MOST_BYTES)).status_code == 200
    assert (await upload(site, cookie, b"x" * (MOST_BYTES + 1))).status_code == 413
    headers = [("origin", "http://localhost:8000"), ("cookie", f"session={cookie}")]
    unsaid = await site.raw("POST", ATTACHMENTS_PATH, headers=headers, body=[b"x" * 1024 * 1024] * 11)
    assert unsaid.status == 413


async def test_only_who_may_see_the_ticket_gets_its_file(
    services: Services, site: Site, cookie: str, clock: FakeClock
) -> None:
    """For everyone else the answer is the same as for a file that does not exist."""
    file = (await upload(site, cookie)).json()["data"]["id"]
    admin = colleague(services, cookie, Role.ADMIN, clock)
    viewer = colleague(services, cookie, Role.VIEWER, clock)
    stranger = open_session(services, (other := add_user(services)), clock)
    join(services, other, add_business(services), Role.OWNER)
    _, staff = add_staff(services, clock)
    wanted = {cookie: 200, admin: 404, viewer: 403, stranger: 404, staff: 404, "": 401}
    assert {who: (await download(site, who, file)).status_code for who in wanted} == wanted
    await asyncio.to_thread(open_ticket, services, actor_of(services, cookie), files=[file])
    wanted |= {admin: 200, staff: 200}
    assert {who: (await download(site, who, file)).status_code for who in wanted} == wanted
    for unknown in ("att_none", "..%2f..%2fetc%2fpasswd", "x" * 3000):
        assert (await download(site, cookie, unknown)).status_code == 404


async def test_a_window_of_another_business_gets_its_own_files(
    services: Services, site: Site, cookie: str, clock: FakeClock
) -> None:
    """Even if the session last looked at another business."""
    me = actor_of(services, cookie)
    other = add_business(services)
    join(services, me.user_id, other, Role.OWNER)
    answer = await site.browser(cookie).post(f"{ATTACHMENTS_PATH}?business={other}&name=a.txt", content=TEXT)
    file = answer.json()["data"]["id"]
    assert (await download(site, cookie, file, other)).status_code == 200
    assert (await download(site, cookie, file, me.business_id)).status_code == 404
    assert (await download(site, cookie, file, add_business(services))).status_code == 401


@pytest.mark.parametrize("role", [Role.VIEWER, Role.PUBLISHER])
async def test_viewers_and_publishers_upload_nothing(
    services: Services, site: Site, cookie: str, clock: FakeClock, role: Role
) -> None:
    assert (await upload(site, colleague(services, cookie, role, clock))).status_code == 403


async def test_nobody_and_another_site_upload_nothing(site: Site, cookie: str) -> None:
    assert (await upload(site, "")).status_code == 401
    assert (await upload(site, cookie, origin="https://evil.example")).status_code == 403


async def test_staff_belongs_at_the_desk_and_members_do_not(
    services: Services, site: Site, cookie: str, clock: FakeClock
) -> None:
    _, staff = add_staff(services, clock)
    for path in ("/", "/settings", "/dashboard", "/sign-in"):
        answer = await site.browser(staff).get(path)
        assert answer.status_code == 303
        assert answer.headers["location"] in ("/staff", "/settings")
    assert (await site.browser(cookie).get("/staff")).headers["location"] == "/dashboard"
    assert (await site.browser().get("/staff?ticket=x")).headers["location"] == "/sign-in?next=%2Fstaff%3Fticket%3Dx"
