"""Tabs are real links and do everything links do; also the business and theme switchers beside them."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.browser import account, card, open_page, open_tab, sign_out, switch_business, tab
from tests.e2e.fixtures import PageOf, open_window
from tests.e2e.tickets import SUPPORT, create_ticket, open_form

HIDDEN = "main [data-open=false]"


def test_back_and_forward_go_through_the_tabs(page_of: PageOf) -> None:
    page = page_of()
    open_tab(page, "Payouts")
    open_tab(page, "Profile")
    page.go_back()
    _is_open(page, "Payouts", "Payout email")
    page.go_back()
    _is_open(page, "Profile", "Name")
    page.go_forward()
    _is_open(page, "Payouts", "Payout email")


def test_the_address_of_a_tab_can_be_copied_into_another_window(page_of: PageOf) -> None:
    page = page_of()
    for name, heading in (("Payouts", "Payout email"), ("Profile", "Name")):
        address = tab(page, name).evaluate("link => link.href")
        copy = open_window(page.context, address)
        _is_open(copy, name, heading)


def test_a_tab_opens_without_loading_the_page_again(page_of: PageOf) -> None:
    page = page_of()
    page.evaluate("window.loadedOnce = true")
    open_tab(page, "Payouts")
    expect(card(page, "Payout email")).to_be_visible()
    assert page.evaluate("window.loadedOnce")


def test_a_tab_is_there_as_soon_as_it_is_clicked(page_of: PageOf) -> None:
    """Before the router or the server have answered; so Payouts, whose data is not there yet, begins with its bones."""
    page = page_of()
    then = tab(page, "Payouts").evaluate(
        """async (link) => {
          link.click();
          await Promise.resolve();
          return [link.ariaCurrent, location.search];
        }"""
    )
    assert then == ["page", ""]
    _is_open(page, "Payouts", "Payout email")
    expect(page).to_have_url(re.compile(r"/settings\?tab=payouts$"))


def test_a_tab_that_the_pointer_comes_near_is_drawn_and_only_shown_when_it_is_clicked(page_of: PageOf) -> None:
    page = page_of()
    tab(page, "Payouts").hover()
    drawn = page.locator(f"{HIDDEN} #paypal-email")
    expect(drawn).to_be_attached()
    expect(drawn).to_be_hidden()
    _is_open(page, "Profile", "Name")
    drawn.evaluate("(heading) => { window.drawn = heading; }")
    tab(page, "Payouts").click()
    _is_open(page, "Payouts", "Payout email")
    assert page.evaluate("drawn.isConnected && drawn.checkVisibility()"), "it was drawn again"


def test_back_from_a_tab_closes_its_dialog(page_of: PageOf) -> None:
    """A hidden modal dialog would make the whole page inert."""
    page = page_of("owner@example.com")
    tab(page, "API Keys").click()
    page.get_by_role("button", name="Create key", exact=True).click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.go_back()
    _is_open(page, "Profile", "Name")
    expect(page.locator("dialog[open]")).to_have_count(0)
    tab(page, "Support").click()
    _is_open(page, "Support", "Tickets")


def test_a_click_on_the_open_tab_is_no_step_to_go_back_through(page_of: PageOf) -> None:
    page = page_of()
    open_tab(page, "Payouts")
    expect(page).to_have_url(re.compile("tab=payouts"))
    steps = page.evaluate("history.length")
    tab(page, "Payouts").dblclick()
    page.go_back()
    _is_open(page, "Profile", "Name")
    assert page.evaluate("history.length") == steps


def test_what_is_clicked_last_is_where_it_leads(page_of: PageOf) -> None:
    page = page_of("owner@example.com")
    links = [tab(page, "Support"), page.get_by_role("navigation", name="Main").get_by_role("link", name="Calls")]
    page.evaluate("(links) => links.forEach((link) => link.click())", [link.element_handle() for link in links])
    expect(page).to_have_url(re.compile("/calls"))


def test_search_goes_to_a_card_of_a_tab_that_is_near(page_of: PageOf) -> None:
    page = page_of()
    tab(page, "Payouts").hover()
    expect(page.locator(f"{HIDDEN} #paypal-email")).to_be_attached()
    page.keyboard.press("/")
    page.get_by_role("combobox").fill("paypal email")
    page.keyboard.press("Enter")
    _is_open(page, "Payouts", "Payout email")
    expect(card(page, "Payout email").get_by_label("PayPal email")).to_be_focused()


def test_a_kept_draft_is_there_in_the_tab_that_is_clicked(page_of: PageOf) -> None:
    page = page_of("manager@example.com", path=SUPPORT)
    page.on("dialog", lambda question: question.accept())
    form = open_form(page)
    form.get_by_label("Subject").fill("No sound")
    open_page(page, "/settings?tab=profile")
    open_tab(page, "Support")
    expect(page).to_have_url(re.compile("tab=support"))
    expect(page.get_by_role("dialog", name="Leave without saving?")).to_be_hidden()
    expect(page.get_by_role("dialog", name="New ticket").get_by_label("Subject")).to_have_value("No sound")


def test_a_draft_in_a_tab_that_is_only_near_is_not_asked_about(page_of: PageOf) -> None:
    """It is kept for when the tab is opened."""
    page = page_of("manager@example.com", path=SUPPORT)
    page.on("dialog", lambda question: question.accept())
    create_ticket(page, "No sound", "Callers hear nothing.")
    reply = page.get_by_label("Reply")
    reply.fill("Since this morning.")
    ticket = page.url
    open_page(page, "/settings?tab=profile")
    tab(page, "Support").hover()
    expect(page.locator(f"{HIDDEN} form[data-draft]")).to_be_attached()
    open_tab(page, "Qualified Calls")
    expect(card(page, "Name")).to_have_count(0)
    open_page(page, ticket)
    expect(reply).to_have_value("Since this morning.")


def test_a_tab_opened_in_another_window_leaves_this_one_where_it_is(page_of: PageOf) -> None:
    page = page_of()
    with page.context.expect_page() as opened:
        tab(page, "Payouts").click(modifiers=["Control"])
    _is_open(opened.value, "Payouts", "Payout email")
    _is_open(page, "Profile", "Name")


def test_an_unknown_tab_shows_the_profile_and_says_why(page_of: PageOf) -> None:
    page = page_of(path="/settings?tab=rockets")
    _is_open(page, "Profile", "Name")
    notice = page.get_by_role("status").filter(has_text="This section does not exist.")
    expect(notice).to_be_visible()
    open_tab(page, "Payouts")
    expect(notice).to_be_hidden()


def test_a_tab_that_is_not_yours_names_the_roles_that_see_it_and_who_holds_them(page_of: PageOf) -> None:
    """Harbor Media has no Pay Per Call, and Dana is only a viewer there."""
    page = page_of("owner@example.com", path="/settings?tab=payouts")
    switch_business(page, "Harbor Media")
    expect(tab(page, "Payouts")).to_have_count(0)
    page.goto("/settings?tab=payouts")
    notice = page.get_by_role("status").filter(has_text="Payouts is for")
    expect(notice).to_contain_text(
        "Payouts is for publishers and for members with access to Pay Per Call. In Harbor Media, nobody has it now."
    )
    _is_open(page, "Profile", "Name")
    expect(page).to_have_url(re.compile(r"/settings\?tab=profile$"))


def test_switching_the_business_changes_what_the_window_shows_and_new_windows_follow(page_of: PageOf) -> None:
    page = page_of("owner@example.com")
    stays = open_window(page.context)
    expect(page.get_by_text("Northwind Leads · you are an owner")).to_be_visible()
    switch_business(page, "Harbor Media")
    expect(page.get_by_text("Harbor Media · you are a viewer")).to_be_visible()
    expect(open_window(page.context).get_by_text("Harbor Media · you are a viewer")).to_be_visible()
    open_tab(stays, "Payouts")
    expect(stays.get_by_text("Northwind Leads · you are an owner")).to_be_visible()


def test_whoever_has_one_business_has_no_switcher(page_of: PageOf) -> None:
    page = page_of("manager@example.com")
    expect(page.get_by_text("Northwind Leads").first).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Business: "))).to_have_count(0)


def test_a_chosen_theme_stays_in_this_browser(page_of: PageOf) -> None:
    """After a reload, in another window, and on the sign-in page; choosing System follows the system again."""
    page = page_of(theme="light")
    _has_theme(page, "light")
    account(page).click()
    theme = page.get_by_role("group", name="Account").get_by_role("group", name="Theme")
    theme.get_by_role("button", name="Dark").click()
    _has_theme(page, "dark")
    page.reload()
    _has_theme(page, "dark")
    _has_theme(open_window(page.context), "dark")
    page.bring_to_front()
    account(page).click()
    expect(theme.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    theme.get_by_role("button", name="System").click()
    _has_theme(page, "light")
    theme.get_by_role("button", name="Dark").click()
    page.keyboard.press("Escape")
    sign_out(page)
    _has_theme(page, "dark")


def test_the_theme_of_the_system_is_followed_until_one_is_chosen(page_of: PageOf) -> None:
    page = page_of(theme="dark")
    _has_theme(page, "dark")
    page.emulate_media(color_scheme="light")
    _has_theme(page, "light")


def _is_open(page: Page, name: str, heading: str) -> None:
    expect(tab(page, name)).to_have_attribute("aria-current", "page")
    expect(card(page, heading)).to_be_visible()


def _has_theme(page: Page, theme: str) -> None:
    canvas = {"light": "rgb(247, 248, 250)", "dark": "rgb(11, 13, 18)"}[theme]
    expect(page.locator("body")).to_have_css("background-color", canvas)
