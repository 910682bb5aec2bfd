"""Everything can be done without a mouse, and the focus is always visible."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from settings_ui.services.demo.seeding import PASSWORD
from tests.e2e.browser import account, card, tab
from tests.e2e.fixtures import NewBrowser, PageOf
from tests.e2e.payouts import FIRST

FAR = 60
HAS_FOCUS = "wanted => wanted === document.activeElement"
WHERE = """wanted => {
    const element = document.activeElement, box = element.getBoundingClientRect();
    const style = getComputedStyle(element.closest(".signed") ?? element); // a field and its sign show it together
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    const there = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
    const shown = element === document.body || (outlined && there);
    return [element === wanted, shown ? null : element.outerHTML.slice(0, 200)];
}"""
"""Whether the element has the focus, and the focused element if it shows no focus indicator."""


def test_a_whole_visit_by_keyboard(new_browser: NewBrowser) -> None:
    """Sign in, switch to Payouts, save an address, change the theme, sign out."""
    page = new_browser().new_page()
    page.goto("/sign-in")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type("publisher@example.com")
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(account(page)).to_be_visible()

    tab_to(page, tab(page, "Payouts"))
    page.keyboard.press("Enter")
    form = card(page, "Payout email")
    expect(form).to_be_visible()
    tab_to(page, form.get_by_label("PayPal email"))
    page.keyboard.type(FIRST)
    tab_to(page, form.get_by_label("Current password"))
    page.keyboard.type(PASSWORD)
    tab_to(page, form.get_by_role("button", name="Save"))
    page.keyboard.press("Space")
    expect(form).to_contain_text(f"Payouts go to {FIRST}.")

    tab_to(page, account(page))
    page.keyboard.press("Enter")
    menu = page.get_by_role("group", name="Account")
    expect(menu).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(account(page)).to_be_focused()
    page.keyboard.press("Space")
    tab_to(page, menu.get_by_role("button", name="Dark"))
    page.keyboard.press("Space")
    expect(page.locator("body")).to_have_css("background-color", "rgb(11, 13, 18)")
    tab_to(page, menu.get_by_role("button", name="Sign out"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_the_first_stop_skips_to_the_content(page_of: PageOf) -> None:
    page = page_of()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(tab(page, "Profile")).to_be_focused()


@pytest.mark.parametrize(("words", "found"), [("subject", "Tickets"), ("invoices", "Invoices"), ("history", "History")])
def test_search_takes_the_focus_along(page_of: PageOf, words: str, found: str) -> None:
    """To a card whose field is in a closed dialog, and to one that has nothing to type in or to press."""
    page = page_of("owner@example.com")
    page.keyboard.press("/")
    page.get_by_role("combobox", name="Search settings").fill(words)
    page.keyboard.press("Enter")
    expect(card(page, found)).to_be_in_viewport()
    expect(page.locator("section:focus-within")).to_have_accessible_name(found)


def test_a_business_is_switched_by_keyboard(page_of: PageOf) -> None:
    page = page_of("owner@example.com")
    tab_to(page, page.get_by_role("button", name="Business: Northwind Leads. Switch"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("group", name="Switch business").get_by_role("button", name="Harbor Media"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Harbor Media · you are a viewer")).to_be_visible()


def test_edits_are_discarded_or_kept_by_keyboard(page_of: PageOf) -> None:
    page = page_of()
    tab_to(page, page.get_by_label("Full name"))
    page.keyboard.type("!")
    tab_to(page, tab(page, "Payouts"))
    page.keyboard.press("Enter")
    question = page.get_by_role("dialog", name="Leave without saving?")
    expect(question.get_by_role("button", name="Keep editing")).to_be_focused()
    page.keyboard.press("Tab")
    expect(question.get_by_role("button", name="Leave")).to_be_focused()
    page.keyboard.press("Escape")
    expect(tab(page, "Payouts")).to_be_focused()
    tab_to(page, card(page, "Name").get_by_role("button", name="Discard"))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Full name")).to_have_value("Pat Moreau")


def test_a_member_is_invited_and_the_invitation_withdrawn_by_keyboard(page_of: PageOf) -> None:
    page = page_of("owner@example.com", path="/business")
    invite = page.get_by_role("button", name="Invite a member")
    tab_to(page, invite)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Email")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(invite).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Email")).to_be_focused()
    page.keyboard.type("pat.moss@example.com")
    tab_to(page, dialog.get_by_label("Role"))
    page.keyboard.type("Man")
    tab_to(page, dialog.get_by_role("button", name="Send invitation"))
    page.keyboard.press("Enter")
    row = card(page, "Invitations").get_by_role("row").filter(has_text="pat.moss@example.com")
    expect(row).to_contain_text("Manager")
    tab_to(page, row.get_by_role("button", name="Withdraw"))
    page.keyboard.press("Space")
    expect(dialog).to_be_visible()
    tab_to(page, dialog.get_by_role("button", name="Withdraw"))
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)


def test_the_activity_is_filtered_by_keyboard(page_of: PageOf) -> None:
    page = page_of("owner@example.com", path="/activity")
    changes = card(page, "Changes").get_by_role("row")
    expect(changes.filter(has_text="added a member").first).to_be_visible()
    tab_to(page, page.get_by_label("Period"))
    page.keyboard.type("A")
    expect(page).to_have_url(re.compile(r"/activity\?period=all$"))
    expect(page.get_by_label("Period")).to_be_focused()
    expect(changes.filter(has_text="added a member").first).to_be_visible()
    expect(page.get_by_label("Period")).to_have_value("all")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("From", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_label("From", exact=True)).to_be_focused()
    page.keyboard.type("01012026")
    last = page.get_by_label("To", exact=True)
    tab_to(page, last)
    page.keyboard.type("02012026")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("first=2026-01-01&last=2026-02-01"))
    expect(page.get_by_text("No matching changes")).to_be_visible()
    expect(last).to_be_focused()
    tab_to(page, page.get_by_label("Who", exact=True))
    page.go_back()
    expect(last).to_have_value("")


def test_the_main_deed_of_each_tab_of_the_business_by_keyboard(page_of: PageOf) -> None:
    """One owner's visit; every dialog returns the focus to the control that opened it."""
    page = page_of("owner@example.com")
    tab_to(page, page.get_by_label("Full name"))
    page.keyboard.press("End")
    page.keyboard.type(" II")
    _save(page, card(page, "Name"))
    expect(account(page)).to_have_accessible_name("Account of Dana Okafor-Reyes II")

    _go(page, "Billing")
    _and_back(page, card(page, "Balance").get_by_role("button", name="Add funds"))
    tab_to(page, page.get_by_label("Alert level"))
    page.keyboard.press("Control+A")
    page.keyboard.type("12.50")
    _save(page, card(page, "Auto-recharge"))

    _go(page, "API Keys")
    create = card(page, "API keys").get_by_role("button", name="Create key")
    _and_back(page, create)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Name")).to_be_focused()
    page.keyboard.type("By hand")
    tab_to(page, dialog.get_by_role("button", name="Create key"))
    page.keyboard.press("Enter")
    stored = page.get_by_role("button", name="I have stored it")
    expect(stored).to_be_visible()
    tab_to(page, stored)
    page.keyboard.press("Enter")
    expect(create).to_be_focused()
    revoke = card(page, "API keys").get_by_role("button", name="Revoke By hand")
    _and_back(page, revoke)
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    tab_to(page, dialog.get_by_role("button", name="Revoke By hand"))
    page.keyboard.press("Enter")
    expect(revoke).to_have_count(0)
    expect(card(page, "API keys")).to_be_focused()  # the focused element is gone

    _go(page, "Qualified Calls")
    tab_to(page, page.get_by_label("Seconds"))
    page.keyboard.press("Control+A")
    page.keyboard.type("1:01")
    _save(page, card(page, "Duration threshold"))
    expect(card(page, "Recent changes")).to_contain_text("61 s")

    _go(page, "Blocked Callers")
    block = page.get_by_role("button", name="Block a number")
    _and_back(page, block)
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Number")).to_be_focused()
    page.keyboard.type("(415) 555-0188")
    tab_to(page, dialog.get_by_role("button", name="Block", exact=True))
    page.keyboard.press("Enter")
    unblock = page.get_by_role("button", name="Unblock (415) 555-0188")
    expect(unblock).to_be_visible()
    expect(block).to_be_focused()
    tab_to(page, unblock)
    page.keyboard.press("Enter")
    expect(unblock).to_have_count(0)
    expect(card(page, "Blocked callers")).to_be_focused()
    undo = page.get_by_role("button", name="Undo")
    expect(undo).to_be_visible()
    tab_to(page, undo)
    page.keyboard.press("Enter")
    expect(unblock).to_be_visible()
    expect(card(page, "Recent changes")).to_be_focused()  # the last card tabbed through on the way to Undo


