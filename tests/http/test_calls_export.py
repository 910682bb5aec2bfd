"""GET /calls.csv: everything the log shows, with no cell that a spreadsheet runs as a formula."""

import asyncio
import csv
import io
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from starlette.requests import Request

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Capability, Role
from settings_ui.domain.qualification import CallStatus
from settings_ui.http.actor import still
from settings_ui.http.calls import COLUMNS
from settings_ui.http.sheet import CHUNK, CUT, _lines, sheet
from settings_ui.services.account.access import token_digest
from settings_ui.services.calls.log import SeenCall
from settings_ui.services.calls.log_filter import CallFilterText, filter_of
from tests.calls import CALLER, DIALLED, a_call
from tests.http.site import Site
from tests.http.test_blocked_callers import a_member
from tests.qualified import change, record
from tests.support import START, FakeClock, add_business, add_member


@pytest.fixture
def business(services: Services) -> str:
    """A business in New York with some calls."""
    made = add_business(services, time_zone="America/New_York")
    record(
        services,
        made,
        *(
            a_call(
                f"c-{n:02}",
                at=START - timedelta(hours=9 * n),
                duration_s=80 + n,
                source=("Radio", "Google Ads")[n % 2],
                status=(CallStatus.COMPLETED, CallStatus.MISSED, CallStatus.COMPLETED)[n % 3],
                caller=(CALLER, "", "+442079460018")[n % 3],
            )
            for n in range(30)
        ),
    )
    return made


@pytest.fixture
def viewer(services: Services, business: str, clock: FakeClock) -> str:
    """The cookie of a member who may see calls."""
    return a_member(services, business, Role.VIEWER, clock)


@pytest.fixture
def owner(services: Services, business: str, clock: FakeClock) -> Actor:
    """Its owner."""
    return add_member(services, business, Role.OWNER, clock)


async def get(site: Site, cookie: str, business: str, **query: str) -> httpx.Response:
    async with site.browser(cookie) as browser:
        return await browser.get("/calls.csv", params={"business": business, **query})


def lines(answer: httpx.Response) -> list[dict[str, str]]:
    """Return the rows of the file as dicts by column name."""
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"period": "all"},
        {"period": "30", "source": "Google Ads"},
        {"period": "all", "qualified": "yes"},
        {"period": "all", "qualified": "no", "source": "Radio"},
        {"period": "all", "status": "missed"},
        {"period": "all", "number": "anonymous"},
        {"period": "all", "number": "(415) 555-0132"},
        {"period": "custom", "first": "2026-03-01", "last": "2026-03-02"},
        {"period": "all", "source": "Nothing"},
    ],
)
async def test_the_file_has_what_the_log_shows_for_the_same_address(
    services: Services, site: Site, business: str, viewer: str, owner: Actor, query: dict[str, str]
) -> None:
    """All calls with all their fields, newest first."""
    wanted = filter_of(CallFilterText.of(query), "America/New_York", "US", START)
    log = services.calls.log.page(owner, wanted, limit=500).calls
    assert [
        (row["id"], row["from"], row["qualified"], row["reason"])
        for row in lines(await get(site, viewer, business, **query))
    ] == [
        (
            seen.call.id,
            seen.call.from_number.replace("+", "'+"),
            "yes" if seen.verdict.qualified else "no",
            seen.verdict.reason,
        )
        for seen in log
    ]
    assert log or query.get("source") == "Nothing"


async def test_a_row_says_all_of_a_call(
    services: Services, site: Site, business: str, viewer: str, owner: Actor
) -> None:
    """The current verdict and the recorded one, with the time in ISO 8601."""
    change(services, owner, 120)
    answer = await get(site, viewer, business, number=CALLER)
    assert list(lines(answer)[0]) == list(COLUMNS)
    assert lines(answer)[0] == {
        "id": "c-00",
        "from": f"'{CALLER}",
        "to": f"'{DIALLED}",
        "source": "Radio",
        "started_at": "2026-03-04T12:00:00+00:00",
        "duration_s": "80",
        "status": "completed",
        "qualified": "no",
        "qualified_then": "no",
        "reason": "80 s, under the 120 s threshold",
    }
    assert {(row["qualified"], row["qualified_then"]) for row in lines(answer)} == {("no", "no"), ("no", "yes")}


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-1", "@SUM(A1)", "＝1", "a,b", 'a"b', "größe"])
async def test_what_a_platform_sends_is_text_in_a_spreadsheet(
    services: Services, site: Site, business: str, viewer: str, text: str
) -> None:
    record(services, business, a_call(text, source=text, at=START + timedelta(minutes=1)))
    row = lines(await get(site, viewer, business))[0]
    assert row["id"] == row["source"]
    assert row["id"] == (f"'{text}" if text[0] in "=+-@＝" else text)


