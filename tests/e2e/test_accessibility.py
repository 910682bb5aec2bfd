"""Axe finds no violation on any page, in light and in dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.browser import EVERY_PAGE, Complaints, account, card, fill_sign_in, open_page, switch_business
from tests.e2e.fixtures import NewBrowser, PageOf
from tests.e2e.payouts import FIRST, change, save_address, save_first
from tests.e2e.server import Server
from tests.e2e.tickets import SUPPORT, open_form

pytestmark = pytest.mark.parametrize("theme", ["light", "dark"])


def test_on_the_sign_in_page_also_when_it_refuses(new_browser: NewBrowser, complaints: Complaints, theme: str) -> None:
    complaints.expect("status of 401")
    page = new_browser(theme=theme).new_page()
    page.goto("/sign-in")
    _is_accessible(page)
    fill_sign_in(page, "viewer@example.com", "wrong")
    expect(page.get_by_role("alert")).not_to_be_empty()
    _is_accessible(page)


def test_on_profile_also_with_menus_edits_refusals_and_the_question(page_of: PageOf, theme: str) -> None:
    page = page_of("owner@example.com", theme=theme)
    _is_accessible(page)
    account(page).click()
    _is_accessible(page)
    page.get_by_role("button", name="Business: Northwind Leads. Switch").click()
    _is_accessible(page)
    page.keyboard.press("Escape")
    page.get_by_label("Full name").fill(" ")
    card(page, "Name").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter a full name.")).to_be_visible()
    _is_accessible(page)
    page.get_by_role("link", name="Payouts").click()
    expect(page.get_by_role("dialog", name="Leave without saving?")).to_be_visible()
    _is_accessible(page)


def test_on_payouts_empty_refused_in_force_on_hold_and_in_the_dialog(page_of: PageOf, theme: str) -> None:
    page = page_of("admin@example.com", path="/settings?tab=payouts", theme=theme)
    expect(card(page, "Recent changes")).to_be_visible()
    _is_accessible(page)
    save_address(page, "nobody", "wrong")
    expect(page.get_by_text("Enter an email address, like")).to_be_visible()
    _is_accessible(page)
    save_first(page)
    _is_accessible(page)
    change(page)
    _is_accessible(page)
    page.get_by_role("button", name="Cancel change").click()
    expect(page.get_by_role("dialog", name="Cancel this change?")).to_be_visible()
    _is_accessible(page)


def test_on_support_in_the_form_its_refusal_and_a_thread(page_of: PageOf, complaints: Complaints, theme: str) -> None:
    complaints.expect("status of 422")
    page = page_of("owner@example.com", path=SUPPORT, theme=theme)
    form = open_form(page)
    form.get_by_label("Subject").fill("Toll-free minutes billed")
    expect(form.get_by_role("link", name="Toll-free minutes billed twice")).to_be_visible()
    form.get_by_label("Attachments").set_input_files(
        [
            {"name": name, "mimeType": "text/plain", "buffer": data}
            for name, data in (("a.txt", b"a"), ("b.exe", b"MZ\0"))
        ]
    )
    expect(form.get_by_text("Only PNG, JPEG, GIF and WebP")).to_be_visible()
    form.get_by_role("button", name="Create ticket").click()
    expect(form.get_by_text("Enter a description.")).to_be_visible()
    _is_accessible(page)
    page.keyboard.press("Escape")
    expect(form).to_be_hidden()
    page.get_by_role("link", name="Port a number from another carrier").click()
    page.get_by_role("dialog", name="Leave without saving?").get_by_role("button", name="Leave").click()
    expect(page.get_by_label("Reply")).to_be_visible()
    _is_accessible(page)


def test_on_the_staff_desk(page_of: PageOf, theme: str) -> None:
    page = page_of("staff@example.com", path="/staff", theme=theme)
    expect(card(page, "Tickets")).to_be_visible()
    _is_accessible(page)
    page.get_by_role("link", name="Port a number from another carrier").click()
    page.get_by_role("button", name="Close ticket").click()
    expect(page.get_by_role("dialog", name="Close this ticket?")).to_be_visible()
    _is_accessible(page)


def test_on_the_vocabulary_and_a_phone(page_of: PageOf, theme: str) -> None:
    page = page_of("owner@example.com", path="/vocabulary", theme=theme, width=390)
    expect(card(page, "Table")).to_be_visible()
    _is_accessible(page)
    page.get_by_role("button", name="Menu").click()
    _is_accessible(page)


def test_on_every_page_as_an_owner_finds_it(page_of: PageOf, theme: str) -> None:
    page = page_of("owner@example.com", theme=theme)
    for path in (*EVERY_PAGE, "/settings?tab=rockets"):
        open_page(page, path)
        _is_accessible(page)


def test_on_business_with_its_dialogs_and_the_page_of_an_invitation(
    page_of: PageOf, new_browser: NewBrowser, server: Server, complaints: Complaints, theme: str
) -> None:
    complaints.expect("status of 422")
    page = page_of("owner@example.com", path="/business", theme=theme)
    page.get_by_role("button", name="Invite a member").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Email").fill("nobody")
    dialog.get_by_role("button", name="Send invitation").click()
    expect(dialog.get_by_role("alert").first).not_to_be_empty()
    _is_accessible(page)
    dialog.get_by_label("Email").fill("pat.moss@example.com")
    dialog.get_by_role("button", name="Send invitation").click()
    expect(card(page, "Invitations").get_by_role("row").filter(has_text="pat.moss@example.com")).to_be_visible()
    _is_accessible(page)
    for name in ("Withdraw", "Remove"):
        page.get_by_role("button", name=name, exact=True).first.click()
        expect(dialog).to_be_visible()
        _is_accessible(page)
        dialog.get_by_role("button", name="Keep").click()
    outside = new_browser(theme=theme).new_page()
    outside.goto(server.link("pat.moss@example.com", "Join"))
    _is_accessible(outside)
    outside.get_by_role("button", name="Join", exact=True).click()
    expect(outside.get_by_role("alert").first).to_be_visible()
    _is_accessible(outside)


def test_on_the_first_steps_of_a_new_business(page_of: PageOf, server: Server, theme: str) -> None:
    server.operator("create-business", "Harbor Leads", "--owner", "owner@example.com")
    page = page_of("owner@example.com", theme=theme)
    switch_business(page, "Harbor Leads")
    for path in ("/dashboard", "/calls", "/business", "/activity"):
        open_page(page, path)
        _is_accessible(page)


def test_on_every_page_outside(new_browser: NewBrowser, complaints: Complaints, theme: str) -> None:
    complaints.expect("status of 404")
    page = new_browser(theme=theme).new_page()
    for path in ("/sign-in", "/forgot-password", "/reset-password?token=x", "/nowhere"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        _is_accessible(page)


def test_on_the_pages_of_mail_links(
    page_of: PageOf, new_browser: NewBrowser, server: Server, complaints: Complaints, theme: str
) -> None:
    complaints.expect("status of 410")
    save_first(page_of(path="/settings?tab=payouts"))
    page = new_browser(theme=theme).new_page()
    for recipient, subject in ((FIRST, "Confirm"), ("publisher@example.com", "was saved")):
        link = server.link(recipient, subject)
        page.goto(link)
        _is_accessible(page)
        with page.expect_navigation():
            page.get_by_role("button").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        _is_accessible(page)
        page.goto(link)
        expect(page.get_by_role("heading", name="This link does not work")).to_be_visible()
        _is_accessible(page)


def _is_accessible(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")  # a half-finished fade-in has reduced contrast
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"
