"""Around every page: the messages while the server is down or a page is broken, and the size of a load."""

import os
import re
import signal
from typing import Literal

import httpx
import pytest
from playwright.sync_api import Page, expect

from bench.pages import BUDGET_KB, traffic
from tests.e2e.browser import Complaints
from tests.e2e.fixtures import NewBrowser, PageOf
from tests.e2e.server import Server

RECONNECTS_WITHIN_MS = 15_000
BREAKS_DRAWING = (
    "Date.parse = () => { throw new Error('no dates today'); };"  # relative times such as “5 minutes ago” need it
)


def _lost(page: Page):
    return page.get_by_role("status").filter(has_text="Connection lost")


def test_a_window_says_that_the_server_is_away_until_it_is_back(
    page_of: PageOf, server: Server, complaints: Complaints
) -> None:
    complaints.expect("WebSocket|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET")
    page = page_of()
    expect(_lost(page)).to_have_count(0)
    server.stop()
    expect(_lost(page)).to_contain_text("Reconnecting… What you typed is still here.")
    server.start()
    expect(_lost(page)).to_have_count(0, timeout=RECONNECTS_WITHIN_MS)


@pytest.mark.parametrize("path", ["/calls", "/activity"])
def test_a_filter_that_makes_no_sense_is_not_also_said_to_match_nothing(page_of: PageOf, path: str) -> None:
    """The list was not looked for: what is wrong stands in its place, until the filter makes sense again."""
    page = page_of("owner@example.com", path=f"{path}?period=custom&first=2026-03-02&last=2026-03-01")
    expect(page.get_by_role("alert").filter(has_text="The first day is after the last.")).to_be_visible()
    expect(page.get_by_text("No matching")).to_have_count(0)
    page.get_by_label("Period").select_option("All time")
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    expect(page.get_by_text("The first day is after the last.")).to_have_count(0)


def test_a_row_of_the_call_log_is_one_line(page_of: PageOf) -> None:
    page = page_of("owner@example.com", path="/calls")
    sources = page.locator("td.source")
    expect(sources).to_have_count(50)
    wrapped = """cells => cells.map(cell => {
        const text = document.createRange();
        text.selectNodeContents(cell);
        return new Set([...text.getClientRects()].map(line => line.top)).size > 1 ? cell.innerText : "";
    }).filter(Boolean)"""
    assert sources.evaluate_all(wrapped) == []


def test_a_filter_keeps_what_was_chosen_while_the_server_works(page_of: PageOf, server: Server) -> None:
    page = page_of("owner@example.com", path="/calls")
    status = page.get_by_label("Status")
    os.killpg(server.pid, signal.SIGSTOP)
    try:
        status.select_option("Missed")
        page.wait_for_timeout(200)
        assert "status" not in page.url
        expect(status).to_have_value("missed")
    finally:
        os.killpg(server.pid, signal.SIGCONT)
    expect(page).to_have_url(re.compile("status=missed"))
    page.go_back()
    expect(status).to_have_value("")


def test_going_back_drops_a_choice_that_the_server_has_not_answered(page_of: PageOf, server: Server) -> None:
    page = page_of("owner@example.com", path="/calls?status=completed")
    status = page.get_by_label("Status")
    status.select_option("Status: any")
    expect(page).to_have_url(f"{server.origin}/calls")
    expect(page.get_by_role("row").filter(has_text="Missed")).not_to_have_count(0)
    os.killpg(server.pid, signal.SIGSTOP)
    try:
        status.select_option("Missed")
        page.go_back()
        expect(status).to_have_value("")
    finally:
        os.killpg(server.pid, signal.SIGCONT)


def test_a_page_that_cannot_be_drawn_says_so_without_a_trace_and_reloads(
    page_of: PageOf, server: Server, complaints: Complaints
) -> None:
    complaints.expect("no dates today")
    page = page_of("owner@example.com")
    page.add_init_script(BREAKS_DRAWING)
    page.goto("/vocabulary")
    broken = page.get_by_role("alert").filter(has_text="This page could not be shown")
    expect(broken).to_be_visible()
    assert "no dates today" not in page.content()
    with page.expect_navigation():
        broken.get_by_role("button", name="Reload").click()
    assert re.search("Frontend Exception.*no dates today", server.log(), re.DOTALL)


@pytest.mark.parametrize(
    ("accepted", "encoding"), [("br, gzip", "br"), ("gzip, br", "br"), ("gzip", "gzip"), ("identity", None)]
)
def test_assets_are_compressed_as_well_as_the_browser_can_read(
    server: Server, accepted: str, encoding: str | None
) -> None:
    page = httpx.get(f"{server.origin}/sign-in").text
    script = re.search(r'/assets/[^"]+\.js', page)
    assert script is not None
    answer = httpx.get(f"{server.origin}{script[0]}", headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == encoding
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["/sign-in", "/settings", "/settings?tab=payouts"])
def test_a_cold_load_is_within_its_budget_on_the_wire(new_browser: NewBrowser, path: str) -> None:
    wire, _ = traffic(new_browser(), path, None if path == "/sign-in" else "owner@example.com")
    assert wire <= BUDGET_KB * 1000


@pytest.mark.parametrize(
    ("path", "role", "names"),
    [
        ("/settings?tab=api-keys", "button", ["Copy the curl example", "Copy the Python example"]),
        ("/settings?tab=billing", "link", ["Download CSV of usage", "Download CSV of transactions"]),
    ],
)
def test_controls_that_look_the_same_are_told_apart_by_ear(
    page_of: PageOf, path: str, role: Literal["button", "link"], names: list[str]
) -> None:
    page = page_of("owner@example.com", path=path)
    for name in names:
        expect(page.get_by_role(role, name=name, exact=True)).to_be_visible()
