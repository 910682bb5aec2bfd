"""Profile: what a person keeps about themselves."""

from playwright.sync_api import expect

from tests.e2e.browser import account, card, switch_business
from tests.e2e.fixtures import PageOf


def test_a_name_needs_no_password_and_holds_in_every_business(page_of: PageOf) -> None:
    """One Save, no verification; the next sign-in and the other business have it too."""
    page = page_of("owner@example.com")
    name = card(page, "Name")
    expect(name.locator("input")).to_have_count(1)
    name.get_by_label("Full name").fill("Dana Reyes")
    name.get_by_role("button", name="Save").click()
    expect(name.get_by_text("Saved", exact=True)).to_be_visible()

    switch_business(page, "Harbor Media")
    later = page_of("owner@example.com")
    for window in (page, later):
        expect(account(window)).to_have_accessible_name("Account of Dana Reyes")
        expect(window.get_by_label("Full name")).to_have_value("Dana Reyes")