def test_a_ticket_by_keyboard_from_a_call_to_solved(page_of: PageOf) -> None:
    page = page_of("manager@example.com", path="/calls")
    details = card(page, "Call log").get_by_role("button", name=re.compile("^Details of the call")).first
    _and_back(page, details)
    page.keyboard.press("Enter")
    ask = page.get_by_role("dialog").get_by_role("link", name="Ask support about this call")
    tab_to(page, ask)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="New ticket")
    expect(dialog.get_by_label("Subject")).to_be_focused()
    expect(dialog.get_by_label("Subject")).to_have_value(re.compile("^Call from "))
    tab_to(page, dialog.get_by_label("Priority"))
    page.keyboard.type("Hi")
    tab_to(page, dialog.get_by_label("Description"))
    page.keyboard.type("With the keyboard.")
    tab_to(page, dialog.get_by_role("button", name="Create ticket"))
    page.keyboard.press("Enter")
    thread = page.get_by_role("list", name="Thread")
    expect(thread).to_contain_text("With the keyboard.")
    tab_to(page, page.get_by_label("Reply"))
    page.keyboard.type("Still with the keyboard.")
    tab_to(page, page.get_by_role("button", name="Reply", exact=True))
    page.keyboard.press("Enter")
    expect(thread).to_contain_text("Still with the keyboard.")
    _and_back(page, page.get_by_role("button", name="Close ticket"))
    tab_to(page, page.get_by_role("button", name="Mark as solved"))
    page.keyboard.press("Enter")
    expect(thread).to_contain_text("marked this as solved")


