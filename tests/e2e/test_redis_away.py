"""Redis goes down under open windows and comes back empty."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from settings_ui.models import PayoutDestination
from tests.e2e.away import BANNER, PROVOKED, Redis
from tests.e2e.browser import Complaints, account, card
from tests.e2e.fixtures import PageOf
from tests.e2e.live import rename
from tests.e2e.payouts import FIRST, fill_address
from tests.e2e.place import Place
from tests.e2e.server import Server

WITHIN_MS = 50_000


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    """The Redis used by this module's server."""
    made = Redis()
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def running(
    one_process: Server, place: Place, redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """A server with this Redis, on the port freed by the default server."""
    one_process.stop()
    server = Server(place, tmp_path_factory.mktemp("redis-away"), redis_url=redis.url)
    yield server
    server.close()


@pytest.fixture
def page(page_of: PageOf, redis: Redis, complaints: Complaints) -> Iterator[Page]:
    """A window with an unsaved edit; Redis is started again afterwards."""
    complaints.expect(PROVOKED)
    opened = page_of(path="/settings?tab=payouts")
    fill_address(opened, FIRST)
    yield opened
    redis.start()


def test_the_page_says_so_by_itself_and_goes_on_with_what_was_typed(page: Page, redis: Redis) -> None:
    redis.stop()
    expect(page.get_by_role("alert").get_by_text(BANNER)).to_be_visible(timeout=WITHIN_MS)
    redis.start()
    expect(page.get_by_text(BANNER)).to_have_count(0, timeout=WITHIN_MS)
    form = card(page, "Payout email")
    expect(form.get_by_label("PayPal email")).to_have_value(FIRST)
    form.get_by_role("button", name="Save").click()
    expect(form).to_contain_text(f"Payouts go to {FIRST}.", timeout=WITHIN_MS)


def test_a_click_in_between_is_not_silent_and_nothing_is_half_done(page: Page, redis: Redis, server: Server) -> None:
    """It fails immediately; it is not queued and carried out when Redis returns."""
    redis.stop()
    form = card(page, "Payout email")
    written = server.log_size()
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").get_by_text(BANNER)).to_be_visible(timeout=WITHIN_MS)
    server.await_log("an event failed: ConnectionError", since=written)
    redis.start()
    expect(page.get_by_text(BANNER)).to_have_count(0, timeout=WITHIN_MS)
    assert _saved(server) == []
    expect(form.get_by_label("PayPal email")).to_have_value(FIRST)
    form.get_by_role("button", name="Save").click()
    expect(form).to_contain_text(f"Payouts go to {FIRST}.", timeout=WITHIN_MS)
    assert _saved(server) == [FIRST]


def test_news_for_a_window_whose_state_is_lost_leave_what_was_typed(page: Page, page_of: PageOf, redis: Redis) -> None:
    redis.forget()
    rename(page_of(), "Pat M.")
    expect(account(page)).to_have_accessible_name("Account of Pat M.", timeout=WITHIN_MS)
    form = card(page, "Payout email")
    expect(form.get_by_label("PayPal email")).to_have_value(FIRST)
    form.get_by_role("button", name="Save").click()
    expect(form).to_contain_text(f"Payouts go to {FIRST}.", timeout=WITHIN_MS)


def _saved(server: Server) -> list[str]:
    with server.database.read() as session:
        return list(session.exec(select(PayoutDestination.email)))
