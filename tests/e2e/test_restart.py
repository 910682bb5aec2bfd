"""The server restarts under open windows, after an upgrade or a crash."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import Complaints, card, open_tab
from tests.e2e.fixtures import PageOf
from tests.e2e.payouts import FIRST, fill_address, save_first
from tests.e2e.server import Server

PROVOKED = "WebSocket|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET"
RECONNECTS_WITHIN_MS = 15_000


@pytest.mark.parametrize("crash", [False, True], ids=["stopped", "crashed"])
def test_a_page_reconnects_with_the_draft_still_there_and_saves_it(
    page_of: PageOf, server: Server, complaints: Complaints, crash: bool
) -> None:
    complaints.expect(PROVOKED)
    page = page_of(path="/settings?tab=payouts")
    fill_address(page, FIRST)
    server.stop(at_once=crash)
    server.start()
    form = card(page, "Payout email")
    expect(form.get_by_label("PayPal email")).to_have_value(FIRST)
    expect(form.get_by_text("Unsaved changes")).to_be_visible()
    form.get_by_role("button", name="Save").click()
    expect(form).to_contain_text(f"Payouts go to {FIRST}.", timeout=RECONNECTS_WITHIN_MS)


def test_a_page_goes_on_without_a_click_after_a_restart(
    page_of: PageOf, server: Server, complaints: Complaints
) -> None:
    """It receives other users' changes again."""
    complaints.expect(PROVOKED)
    page = page_of(path="/settings?tab=payouts")
    server.stop()
    server.start()
    other = page_of(path="/settings?tab=payouts")
    save_first(other)
    expect(card(page, "Payout email")).to_contain_text(f"Payouts go to {FIRST}.", timeout=RECONNECTS_WITHIN_MS)
    open_tab(page, "Profile")
    expect(card(page, "Name")).to_be_visible()
