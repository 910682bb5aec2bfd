"""What one window saves, other windows show; shared by the tests with one and with two processes."""

from collections.abc import Sequence

from playwright.sync_api import Page, expect

from tests.e2e.browser import account, card

WITHIN_MS = 2_000


def rename(page: Page, name: str) -> None:
    """Save a new name on the Profile tab."""
    page.bring_to_front()
    page.get_by_label("Full name").fill(name)
    card(page, "Name").get_by_role("button", name="Save").click()


def all_show(pages: Sequence[Page], name: str) -> None:
    """Every header and name field shows the new name within two seconds."""
    for page in pages:
        expect(account(page)).to_have_accessible_name(f"Account of {name}", timeout=WITHIN_MS)
        expect(page.get_by_label("Full name")).to_have_value(name, timeout=WITHIN_MS)