async def test_the_file_is_named_by_the_day_and_never_kept(site: Site, business: str, viewer: str) -> None:
    answer = await get(site, viewer, business)
    assert answer.headers["content-disposition"] == 'attachment; filename="calls-2026-03-04.csv"'
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_any_number_of_calls_is_written_as_it_is_read(
    services: Services, site: Site, business: str, viewer: str, owner: Actor
) -> None:
    """Across pages of the log, each call exactly once; the export streams, reading no further before the previous
    chunk is sent."""
    record(services, business, *(a_call(f"n-{n:04}", at=START - timedelta(seconds=n // 3)) for n in range(CHUNK + 40)))
    found = [row["id"] for row in lines(await get(site, viewer, business, period="all"))]
    assert len(found) == len(set(found)) == CHUNK + 70
    read = 0

    def reading() -> Iterator[SeenCall]:
        nonlocal read
        for seen in services.calls.log.export(
            owner, filter_of(CallFilterText.of({"period": "all"}), "UTC", "US", START)
        ):
            read += 1
            yield seen

    pieces = _lines(COLUMNS, ((seen.call.id,) for seen in reading()))
    next(pieces)
    assert read == CHUNK
    rest = sum(piece.count("\r\n") for piece in pieces)
    assert rest == 70


@pytest.mark.parametrize(
    "query",
    [
        {"period": "31"},
        {"status": "ringing"},
        {"qualified": "maybe"},
        {"number": "555-0132"},
        {"period": "custom", "first": "x"},
        {"source": "Ads\0"},
    ],
)
async def test_an_address_that_means_nothing_gives_no_file(
    site: Site, business: str, viewer: str, query: dict[str, str]
) -> None:
    answer = await get(site, viewer, business, **query)
    assert answer.status_code == 422
    assert "attachment" not in answer.headers.get("content-disposition", "")


async def test_a_publisher_gets_no_file(services: Services, site: Site, business: str, clock: FakeClock) -> None:
    answer = await get(site, a_member(services, business, Role.PUBLISHER, clock), business)
    assert answer.status_code == 403
    assert "c-00" not in answer.text


async def test_nobody_gets_the_calls_of_another_business(
    services: Services, site: Site, business: str, clock: FakeClock
) -> None:
    """Neither without signing in nor as a member of another business."""
    stranger = a_member(services, add_business(services), Role.OWNER, clock)
    for cookie in ("", "no-such-session", stranger):
        answer = await get(site, cookie, business)
        assert answer.status_code == 401
        assert "c-00" not in answer.text
    async with site.browser(stranger) as browser:
        assert lines(await browser.get("/calls.csv?period=all")) == []


def test_a_file_ends_when_its_reader_has_signed_out() -> None:
    """The session is checked every 500 rows."""
    answers = iter([True, False])
    lines = "".join(_lines(["n"], ([n] for n in range(10 * CHUNK)), lambda: next(answers))).splitlines()
    assert len(lines) == 1 + 2 * CHUNK + 1
    assert lines[-1].strip('"') == CUT


async def test_whoever_signed_out_may_read_no_further(
    services: Services, business: str, viewer: str, owner: Actor
) -> None:
    digest = token_digest(viewer)
    request = Request({"type": "http", "headers": [(b"cookie", f"session={viewer}".encode())]})
    actor = services.account.access.actor(digest, business)
    assert actor
    goes_on = still(request, services, actor, Capability.SEE_CALLS)
    assert goes_on()
    assert not still(request, services, actor, Capability.MANAGE_API_KEYS)()
    services.account.sign_in.sign_out(viewer)
    assert not goes_on()


async def test_a_file_that_nobody_reads_is_given_up(caplog: pytest.LogCaptureFixture) -> None:
    async def receive() -> dict[str, str]:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    async def send(_message: object) -> None:
        await asyncio.sleep(60)

    answer = sheet("calls", START, ["n"], ([n] for n in range(10)), lambda: True, patience_s=0.01)
    await asyncio.wait_for(answer({"type": "http", "method": "GET", "headers": []}, receive, send), 5)
    assert "nobody reads" in caplog.text
