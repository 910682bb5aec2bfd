"""Concurrent uploads per person are limited: each is held in memory, however slowly it arrives."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from settings_ui.bootstrap import Services
from settings_ui.domain.access import Role
from settings_ui.http.uploads import MOST_AT_ONCE
from settings_ui.services.account.avatars import UPLOAD_PATH
from settings_ui.services.blocked_callers.import_file import IMPORT_PATH
from settings_ui.services.support.attachments import ATTACHMENTS_PATH
from tests.http.site import Site
from tests.support import FakeClock, add_business, add_user, join, open_session

PATHS = [UPLOAD_PATH, IMPORT_PATH, ATTACHMENTS_PATH]


def an_owner(services: Services, business: str, clock: FakeClock) -> str:
    user = add_user(services)
    join(services, user, business, Role.OWNER)
    return open_session(services, user, clock)


@pytest.mark.parametrize("path", PATHS)
async def test_twenty_files_of_one_person_are_on_their_way_and_no_more(
    services: Services, site: Site, clock: FakeClock, path: str
) -> None:
    """Otherwise thousands of unfinished uploads would fill the server's memory. Other people are not affected."""
    business = add_business(services)
    one, other = (an_owner(services, business, clock) for _ in range(2))
    all_begun, go_on = asyncio.Event(), asyncio.Event()
    begun = 0

    async def slowly() -> AsyncIterator[bytes]:
        nonlocal begun
        begun += 1
        if begun == MOST_AT_ONCE:
            all_begun.set()
        yield b"x"
        await go_on.wait()

    async def send(cookie: str, to: str, content: AsyncIterator[bytes] | bytes) -> httpx.Response:
        async with site.browser(cookie) as browser:
            return await browser.post(to, params={"business": business, "name": "x.txt"}, content=content)

    slow = [asyncio.create_task(send(one, path, slowly())) for _ in range(MOST_AT_ONCE)]
    await asyncio.wait_for(all_begun.wait(), 30)
    for each in PATHS:
        refused = await send(one, each, b"x")
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) > 0
        assert (await send(other, each, b"x")).status_code != 429
    go_on.set()
    assert 429 not in {answer.status_code for answer in await asyncio.gather(*slow)}
    assert (await send(one, path, b"x")).status_code != 429
