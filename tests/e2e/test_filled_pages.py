"""A page has its content before any script has run, and what is clicked or typed until then is done afterwards."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.browser import EVERY_PAGE, Complaints, await_loaded, card, sign_in_behind, switch_business, tab
from tests.e2e.fixtures import NewBrowser, PageOf
from tests.e2e.server import Server

BONES = "main .bone"
FRAMES = """
let frames = 0;
const count = () => requestAnimationFrame(() => { if (document.querySelector("main")) frames += 1; count(); });
count();
const seen = new MutationObserver(() => {
  if (!document.querySelector("h2#api-keys")) return;
  window.framesBefore = frames;
  seen.disconnect();
});
seen.observe(document, { subtree: true, childList: true });
"""
TRIES = 4
"""A server that is busy sends a page as it was built, after half a second."""


class Held:
    """A page whose scripts do not run until they are let go."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._routes: list[Route] = []
        page.route("**/assets/entry.client*", self._hold)

    def open(self, path: str) -> None:
        """Open a page, without its scripts."""
        self._routes.clear()
        self.page.goto(path)

    def _hold(self, route: Route) -> None:
        self._routes.append(route)

    def let_go(self) -> None:
        """Let the scripts run, and wait until the window has loaded."""
        for route in self._routes:
            route.continue_()
        self.page.unroute("**/assets/entry.client*")
        await_loaded(self.page)


@pytest.fixture
def held_page(new_browser: NewBrowser) -> Callable[[str, str], Held]:
    """Opens a page whose scripts are held."""

    def open_held(email: str, path: str) -> Held:
        context = new_browser()
        sign_in_behind(context, email)
        held = Held(context.new_page())
        for _ in range(TRIES):
            held.open(path)
            if not held.page.locator(BONES).count():
                break
        return held

    return open_held


@pytest.mark.parametrize("path", EVERY_PAGE)
def test_every_page_is_there_before_its_scripts_and_react_takes_it_as_it_is(
    held_page: Callable[[str, str], Held], path: str
) -> None:
    held = held_page("owner@example.com", path)
    page = held.page
    expect(page.get_by_role("button", name="Account of Dana Okafor-Reyes")).to_be_visible()
    expect(page.locator(BONES)).to_have_count(0)
    words = page.locator("main").inner_text()
    page.evaluate("window.was = [document.querySelector('main'), document.querySelector('main h1, main h2')]; null")
    held.let_go()
    assert page.evaluate("was.every((element) => element.isConnected)"), "React has drawn it again"
    assert re.sub(r"\d+ \w+ ago|just now", "", page.locator("main").inner_text()) == re.sub(
        r"\d+ \w+ ago|just now", "", words
    )


def test_the_first_frame_does_not_wait_for_the_content(new_browser: NewBrowser, complaints: Complaints) -> None:
    complaints.expect("WebSocket")  # which a page that a test answers for may not open
    context = new_browser()
    sign_in_behind(context, "owner@example.com")
    page = context.new_page()
    page.add_init_script(FRAMES)
    page.route("**/settings?*", lambda route: route.fulfill(response=route.fetch()))  # both parts at once
    page.goto("/settings?tab=api-keys")
    expect(card(page, "API keys")).to_be_visible()
    assert page.evaluate("framesBefore") >= 1


def test_a_form_that_is_sent_early_is_saved(held_page: Callable[[str, str], Held]) -> None:
    held = held_page("owner@example.com", "/settings")
    name = card(held.page, "Name")
    name.get_by_label("Full name").fill("Dana W. Marsh")
    name.get_by_role("button", name="Save").click()
    held.let_go()
    expect(held.page.get_by_role("button", name="Account of Dana W. Marsh")).to_be_visible()
    expect(held.page).to_have_url(re.compile("/settings$"))


def test_what_is_typed_early_and_not_sent_is_an_unsaved_edit(held_page: Callable[[str, str], Held]) -> None:
    held = held_page("owner@example.com", "/settings")
    field = card(held.page, "Name").get_by_label("Full name")
    field.press("End")
    field.press_sequentially(" II")
    held.let_go()
    expect(field).to_have_value("Dana Okafor-Reyes II")
    tab(held.page, "API Keys").click()
    expect(held.page.get_by_role("dialog", name="Leave without saving?")).to_be_visible()


