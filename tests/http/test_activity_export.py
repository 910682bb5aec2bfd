"""GET /activity.csv: everything the page shows, with no cell that a spreadsheet runs as a formula."""

import csv
import io

import httpx
import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Actor, Role
from settings_ui.http.activity import COLUMNS
from settings_ui.services.kit.activity import record
from tests.blocked import block
from tests.calls import CALLER
from tests.http.site import Site
from tests.http.test_blocked_callers import a_member
from tests.support import FakeClock, add_business, add_member


@pytest.fixture
def business(services: Services) -> str:
    """A business."""
    return add_business(services)


@pytest.fixture
def owner(services: Services, business: str, clock: FakeClock) -> Actor:
    """Its owner."""
    return add_member(services, business, Role.OWNER, clock)


async def get(site: Site, cookie: str, business: str, **query: str) -> httpx.Response:
    async with site.browser(cookie) as browser:
        return await browser.get("/activity.csv", params={"business": business, **query})


async def test_it_holds_what_the_filter_matches_and_no_formula(
    services: Services, site: Site, business: str, owner: Actor, clock: FakeClock
) -> None:
    services.numbers.add(owner, CALLER, "=cmd|' /C calc'!A0")
    block(services, owner, CALLER)
    admin = a_member(services, business, Role.ADMIN, clock)
    answer = await get(site, admin, business, what="numbers")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == 'attachment; filename="activity-2026-03-04.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert tuple(row) == COLUMNS
    assert (row["what"], row["section"], row["who"][:6], row["source"]) == (
        "added a number",
        "numbers",
        "Person",
        "web",
    )
    every = list(csv.reader(io.StringIO((await get(site, admin, business)).text)))
    assert len(every) == 3
    assert not any(cell.startswith(("=", "+", "-", "@")) for line in every for cell in line)
    assert [line[COLUMNS.index("calls_stopped")] for line in every[1:] if line[4] == "blocked_callers"] == ["0"]


async def test_it_tells_the_operator_from_what_nobody_did(
    services: Services, site: Site, business: str, clock: FakeClock
) -> None:
    owner = a_member(services, business, Role.OWNER, clock)
    services.business.members.set_add_on(business, active=True)
    with services.database.write() as session:
        record(session, "billing", "changed the plan", at=clock.now(), business_id=business)
    for who, source in (("The operator", "operator"), ("Automatic", "automatic")):
        rows = list(csv.DictReader(io.StringIO((await get(site, owner, business, who=source)).text)))
        assert [(row["who"], row["source"]) for row in rows] == [(who, source)]


async def test_only_owners_and_admins_of_this_business_get_it(
    services: Services, site: Site, business: str, owner: Actor, clock: FakeClock
) -> None:
    block(services, owner, CALLER)
    assert (await get(site, "", business)).status_code == 401
    for role in (Role.MANAGER, Role.VIEWER, Role.PUBLISHER):
        assert (await get(site, a_member(services, business, role, clock), business)).status_code == 403
    stranger = a_member(services, add_business(services), Role.OWNER, clock)
    assert (await get(site, stranger, business)).status_code == 401


async def test_what_no_change_can_be_is_refused(
    services: Services, site: Site, business: str, clock: FakeClock
) -> None:
    owner = a_member(services, business, Role.OWNER, clock)
    assert (await get(site, owner, business, period="custom", first="never")).status_code == 422
    for part in ("what", "who"):
        assert (await get(site, owner, business, **{part: "x\0"})).status_code == 422
