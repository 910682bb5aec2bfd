"""POST /blocked-callers/import: access, the report, and invalid files."""

import asyncio
import csv
import io
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from sqlmodel import select

from settings_ui.bootstrap import Services, using
from settings_ui.domain.access import Role
from settings_ui.gateways.ports import WrittenRow
from settings_ui.gateways.sheet import CsvSheet
from settings_ui.models import Membership
from settings_ui.services.blocked_callers.import_file import IMPORT_PATH, MOST_BYTES
from settings_ui.services.kit.changes import business_topic
from tests.blocked import entries
from tests.calls import CALLER
from tests.http.site import Site
from tests.support import FakeClock, add_business, add_user, join, open_session

FILE = f"number,note\n{CALLER},Sells roofs\n911,\n"


@pytest.fixture
def business(services: Services) -> str:
    """A business."""
    return add_business(services)


def a_member(services: Services, business: str, role: Role, clock: FakeClock) -> str:
    """Return the cookie of a new member."""
    user = add_user(services)
    join(services, user, business, role)
    return open_session(services, user, clock)


@pytest.fixture
def owner(services: Services, business: str, clock: FakeClock) -> str:
    """The cookie of its owner."""
    return a_member(services, business, Role.OWNER, clock)


async def send(site: Site, cookie: str, business: str, content: Any = FILE, **headers: str) -> httpx.Response:
    async with site.browser(cookie, **headers) as browser:
        return await browser.post(IMPORT_PATH, params={"business": business}, content=content)


def rows(answer: httpx.Response) -> list[list[str]]:
    """Return the rows of the report."""
    return list(csv.reader(io.StringIO(answer.json()["data"]["report"])))


async def test_a_file_is_imported_with_a_report_of_every_row(
    services: Services, site: Site, business: str, owner: str
) -> None:
    answer = await send(site, owner, business)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    said = answer.json()["data"]
    assert {name: said[name] for name in said if name != "report"} == {"blocked": 1, "already_blocked": 0, "invalid": 1}
    assert rows(answer) == [
        ["line", "input", "number", "result", "message"],
        ["2", f"'{CALLER}", f"'{CALLER}", "blocked", ""],
        ["3", "911", "", "invalid", "Enter the number with its area code, like (201) 555-0123."],
    ]
    assert [(row.pattern, row.note) for row in entries(services, business)] == [(CALLER, "Sells roofs")]


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "@SUM(A1)", "-1+1", "＝1+1", "+1 415 555*"])
async def test_nothing_in_the_report_runs_when_a_spreadsheet_opens_it(
    site: Site, business: str, owner: str, text: str
) -> None:
    answer = await send(site, owner, business, f"number\n{text}\n")
    assert all(not cell.startswith(("=", "+", "-", "@", "＝", "＋")) for row in rows(answer) for cell in row)
    assert rows(answer)[1][1] == f"'{text}"


async def test_the_report_can_be_imported_again(services: Services, site: Site, business: str, owner: str) -> None:
    """After corrections in a spreadsheet, say: cells escaped against formulas are read as originally written."""
    report = (await send(site, owner, business, f"number\n{CALLER}\n+1 212*\n")).json()["data"]["report"]
    answer = await send(site, owner, business, report)
    assert [row[3] for row in rows(answer)[1:]] == ["already_blocked", "already_blocked"]
    assert len(entries(services, business)) == 2


async def test_open_windows_look_again(services: Services, site: Site, business: str, owner: str) -> None:
    told: asyncio.Queue[frozenset[str]] = asyncio.Queue()
    listening = asyncio.create_task(services.bus.listen(told.put))
    await asyncio.sleep(0)
    await send(site, owner, business)
    assert await asyncio.wait_for(told.get(), 5) == {business_topic(business)}
    listening.cancel()


@pytest.mark.parametrize("role", [Role.MANAGER, Role.VIEWER, Role.PUBLISHER])
async def test_only_owners_and_admins_import(
    services: Services, site: Site, business: str, clock: FakeClock, role: Role
) -> None:
    answer = await send(site, a_member(services, business, role, clock), business)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "forbidden")
    assert entries(services, business) == []
    assert (await send(site, a_member(services, business, Role.ADMIN, clock), business)).status_code == 200


