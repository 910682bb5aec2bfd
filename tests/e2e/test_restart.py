"""The server restarts under open windows, after an upgrade or a crash."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.browser import Complaints, account, card, open_tab
from tests.e2e.fixtures import PageOf
from tests.e2e.payouts import FIRST, fill_address, save_first
from tests.e2e.server import Server

PROVOKED = "WebSocket|ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET"
RECONNECTS_WITHIN_MS = 15_000
NOT_SEARCHED_WITHIN_MS = 1_000
REOPENED_WITHIN_MS = 5_500
"""How long a dialog waits for a new server to know of it."""


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


def test_a_draft_begun_after_a_save_outlives_a_restart_too(
    page_of: PageOf, server: Server, complaints: Complaints
) -> None:
    """A new server counts its answers from zero, which is not an answer to the form."""
    complaints.expect(PROVOKED)
    page = page_of()
    form = card(page, "Name")
    form.get_by_label("Full name").fill("Pat Moreau II")
    form.get_by_role("button", name="Save").click()
    expect(account(page)).to_have_accessible_name("Account of Pat Moreau II")
    expect(form.get_by_text("Saved", exact=True)).to_be_hidden()
    form.get_by_label("Full name").fill("Pat Moreau III")
    _restart(page, server)
    expect(form.get_by_label("Full name")).to_have_value("Pat Moreau III")
    expect(form.get_by_text("Unsaved changes")).to_be_visible()


@pytest.mark.parametrize(
    ("path", "opener", "label", "typed", "deed", "done"),
    [
        ("/settings?tab=api-keys", "Create key", "Name", "CRM sync", "Create key", "I have stored it"),
        ("/settings?tab=blocked-callers", "Block a number", "Number", "(415) 555-0177", "Block", "1 blocked"),
        ("/settings?tab=support", "New ticket", "Subject", "No sound", "Create ticket", "Enter a description."),
        ("/business", "Invite a member", "Email", "pat.moss@example.com", "Send invitation", "pat.moss@example.com"),
        ("/numbers", "Add a number", "Number", "(415) 555-0177", "Add number", "Enter a source."),
        ("/settings?tab=billing", "Add funds", "Amount", "7", "Add funds", "Enter an amount from $10"),
    ],
)
def test_a_dialog_stays_open_with_what_was_typed(
    page_of: PageOf,
    server: Server,
    complaints: Complaints,
    path: str,
    opener: str,
    label: str,
    typed: str,
    deed: str,
    done: str,
) -> None:
    """It can then be sent, and closed."""
    complaints.expect(PROVOKED)
    page = page_of("owner@example.com", path=path)
    page.get_by_role("button", name=opener, exact=True).click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_label(label, exact=True).fill(typed)
    _restart(page, server)
    expect(dialog.get_by_label(label, exact=True)).to_have_value(typed)
    page.wait_for_timeout(REOPENED_WITHIN_MS)
    expect(dialog.get_by_label(label, exact=True)).to_have_value(typed)
    dialog.get_by_role("button", name=deed, exact=True).click()
    expect(page.get_by_text(done).first).to_be_visible()
    if done.startswith("Enter"):
        page.keyboard.press("Escape")
        expect(dialog).to_have_count(0)


def test_a_dialog_about_one_of_many_stays_open_about_the_same(
    page_of: PageOf, server: Server, complaints: Complaints
) -> None:
    """A number that is renamed, a key that is rotated, and a plan that is chosen."""
    complaints.expect(PROVOKED)
    page = page_of("owner@example.com", path="/numbers")
    dialog = page.locator("dialog[open]")
    page.get_by_role("button", name=re.compile("^Rename source of")).nth(2).click()
    heading = dialog.get_by_role("heading").inner_text()
    dialog.get_by_label("Source").fill("Bing Ads")
    _restart(page, server)
    page.wait_for_timeout(REOPENED_WITHIN_MS)
    expect(dialog.get_by_role("heading")).to_have_text(heading)
    dialog.get_by_role("button", name="Rename source").click()
    expect(page.get_by_role("row").filter(has_text=heading.removeprefix("Rename the source of "))).to_contain_text(
        "Bing Ads"
    )
    expect(dialog).to_have_count(0)

    page.goto("/settings?tab=api-keys")
    _create_key(page)
    dialog.get_by_role("button", name="I have stored it").click()
    page.get_by_role("button", name="Rotate CRM sync").click()
    dialog.get_by_label("Grace period").select_option("7 days")
    _restart(page, server)
    page.wait_for_timeout(REOPENED_WITHIN_MS)
    expect(dialog.get_by_role("heading")).to_have_text("Rotate CRM sync?")
    dialog.get_by_role("button", name="Rotate key").click()
    expect(page.get_by_label("New key", exact=True)).to_have_value(re.compile("^cs_key_"))
    dialog.get_by_role("button", name="I have stored it").click()

    page.goto("/settings?tab=billing")
    page.get_by_role("button", name=re.compile("^(Change|Choose a) plan")).click()
    chosen = dialog.get_by_role("radio").last
    chosen.check()
    _restart(page, server)
    page.wait_for_timeout(REOPENED_WITHIN_MS)
    expect(chosen).to_be_checked()
    dialog.get_by_role("button", name="Review cost").click()
    expect(dialog).to_contain_text("Due today")
    heading = dialog.get_by_role("heading").inner_text()
    _restart(page, server)
    page.wait_for_timeout(REOPENED_WITHIN_MS)
    expect(dialog.get_by_role("heading")).to_have_text(heading)
    expect(dialog).to_contain_text("Due today")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)


def test_an_import_goes_on_in_its_dialog_after_a_restart(
    page_of: PageOf, server: Server, complaints: Complaints
) -> None:
    """It has the result of the last file, which nobody could find again."""
    complaints.expect(PROVOKED)
    page = page_of("owner@example.com", path="/settings?tab=blocked-callers")
    page.get_by_role("button", name="Import", exact=True).click()
    dialog = page.get_by_role("dialog", name="Import from a file")
    file: FilePayload = {"name": "callers.csv", "mimeType": "text/csv", "buffer": b"number\n(415) 555-0177\n"}
    dialog.get_by_label("File").set_input_files(file)
    expect(dialog).to_contain_text("1 blocked")
    _restart(page, server)
    page.wait_for_timeout(REOPENED_WITHIN_MS)
    expect(dialog).to_contain_text("1 blocked")
    dialog.get_by_label("File").set_input_files(file)
    expect(dialog).to_contain_text("1 already blocked")
    dialog.get_by_role("button", name="Close").click()
    expect(dialog).to_be_hidden()


def test_a_new_key_stays_shown_until_it_is_stored(page_of: PageOf, server: Server, complaints: Complaints) -> None:
    """It is shown only once, so a restart must not take it away; a page that is loaded again has lost it, and says so
    instead of showing an empty field."""
    complaints.expect(PROVOKED)
    page = page_of("owner@example.com", path="/settings?tab=api-keys")
    page.on("dialog", lambda question: question.accept())
    _create_key(page)
    secret = page.get_by_label("New key", exact=True)
    expect(secret).to_have_value(re.compile("^cs_key_"))
    _restart(page, server)
    page.wait_for_timeout(REOPENED_WITHIN_MS)
    expect(secret).to_have_value(re.compile("^cs_key_"))
    page.reload()
    expect(page.get_by_text("The new key cannot be shown again. If you did not store it, revoke it.")).to_be_visible()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_what_is_sent_from_a_dialog_while_the_server_is_away_is_answered_there(
    page_of: PageOf, server: Server, complaints: Complaints
) -> None:
    """The new key is shown, not hidden again by the dialog that asked for it."""
    complaints.expect(PROVOKED)
    page = page_of("owner@example.com", path="/settings?tab=api-keys")
    page.get_by_role("button", name="Create key", exact=True).click()
    page.get_by_role("dialog").get_by_label("Name").fill("CRM sync")
    _restart(page, server, meanwhile=page.get_by_role("dialog").get_by_role("button", name="Create key").click)
    secret = page.get_by_label("New key", exact=True)
    expect(secret).to_have_value(re.compile("^cs_key_"))
    page.wait_for_timeout(REOPENED_WITHIN_MS)
    expect(secret).to_be_visible()
    page.get_by_role("button", name="I have stored it").click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_list_that_was_searched_stays_searched(page_of: PageOf, server: Server, complaints: Complaints) -> None:
    complaints.expect(PROVOKED)
    page = page_of("owner@example.com", path="/business")
    rows = card(page, "Members").get_by_role("row")
    search = page.get_by_label("Search members")
    search.fill("viewer@")
    expect(rows).to_have_count(2)
    _restart(page, server)
    expect(search).to_have_value("viewer@")
    page.wait_for_timeout(NOT_SEARCHED_WITHIN_MS)
    expect(rows).to_have_count(2)


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


def _create_key(page: Page) -> None:
    page.get_by_role("button", name="Create key", exact=True).click()
    page.get_by_role("dialog").get_by_label("Name").fill("CRM sync")
    page.get_by_role("dialog").get_by_role("button", name="Create key").click()


def _restart(page: Page, server: Server, meanwhile: Callable[[], object] = lambda: None) -> None:
    """Restart the server, and wait until the page has noticed both."""
    lost = page.get_by_text("Connection lost")
    server.stop()
    expect(lost).to_have_count(1)
    meanwhile()
    server.start()
    expect(lost).to_have_count(0, timeout=RECONNECTS_WITHIN_MS)
