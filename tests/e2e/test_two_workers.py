"""Two worker processes on PostgreSQL and Valkey behave like one."""

import re
from collections.abc import Iterator

import psutil
import pytest
from playwright.sync_api import expect

from tests.conftest import fresh_postgres
from tests.e2e.away import BANNER, NO_DATABASE, PROVOKED, Redis, no_database
from tests.e2e.browser import Complaints, account, card, open_tab, sign_out
from tests.e2e.fixtures import PageOf, open_window
from tests.e2e.live import all_show, rename
from tests.e2e.payouts import FIRST, change, fill_address, save_first
from tests.e2e.place import Place
from tests.e2e.server import Server

WITHIN_MS = 30_000
WINDOWS = 6
"""Each window is served by either worker; all six land on the same one in about 3% of runs."""


@pytest.fixture(scope="module")
def database(postgres: str) -> str:
    """The URL of this module's own database, which it can take down."""
    return fresh_postgres(postgres)


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    """This module's own Redis, which it can take down."""
    made = Redis()
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def running(
    one_process: Server, place: Place, database: str, redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    """Two workers, on the port freed by the default server."""
    one_process.stop()
    folder = tmp_path_factory.mktemp("two-workers")
    server = Server(place, folder, database_url=database, redis_url=redis.url, workers=2)
    yield server
    server.close()


def test_a_new_name_shows_in_every_window_whichever_worker_serves_it(page_of: PageOf) -> None:
    page = page_of("owner@example.com")
    windows = [page, *(open_window(page.context) for _ in range(WINDOWS - 1))]
    rename(page, "Dana Reyes")
    all_show(windows, "Dana Reyes")
    rename(windows[-1], "Dana Okafor")
    all_show(windows, "Dana Okafor")


def test_signing_out_ends_every_window_whichever_worker_serves_it(page_of: PageOf) -> None:
    page = page_of("owner@example.com")
    others = [open_window(page.context) for _ in range(WINDOWS - 1)]
    sign_out(page)
    for other in others:
        expect(other.get_by_role("heading", name="Sign in")).to_be_visible(timeout=2_000)


def test_a_person_works_through_both_workers_as_through_one(page_of: PageOf, server: Server) -> None:
    """Saved, changed, shown in other windows, and gone with the add-on at the next click."""
    page, elsewhere = (page_of("viewer@example.com", path="/settings?tab=payouts") for _ in range(2))
    save_first(page)
    change(elsewhere)
    expect(card(page, "Payout email").get_by_text("Change on hold")).to_be_visible(timeout=2_000)
    server.operator("grant-add-on", "Northwind Leads", "--off")
    card(page, "Payout email").get_by_role("button", name="Cancel change").click()
    expect(page.get_by_text("Your role no longer allows this.")).to_be_visible()


def test_after_a_restart_windows_reconnect_and_go_on(page_of: PageOf, server: Server, complaints: Complaints) -> None:
    complaints.expect("WebSocket|ERR_CONNECTION_REFUSED")
    page = page_of()
    server.stop()
    server.start()
    open_tab(page, "Payouts")
    expect(card(page, "Payout email")).to_be_visible()
    expect(account(page)).to_have_accessible_name("Account of Pat Moreau")


def test_a_worker_that_is_killed_takes_nothing_with_it(page_of: PageOf, server: Server, complaints: Complaints) -> None:
    """Its windows reconnect to another worker by themselves and keep what was typed; each save takes effect once."""
    complaints.expect("WebSocket|ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET")
    windows = [
        page_of(f"{who}@example.com", path="/settings?tab=payouts") for who in ("publisher", "viewer", "manager")
    ]
    save_first(windows[0])
    for window in windows[1:]:
        fill_address(window, FIRST)
    for worker in _workers(server)[:1]:
        worker.kill()
    for window in windows[1:]:
        window.bring_to_front()
        form = card(window, "Payout email")
        expect(form.get_by_label("PayPal email")).to_have_value(FIRST)
        save = form.get_by_role("button", name="Save")
        save.click()  # may be lost with the worker; the form is enabled again once the window reconnects
        expect(form.locator("form[data-busy]")).to_have_count(0, timeout=WITHIN_MS / 2)
        if save.is_visible():
            save.click()
        expect(form).to_contain_text(f"Payouts go to {FIRST}.", timeout=WITHIN_MS)
    open_tab(windows[0], "Profile")
    open_tab(windows[0], "Payouts")
    expect(card(windows[0], "Payout email")).to_contain_text(f"Payouts go to {FIRST}.")
    assert len(_workers(server)) == 2


def test_redis_goes_away_under_both_workers_and_comes_back_empty(
    page_of: PageOf, redis: Redis, complaints: Complaints
) -> None:
    """Each window shows the outage, keeps what was typed, and receives the other worker's changes again."""
    complaints.expect(PROVOKED)
    who = ("publisher", "viewer", "manager")
    windows = [page_of(f"{name}@example.com", path="/settings?tab=payouts") for name in who]
    for window in windows:
        fill_address(window, FIRST)
    redis.stop()
    for window in windows:
        expect(window.get_by_role("alert").get_by_text(BANNER)).to_be_visible(timeout=WITHIN_MS)
    redis.start()
    for window in windows:
        expect(window.get_by_text(BANNER)).to_have_count(0, timeout=WITHIN_MS)
        form = card(window, "Payout email")
        expect(form.get_by_label("PayPal email")).to_have_value(FIRST)
        form.get_by_role("button", name="Save").click()
        expect(form).to_contain_text(f"Payouts go to {FIRST}.", timeout=WITHIN_MS)
    open_tab(windows[0], "Profile")
    others = [open_window(windows[0].context) for _ in range(WINDOWS - 1)]
    rename(windows[0], "Pat Again")
    all_show([windows[0], *others], "Pat Again")


def test_the_database_goes_away_and_comes_back(page_of: PageOf, server: Server, postgres: str, database: str) -> None:
    """A click gets an error message at once; what was typed stays, and the next click saves it."""
    page = page_of(path="/settings?tab=payouts")
    fill_address(page, FIRST)
    form = card(page, "Payout email")
    written = server.log_size()
    with no_database(postgres, database):
        form.get_by_role("button", name="Save").click()
        expect(page.get_by_role("alert").get_by_text(NO_DATABASE)).to_be_visible()
        assert "the database is away" in server.log(written)
    expect(form.get_by_label("PayPal email")).to_have_value(FIRST)
    form.get_by_role("button", name="Save").click()
    expect(form).to_contain_text(f"Payouts go to {FIRST}.")
    expect(page.get_by_text(NO_DATABASE)).to_have_count(0)


def _workers(server: Server) -> list[psutil.Process]:
    """Return the worker processes, without Python's helper processes and the sandbox."""
    beside = {"resource_tracker", "sandbox"}
    children = psutil.Process(server.pid).children()
    return [child for child in children if not beside & set(re.split(r"\W+", " ".join(child.cmdline())))]