async def test_nobody_imports_without_signing_in(services: Services, site: Site, business: str) -> None:
    for cookie in ("", "no-such-session"):
        answer = await send(site, cookie, business)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthenticated")
    assert entries(services, business) == []


async def test_a_file_goes_into_the_business_of_the_window_and_no_other(
    services: Services, site: Site, business: str, owner: str, clock: FakeClock
) -> None:
    """A business the person does not belong to counts as nonexistent; without one, the last one viewed is used."""
    other = add_business(services)
    a_member(services, other, Role.OWNER, clock)
    for foreign in (other, "biz_x", "' OR 1=1 --"):
        assert (await send(site, owner, foreign)).status_code == 401
    assert entries(services, other) == entries(services, business) == []
    async with site.browser(owner) as browser:
        assert (await browser.post(IMPORT_PATH, content=FILE)).status_code == 200
    assert len(entries(services, business)) == 1


async def test_a_page_of_another_site_imports_nothing(
    services: Services, site: Site, business: str, owner: str
) -> None:
    answer = await send(site, owner, business, origin="https://evil.example")
    assert answer.status_code == 403
    assert entries(services, business) == []


@pytest.mark.parametrize("declared", [True, False])
async def test_a_file_that_is_too_large_is_refused_however_it_comes(
    services: Services, site: Site, business: str, owner: str, declared: bool
) -> None:
    """With a Content-Length, and chunked without one."""
    line = f"{CALLER}\n".encode()
    data = line * (MOST_BYTES // len(line) + 1)

    async def pieces() -> Any:
        for start in range(0, len(data), 1 << 20):
            yield data[start : start + (1 << 20)]

    answer = await send(site, owner, business, data if declared else pieces())
    assert answer.status_code == 413
    assert entries(services, business) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The file is empty."),
        (b"PK\x03\x04\x14\x00\x06\x00", "This is not a CSV file. Open it and save the list as CSV."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is not a CSV file. Open it and save the list as CSV."),
        (b"%PDF-1.7\n", "This is not a CSV file. Open it and save the list as CSV."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "This is not a CSV file. Open it and save the list as CSV."),
        ((f"{CALLER}\n" * 100_001).encode(), "Files can have up to 100,000 rows. Split this one and try again."),
    ],
    ids=["empty", "blank", "xlsx", "xls", "pdf", "png", "100,001 rows"],
)
async def test_what_is_no_list_is_refused_with_what_to_do(
    services: Services, site: Site, business: str, owner: str, content: bytes, says: str
) -> None:
    answer = await send(site, owner, business, content)
    assert answer.status_code == 422
    assert answer.json()["error"]["message"] == says
    assert entries(services, business) == []


async def test_it_is_posted_and_not_got(site: Site, owner: str) -> None:
    async with site.browser(owner) as browser:
        assert (await browser.get(IMPORT_PATH)).status_code in (404, 405)


async def test_a_right_that_is_lost_during_the_upload_blocks_nobody(
    services: Services, site: Site, business: str, owner: str
) -> None:
    """However slowly the rest of the upload arrives."""

    async def slowly() -> AsyncIterator[bytes]:
        yield b"number\n"
        with services.database.write() as session:
            session.exec(select(Membership)).one().role = Role.VIEWER.value
        yield CALLER.encode()

    answer = await send(site, owner, business, slowly())
    assert answer.status_code == 403
    assert entries(services, business) == []


async def test_writing_the_report_of_a_long_file_holds_nobody_up(
    services: Services, site: Site, business: str, owner: str
) -> None:
    """100,000 rows take a second, which would block every window and call on the event loop: reading and writing run
    in a thread."""
    here, wrote = threading.get_ident(), set()

    class Line(int):
        def __str__(self) -> str:
            wrote.add(threading.get_ident())
            return super().__repr__()

    class Lines(CsvSheet):
        def rows(self) -> Iterator[WrittenRow]:
            return (replace(row, line=Line(row.line)) for row in super().rows())

    with using(replace(services, open_sheet=Lines)):
        answer = await send(site, owner, business)
    assert rows(answer)[1][:2] == ["2", f"'{CALLER}"]
    assert wrote
    assert here not in wrote
