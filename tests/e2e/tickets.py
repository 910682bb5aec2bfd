"""Opening and answering tickets through the page."""

from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import card

SUPPORT = "/settings?tab=support"


def open_form(page: Page) -> Locator:
    """Open the form for a new ticket."""
    card(page, "Tickets").get_by_role("button", name="New ticket").click()
    form = page.get_by_role("dialog", name="New ticket")
    expect(form).to_be_visible()
    return form


def create_ticket(page: Page, subject: str, description: str, files: Sequence[Path | dict[str, object]] = ()) -> None:
    """Create a ticket and wait until its thread is shown."""
    form = open_form(page)
    form.get_by_label("Subject").fill(subject)
    form.get_by_label("Category").select_option("Billing")
    form.get_by_label("Priority").select_option("High")
    form.get_by_label("Description").fill(description)
    if files:
        form.get_by_label("Attachments").set_input_files(files)  # type: ignore[arg-type]
        expect(form.get_by_role("button", name="Remove")).to_have_count(len(files))
        expect(form.get_by_role("progressbar")).to_have_count(0)
    form.get_by_role("button", name="Create ticket").click()
    expect(card(page, subject)).to_be_visible()


def reply(page: Page, text: str) -> None:
    """Reply in the open thread and wait until the reply appears."""
    page.bring_to_front()
    page.get_by_label("Reply").fill(text)
    page.get_by_role("button", name="Reply", exact=True).click()
    expect(page.get_by_role("list", name="Thread")).to_contain_text(text)
    expect(page.get_by_label("Reply")).to_have_value("")
