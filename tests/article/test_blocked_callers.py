"""Blocked Callers: who is blocked, for the whole business, and for how long."""

import httpx
from playwright.sync_api import Page, expect

from tests.article.test_api_keys import KEYS, bearer, create
from tests.e2e.browser import card, switch_business, tab
from tests.e2e.fixtures import PageOf
from tests.e2e.server import Server

TAB = "/settings?tab=blocked-callers"
SPAMMER = "+13125550177"
LINE, OTHER_LINE = "+12125550110", "+12125550113"


def test_a_manager_cannot_block_from_tab_log_or_socket(page_of: PageOf) -> None:
    """Managers have no tab, and no block action in the log or the call details; tests/state covers the socket."""
    page = page_of("manager@example.com", path=TAB)
    expect(page.get_by_text("Blocked Callers is for owners and admins.")).to_be_visible()
    expect(tab(page, "Blocked Callers")).to_have_count(0)
    page.goto("/calls")
    log = page.get_by_role("table", name="Calls")
    expect(log.get_by_role("button", name="Details").first).to_be_visible()
    for name in ("Block", "Unblock"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    log.get_by_role("button", name="Details").first.click()
    expect(page.get_by_role("dialog", name="Call details").get_by_role("button", name="Block")).to_have_count(0)


def test_a_block_stops_calls_to_every_number_of_this_business_only(page_of: PageOf, server: Server) -> None:
    """Whichever tracking number they dial; other businesses are not affected."""
    page = page_of("owner@example.com", path=KEYS)
    key = create(page, "Dialer")
    page.goto(TAB)
    block(page, SPAMMER)
    assert [screen(server, key, to) for to in (LINE, OTHER_LINE)] == ["block", "block"]
    server.operator("set-role", "Harbor Media", "owner@example.com", "owner")
    switch_business(page, "Harbor Media")
    page.goto(KEYS)
    assert screen(server, create(page, "Harbor dialer"), LINE) == "allow"


def test_block_by_hand(page_of: PageOf, server: Server) -> None:
    """The form takes numbers as people write them, and a note; it previews what the block would have stopped."""
    page = page_of("admin@example.com", path=TAB)
    page.get_by_role("button", name="Block a number").click()
    dialog = page.get_by_role("dialog", name="Block callers")
    dialog.get_by_label("Number").fill("(312) 555-0177 ext 12")
    expect(dialog.get_by_text("The extension 12 was left out")).to_be_visible()
    expect(dialog.get_by_text("Would have stopped no calls in the last 30 days.")).to_be_visible()
    dialog.get_by_label("Note").fill("Robocall, solar")
    dialog.get_by_role("button", name="Block", exact=True).click()
    row = page.get_by_role("table", name="Blocked callers").get_by_role("row").filter(has_text="(312) 555-0177")
    expect(row).to_contain_text("Robocall, solar")
    page.get_by_role("button", name="Block a number").click()
    dialog.get_by_label("Number").fill("12\n+1 646 555*")
    dialog.get_by_role("button", name="Block", exact=True).click()
    expect(dialog.get_by_role("alert").filter(has_text="Enter the number with its area code")).to_be_visible()
    expect(dialog.get_by_label("Number")).to_have_value("12")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("table", name="Blocked callers")).to_contain_text("+1 646-555…")


def test_block_from_the_call_log_one_many_and_details(page_of: PageOf) -> None:
    """A row, a selection of rows and the call details all open the same dialog; log and tab agree immediately."""
    page = page_of("owner@example.com", path="/calls?period=30&status=completed")
    log = page.get_by_role("table", name="Calls")
    dialog = page.get_by_role("dialog", name="Block callers")
    rows = log.locator("tbody tr")
    callers = [text for text in dict.fromkeys(rows.locator("td:nth-child(4) code").all_inner_texts()) if text[0] == "("]
    first, second, third, fourth = callers[:4]

    log.get_by_role("button", name=f"Block {first}", exact=True).first.click()
    expect(dialog.get_by_text("Would have stopped")).to_be_visible()
    dialog.get_by_role("button", name="Block", exact=True).click()
    expect(log.get_by_role("button", name=f"Unblock {first}", exact=True).first).to_be_visible()

    for caller in (second, third):
        log.get_by_role("checkbox", name=f"Select {caller}", exact=True).first.check()
    page.get_by_role("button", name="Block 2 numbers").click()
    dialog.get_by_role("button", name="Block", exact=True).click()
    expect(log.get_by_role("button", name=f"Unblock {third}", exact=True).first).to_be_visible()
    expect(log.get_by_role("checkbox", checked=True)).to_have_count(0)
    expect(page.get_by_text("2 selected")).to_have_count(0)

    log.get_by_role("button", name=f"Details of the call from {fourth}").first.click()
    page.get_by_role("dialog", name="Call details").get_by_role("button", name=f"Block {fourth}").click()
    dialog.get_by_role("button", name="Block", exact=True).click()
    expect(log.get_by_role("button", name=f"Unblock {fourth}", exact=True).first).to_be_visible()
    page.goto(TAB)
    for caller in (first, second, third, fourth):
        expect(page.get_by_role("table", name="Blocked callers")).to_contain_text(caller)


def test_thirty_days_of_stops_are_counted_also_for_removed_entries(page_of: PageOf, server: Server) -> None:
    """A removed entry leaves the list, but the calls it stopped stay in the 30-day total."""
    page = page_of("owner@example.com", path=KEYS)
    key = create(page, "Dialer")
    page.goto(TAB)
    stopped = page.locator("dl.stats div", has_text="Stopped, last 30 days").locator("b")
    after = str(int(stopped.inner_text()) + 3)
    block(page, SPAMMER)
    for _ in range(3):
        assert screen(server, key, LINE) == "block"
    page.reload()
    expect(stopped).to_have_text(after)
    row = page.get_by_role("table", name="Blocked callers").get_by_role("row").filter(has_text="(312) 555-0177")
    expect(row.locator("td.num").first).to_have_text("3")
    row.get_by_role("button", name="Unblock").click()
    expect(row).to_have_count(0)
    page.reload()
    expect(stopped).to_have_text(after)


def test_the_next_call_after_unblock_is_allowed(page_of: PageOf, server: Server) -> None:
    """Unblocking takes effect immediately, and so does undoing it."""
    page = page_of("owner@example.com", path=KEYS)
    key = create(page, "Dialer")
    page.goto(TAB)
    block(page, SPAMMER)
    assert screen(server, key, LINE) == "block"
    page.get_by_role("button", name="Unblock (312) 555-0177").click()
    expect(page.get_by_text("(312) 555-0177 unblocked")).to_be_visible()
    assert screen(server, key, LINE) == "allow"
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("button", name="Unblock (312) 555-0177")).to_be_visible()
    assert screen(server, key, LINE) == "block"


def block(page: Page, number: str) -> None:
    """Block a number in the tab's dialog."""
    page.get_by_role("button", name="Block a number").click()
    dialog = page.get_by_role("dialog", name="Block callers")
    dialog.get_by_label("Number").fill(number)
    dialog.get_by_role("button", name="Block", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(card(page, "Blocked callers").get_by_role("table")).to_be_visible()


def screen(server: Server, key: str, to: str) -> str:
    """Ask the API whether to connect a call from the blocked caller."""
    answer = httpx.post(f"{server.origin}/api/v1/calls/screen", json={"from": SPAMMER, "to": to}, headers=bearer(key))
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["action"]  # type: ignore[no-any-return]