def test_a_dialog_that_is_asked_for_early_opens_once(held_page: Callable[[str, str], Held]) -> None:
    held = held_page("owner@example.com", "/settings?tab=api-keys")
    create = held.page.get_by_role("button", name="Create key").first
    create.click()
    create.click()
    held.let_go()
    dialog = held.page.get_by_role("dialog", name="Create")
    expect(dialog).to_be_visible()
    held.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_a_tab_that_is_clicked_early_is_opened_without_another_load(held_page: Callable[[str, str], Held]) -> None:
    held = held_page("owner@example.com", "/settings")
    held.page.evaluate("window.stays = true; null")
    tab(held.page, "Support").click()
    held.let_go()
    expect(card(held.page, "Tickets").or_(card(held.page, "Contact support")).first).to_be_visible()
    assert held.page.evaluate("window.stays")


def test_a_link_leads_on_when_the_scripts_do_not_come(held_page: Callable[[str, str], Held]) -> None:
    held = held_page("owner@example.com", "/settings")
    tab(held.page, "Support").click()
    tab(held.page, "API Keys").click()
    expect(held.page).to_have_url(re.compile("tab=api-keys"))
    held.let_go()
    expect(card(held.page, "API keys")).to_be_visible()


def test_a_choice_that_is_made_early_is_kept(held_page: Callable[[str, str], Held], server: Server) -> None:
    held = held_page("owner@example.com", "/settings")
    choice = card(held.page, "Email notifications").get_by_role("checkbox", disabled=False).first
    was = choice.is_checked()
    choice.set_checked(not was)
    held.let_go()
    expect(choice).to_be_checked(checked=not was)
    held.page.reload()
    await_loaded(held.page)
    expect(choice).to_be_checked(checked=not was)


def test_a_slider_that_is_moved_early_is_tried(held_page: Callable[[str, str], Held]) -> None:
    held = held_page("owner@example.com", "/settings?tab=qualified-calls")
    held.page.get_by_label("Threshold", exact=True).focus()
    for _ in range(5):
        held.page.keyboard.press("ArrowRight")
    held.let_go()
    expect(held.page.get_by_label("Seconds")).to_have_value("95")


def test_a_period_that_is_chosen_early_filters(held_page: Callable[[str, str], Held]) -> None:
    held = held_page("owner@example.com", "/calls")
    held.page.get_by_label("Period").select_option("All time")
    held.let_go()
    expect(held.page).to_have_url(re.compile("period="))
    expect(held.page.get_by_label("Period")).to_have_value("all")


def test_the_menus_of_the_browser_work_early(held_page: Callable[[str, str], Held]) -> None:
    held = held_page("owner@example.com", "/settings")
    held.page.get_by_role("button", name="Account of").click()
    expect(held.page.get_by_role("button", name="Sign out")).to_be_visible()
    held.page.get_by_role("button", name="Sign out").click()
    expect(held.page).to_have_url(re.compile("/sign-in"))


def test_a_window_that_is_loaded_again_waits_for_its_own_state(page_of: PageOf) -> None:
    """Its search is known to its state alone: other rows must not be shown first."""
    page = page_of("owner@example.com", path="/settings?tab=blocked-callers")
    page.evaluate("sessionStorage.length")
    held = Held(page)
    page.reload()
    expect(page.locator(BONES).first).to_be_visible()
    held.let_go()
    expect(page.locator(BONES)).to_have_count(0)


def test_a_window_of_another_business_never_shows_the_usual_one(page_of: PageOf) -> None:
    page = page_of("owner@example.com")
    other = page.context.new_page()
    other.goto("/settings")
    await_loaded(other)
    switch_business(other, "Harbor Media")
    held = Held(page)  # still bound to Northwind Leads, while new windows show Harbor Media
    page.goto("/settings?tab=profile")
    expect(page.locator(BONES).first).to_be_visible()
    expect(page.get_by_text("Harbor Media")).to_have_count(0)
    held.let_go()
    expect(page.get_by_text("Northwind Leads · you are an owner")).to_be_visible()
