"""Signing out leaves nothing of one user's data for the next."""

import re

from playwright.sync_api import expect

from settings_ui.services.demo.seeding import PASSWORD
from tests.e2e.browser import Frames, account, card, fill_sign_in, open_tab, sign_out
from tests.e2e.fixtures import PageOf, open_window
from tests.e2e.payouts import save_address

SIGN_IN = "(form) => void fetch('/auth/sign-in', {method: 'POST', body: new URLSearchParams(form)})"
"""Signs in from within the browser, as another window would: the new cookie is set before this window is notified."""


def test_signing_out_ends_every_window_of_the_browser_within_two_seconds(page_of: PageOf) -> None:
    page = page_of("owner@example.com")
    other = open_window(page.context, "/settings?tab=payouts")
    sign_out(page)
    expect(other).to_have_url(re.compile(r"/sign-in\?next="), timeout=2_000)
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_window_whose_session_was_ended_elsewhere_says_so(page_of: PageOf) -> None:
    page, elsewhere = page_of(path="/settings?tab=payouts"), page_of()
    card(elsewhere, "Sessions").get_by_role("button", name="Sign out all others").click()
    elsewhere.get_by_role("dialog").get_by_role("button", name="Sign out all others").click()
    expect(page.get_by_text("You are signed out. Sign in to go on.")).to_be_visible()
    page.goto("/sign-in")
    expect(page.get_by_text("Use your login email.")).to_be_visible()


def test_another_browser_of_the_same_person_goes_on(page_of: PageOf) -> None:
    page, elsewhere = page_of("owner@example.com"), page_of("owner@example.com")
    sign_out(page)
    open_tab(elsewhere, "Payouts")
    expect(card(elsewhere, "Payout email")).to_be_visible()


def test_each_session_to_sign_out_is_named_by_what_tells_it_from_the_others(page_of: PageOf) -> None:
    """By ear too: several sessions of one kind of browser are only told apart by network and time."""
    page_of("owner@example.com")
    page = page_of("owner@example.com")
    button = card(page, "Sessions").get_by_role("button", name=re.compile("^Sign out Chrome"))
    network = button.locator("xpath=ancestor::tr").locator("code").inner_text()
    seen = button.locator("xpath=ancestor::tr").locator("time").get_attribute("title")
    expect(button).to_have_accessible_name(re.compile(rf", {re.escape(network)}, last seen {re.escape(str(seen))}$"))


def test_the_back_button_shows_nothing_after_signing_out(page_of: PageOf) -> None:
    """Neither from a cache nor from the server."""
    page = page_of("owner@example.com")
    open_tab(page, "Payouts")
    sign_out(page)
    for _ in range(2):
        page.go_back()
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert "Okafor" not in page.content()
        assert "Northwind" not in page.content()


def test_two_people_who_follow_each_other_in_one_browser_see_nothing_of_each_other(page_of: PageOf) -> None:
    """Neither in pages nor in socket traffic, not even in a window that the first user left open."""
    first = page_of("owner@example.com", path="/settings?tab=payouts")
    save_address(first, "dana@okafor.example")
    expect(first.get_by_text("PayPal email saved")).to_be_visible()
    left_open = open_window(first.context, "/settings?tab=payouts")
    expect(left_open.get_by_text("dana@okafor.example").first).to_be_visible()
    sign_out(first)
    expect(left_open).to_have_url(re.compile("/sign-in"))

    heard = [Frames(first), Frames(left_open)]
    fill_sign_in(first, "publisher@example.com")
    expect(account(first)).to_have_accessible_name("Account of Pat Moreau")
    left_open.reload()
    for page in (first, left_open):
        expect(account(page)).to_have_accessible_name("Account of Pat Moreau")
        open_tab(page, "Payouts")
        expect(card(page, "Payout email")).to_contain_text("You cannot receive payouts yet")
        open_tab(page, "Profile")
        expect(card(page, "Name").get_by_label("Full name")).to_have_value("Pat Moreau")
        _has_nothing_of_dana(page.content())
        _has_nothing_of_dana(page.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}])"))
    for frames in heard:
        assert any("Pat Moreau" in frame for frame in frames.received)
        _has_nothing_of_dana("".join(frames.received))


def _has_nothing_of_dana(text: str) -> None:
    for trace in ("Okafor", "dana@", "owner@example.com\\", "Harbor Media"):
        assert trace not in text


def test_the_cookie_of_the_session_cannot_be_read_by_script_and_is_dead_after_signing_out(page_of: PageOf) -> None:
    page = page_of("owner@example.com")
    assert page.evaluate("document.cookie") == ""
    stolen = page.context.cookies()
    sign_out(page)
    page.context.add_cookies(stolen)
    page.goto("/settings")
    expect(page).to_have_url(re.compile("/sign-in"))


def test_a_window_of_the_last_person_cannot_act_for_the_next(page_of: PageOf) -> None:
    """When someone signs in without a prior sign-out, the first user's windows reload as the new user's."""
    page = page_of("admin@example.com", path="/settings?tab=payouts")
    page.evaluate(SIGN_IN, {"email": "publisher@example.com", "password": PASSWORD})
    expect(account(page)).to_have_accessible_name("Account of Pat Moreau")
    expect(page.get_by_text("you are a publisher")).to_be_visible()
    assert "Whitfield" not in page.content()
