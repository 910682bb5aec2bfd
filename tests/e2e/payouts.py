"""Helpers for the Payouts tab."""

from playwright.sync_api import Page, expect

from settings_ui.services.demo.seeding import PASSWORD
from tests.e2e.browser import card

FIRST, SECOND = "first@payee.example", "second@payee.example"


def fill_address(page: Page, email: str, password: str = PASSWORD) -> None:
    """Type an address and the current password."""
    page.bring_to_front()
    form = card(page, "Payout email")
    form.get_by_label("PayPal email").fill(email)
    form.get_by_label("Current password").fill(password)


def save_address(page: Page, email: str, password: str = PASSWORD) -> None:
    """Fill in both fields and click Save."""
    fill_address(page, email, password)
    card(page, "Payout email").get_by_role("button", name="Save").click()


def save_first(page: Page, email: str = FIRST) -> None:
    """Save the first address, and wait until it is in force."""
    save_address(page, email)
    expect(card(page, "Payout email")).to_contain_text(f"Payouts go to {email}.")


def change(page: Page, email: str = SECOND) -> None:
    """Save a new address, and wait until it is on hold."""
    save_address(page, email)
    expect(card(page, "Payout email").get_by_text("Change on hold")).to_be_visible()
