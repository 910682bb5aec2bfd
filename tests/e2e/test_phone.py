"""Everything fits on a phone."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import EVERY_PAGE, account, card, fill_sign_in, open_page, open_tab, tab
from tests.e2e.fixtures import NewBrowser, PageOf
from tests.e2e.payouts import change, save_first
from tests.e2e.server import Server
from tests.e2e.tickets import SUPPORT, create_ticket, open_form

PHONES = pytest.mark.parametrize("width", [390, 360])
LONG_FILE = {"name": "a" * 90 + ".txt", "mimeType": "text/plain", "buffer": b"a"}
LONG = "a.rather.long.name.for.one.person@a-long-domain-name.subdomain.example"


@PHONES
def test_no_page_scrolls_sideways_on_a_phone(
    page_of: PageOf, new_browser: NewBrowser, server: Server, width: int
) -> None:
    """Not even with long names and addresses, or with a menu, a dialog or an error open."""
    outside = new_browser(width=width).new_page()
    outside.goto("/sign-in")
    _fits(outside)

    page = page_of("owner@example.com", width=width)
    page.get_by_label("Full name").fill("Wolfeschlegelsteinhausenbergerdorff" * 2)
    _fits(page)
    card(page, "Name").get_by_role("button", name="Save").click()
    expect(account(page)).to_have_accessible_name("Account of " + "Wolfeschlegelsteinhausenbergerdorff" * 2)
    account(page).click()
    _fits(page)
    page.keyboard.press("Escape")

    page.goto("/settings?tab=payouts")
    save_first(page, LONG)
    change(page, f"second.{LONG}")
    _fits(page)
    card(page, "Payout email").get_by_role("button", name="Cancel change").click()
    expect(page.get_by_role("dialog", name="Cancel this change?")).to_be_visible()
    _fits(page)
    page.keyboard.press("Escape")

    for path in (*EVERY_PAGE, "/settings?tab=rockets"):
        open_page(page, path)
        _fits(page)
    page.goto("/vocabulary")
    expect(card(page, "Table")).to_be_visible()
    _fits(page)
    for path in (server.link("owner@example.com", "was changed"), "/forgot-password", "/reset-password?token=x"):
        outside.goto(path)
        expect(outside.get_by_role("heading", level=1)).to_be_visible()
        _fits(outside)


@PHONES
def test_tickets_fit_on_a_phone_for_both_sides(page_of: PageOf, width: int) -> None:
    """With the form open, in a long thread, and at the staff desk."""
    page = page_of("owner@example.com", path=SUPPORT, width=width)
    create_ticket(page, "Wolfeschlegelsteinhausenbergerdorff" * 2, "x" * 300, [LONG_FILE])
    _fits(page)
    open_page(page, SUPPORT)
    form = open_form(page)
    form.get_by_label("Attachments").set_input_files([LONG_FILE])
    expect(form.get_by_role("button", name="Remove")).to_have_count(1)
    _fits(page)
    desk = page_of("staff@example.com", path="/staff", width=width)
    expect(card(desk, "Tickets")).to_be_visible()
    _fits(desk)
    desk.get_by_role("link", name="Wolfeschlegelsteinhausenbergerdorff" * 2).click()
    expect(desk.get_by_label("Reply")).to_be_visible()
    _fits(desk)


@PHONES
def test_the_sidebar_folds_into_a_menu(page_of: PageOf, width: int) -> None:
    page = page_of("owner@example.com", path="/settings?tab=payouts", width=width)
    main = page.get_by_role("navigation", name="Main")
    expect(main).to_be_hidden()
    menu = page.get_by_role("button", name="Menu")
    menu.click()
    expect(main.get_by_role("link", name="Settings")).to_be_visible()
    page.keyboard.press("Escape")
    expect(main).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    main.get_by_role("link", name="Settings").click()
    expect(tab(page, "Profile")).to_have_attribute("aria-current", "page")
    expect(main).to_be_hidden()


def test_the_business_is_switched_from_the_menu(page_of: PageOf) -> None:
    page = page_of("owner@example.com", width=390)
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Business: Northwind Leads. Switch").click()
    page.get_by_role("group", name="Switch business").get_by_role("button", name="Harbor Media").click()
    expect(page.get_by_text("Harbor Media · you are a viewer")).to_be_visible()


def test_the_current_tab_is_in_sight_in_a_bar_that_is_too_narrow(page_of: PageOf) -> None:
    page = page_of("owner@example.com", path="/settings?tab=payouts", width=360)
    expect(tab(page, "Payouts")).to_be_in_viewport(ratio=0.9)
    expect(tab(page, "Profile")).not_to_be_in_viewport(ratio=0.9)
    open_tab(page, "API Keys")
    expect(tab(page, "API Keys")).to_be_in_viewport(ratio=0.9)


def test_signing_in_and_saving_work_on_a_phone(new_browser: NewBrowser) -> None:
    page = new_browser(width=390).new_page()
    page.goto("/sign-in?next=/settings%3Ftab%3Dpayouts")
    fill_sign_in(page, "publisher@example.com")
    save_first(page)


def _fits(page: Page) -> None:
    wide = page.evaluate(
        """() => {
            const scrolls = (e) => e && (/auto|scroll/.test(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
            return [...document.querySelectorAll("body *")]
                .filter(e => e.checkVisibility() && e.getBoundingClientRect().right > innerWidth + 0.5)
                .filter(e => !scrolls(e.parentElement))
                .map(e => e.outerHTML.slice(0, 120));
        }"""
    )
    assert wide == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
