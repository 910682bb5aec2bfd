"""Where Settings is and how to reach its sections."""

import pytest
from playwright.sync_api import expect

from tests.e2e.browser import card, fill_sign_in, open_tab, sign_in_behind, tab, tabs
from tests.e2e.fixtures import NewBrowser, PageOf, open_window

SECTIONS = (
    ("Profile", "Name"),
    ("Billing", "Balance"),
    ("API Keys", "API keys"),
    ("Qualified Calls", "Duration threshold"),
    ("Blocked Callers", "Blocked callers"),
    ("Support", "Tickets"),
    ("Payouts", "Payout email"),
)


def test_an_owner_finds_all_seven_sections(page_of: PageOf) -> None:
    """In this order; each one opens with its main card."""
    page = page_of("owner@example.com")
    expect(tabs(page)).to_have_text([label for label, _ in SECTIONS])
    for label, heading in SECTIONS:
        open_tab(page, label)
        expect(card(page, heading)).to_be_visible()
        expect(tab(page, label)).to_have_attribute("aria-current", "page")


def test_settings_opens_from_the_sidebar(page_of: PageOf) -> None:
    page = page_of("manager@example.com", path="/dashboard")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    expect(page.get_by_role("navigation", name="Settings tabs")).to_be_visible()


def test_the_tab_bar_switches_sections(page_of: PageOf) -> None:
    """The bar sits above the section, marks the open one, and shows one section at a time."""
    page = page_of("manager@example.com")
    expect(card(page, "Name")).to_be_visible()
    open_tab(page, "Payouts")
    expect(card(page, "Payout email")).to_be_visible()
    expect(card(page, "Name")).to_be_hidden()
    open_tab(page, "Profile")
    expect(card(page, "Name")).to_be_visible()
    expect(card(page, "Payout email")).to_be_hidden()
    bar = page.get_by_role("navigation", name="Settings tabs").bounding_box()
    section = card(page, "Name").bounding_box()
    assert bar is not None
    assert section is not None
    assert bar["y"] + bar["height"] <= section["y"]


@pytest.mark.parametrize(
    ("slug", "label", "heading"),
    [
        ("api-keys", "API Keys", "API keys"),
        ("qualified-calls", "Qualified Calls", "Duration threshold"),
        ("payouts", "Payouts", "Payout email"),
    ],
)
def test_a_url_opens_its_tab_also_through_sign_in(new_browser: NewBrowser, slug: str, label: str, heading: str) -> None:
    """Directly for a signed-in user; for anyone else after signing in."""
    address = f"/settings?tab={slug}"
    signed_in = new_browser()
    sign_in_behind(signed_in, "owner@example.com")
    signed_out = new_browser().new_page()
    signed_out.goto(address)
    fill_sign_in(signed_out, "owner@example.com")
    for page in (open_window(signed_in, address), signed_out):
        expect(card(page, heading)).to_be_visible()
        expect(tab(page, label)).to_have_attribute("aria-current", "page")
        assert page.url.endswith(address)