def test_a_link_that_leads_away_from_itself_takes_the_focus_to_the_content(page_of: PageOf) -> None:
    page = page_of("manager@example.com", path="/settings?tab=support")
    tab_to(page, card(page, "Tickets").locator("table").get_by_role("link").first)
    page.keyboard.press("Enter")
    expect(page.get_by_role("list", name="Thread")).to_be_visible()
    expect(page.get_by_role("main")).to_be_focused()
    tab_to(page, page.get_by_role("link", name="All tickets"))


def _go(page: Page, name: str) -> None:
    """Open a tab."""
    page.keyboard.press("Control+Home")
    tab_to(page, tab(page, name))
    page.keyboard.press("Enter")
    expect(tab(page, name)).to_have_attribute("aria-current", "page")
    expect(page.locator("main .bone")).to_have_count(0)


def _save(page: Page, form: Locator) -> None:
    """Save a card; the focus stays where it is."""
    save = form.get_by_role("button", name="Save")
    tab_to(page, save)
    page.keyboard.press("Enter")
    expect(form.get_by_text("Saved", exact=True)).to_be_visible()
    expect(save).to_be_focused()


def _and_back(page: Page, button: Locator) -> None:
    """Open a button's dialog, and close it with Escape."""
    expect(button).to_be_visible()
    if not button.evaluate(HAS_FOCUS):
        tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(button).to_be_focused()


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until the element has the focus; every stop on the way must show a focus indicator."""
    for _ in range(FAR):
        page.keyboard.press("Tab")
        there, hidden = wanted.evaluate(WHERE)
        assert hidden is None
        if there:
            return
    raise AssertionError(f"{wanted} cannot be reached with Tab")
