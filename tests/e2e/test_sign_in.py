"""Signing in, as users experience it."""

import re

from playwright.sync_api import Browser, Page, expect

from settings_ui.services.demo.seeding import PASSWORD
from tests.e2e.browser import Complaints, account, fill_sign_in
from tests.e2e.fixtures import NewBrowser
from tests.e2e.server import Server


def test_a_wrong_password_says_so_at_once_and_keeps_what_was_typed(
    new_browser: NewBrowser, complaints: Complaints
) -> None:
    """Within a second, without a page load, with the focus on the field to correct."""
    complaints.expect("status of 401")
    page = _refused(new_browser, "viewer@example.com", within_ms=1_000)
    expect(page.get_by_label("Email")).to_have_value("viewer@example.com")
    expect(page.get_by_label("Password")).to_have_value("demo-password-2025")
    expect(page.get_by_label("Password")).to_be_focused()
    fill_sign_in(page, "viewer@example.com")
    expect(account(page)).to_have_accessible_name("Account of Noor Haddad")


def test_an_email_that_was_typed_goes_along_to_the_form_for_a_new_password_and_back(
    new_browser: NewBrowser, complaints: Complaints
) -> None:
    """In no URL, which servers log, and gone from the window once it has signed in."""
    complaints.expect("status of 401")
    page = _refused(new_browser, "viewer@example.com")
    page.get_by_role("link", name="Forgot password?").click()
    expect(page).to_have_url(re.compile("/forgot-password/?$"))
    expect(page.get_by_label("Email")).to_have_value("viewer@example.com")
    page.get_by_role("button", name="Send link").click()
    expect(page.get_by_role("alert")).to_contain_text("we sent a link to it")
    expect(page.get_by_label("Email")).to_have_value("viewer@example.com")
    page.get_by_role("link", name="Back to sign in").click()
    expect(page.get_by_label("Email")).to_have_value("viewer@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(account(page)).to_be_visible()
    assert "viewer@example.com" not in page.evaluate("JSON.stringify({...sessionStorage, ...localStorage})")


def test_an_unknown_address_is_answered_like_a_wrong_password(new_browser: NewBrowser, complaints: Complaints) -> None:
    complaints.expect("status of 401")
    page = new_browser().new_page()
    page.goto("/sign-in")
    fill_sign_in(page, "nobody@example.com")
    expect(page.get_by_role("alert")).to_have_text("The email or password is incorrect.")


def test_one_click_on_a_demo_account_signs_in(new_browser: NewBrowser) -> None:
    page = new_browser().new_page()
    page.goto("/sign-in")
    accounts = page.get_by_role("group", name="Demo accounts").get_by_role("button")
    expect(accounts).to_have_count(6)
    accounts.filter(has_text="publisher@example.com").click()
    expect(account(page)).to_have_accessible_name("Account of Pat Moreau")
    expect(page).to_have_url(re.compile("/settings$"))


def test_signing_in_goes_on_to_what_was_asked_for_and_never_to_another_site(new_browser: NewBrowser) -> None:
    lands_on = {"/settings%3Ftab%3Dpayouts": r"/settings\?tab=payouts$", "//evil.example": "/settings$"}
    for asked, address in lands_on.items():
        page = new_browser().new_page()
        page.goto(f"/sign-in?next={asked}")
        fill_sign_in(page, "publisher@example.com")
        expect(account(page)).to_be_visible()
        expect(page).to_have_url(re.compile(f"^http://localhost:[0-9]+{address}"))


def test_whoever_is_signed_in_does_not_see_the_sign_in_page(new_browser: NewBrowser) -> None:
    context = new_browser()
    page = context.new_page()
    page.goto("/sign-in")
    fill_sign_in(page, "publisher@example.com")
    expect(account(page)).to_be_visible()
    again = context.new_page()
    for path in ("/sign-in", "/"):
        again.goto(path)
        expect(again).to_have_url(re.compile("/settings$"))


def test_the_form_signs_in_before_any_script_has_loaded(browser: Browser, server: Server) -> None:
    """A slow connection shows the form long before its script; it leads to the URL that was asked for."""
    context = browser.new_context(base_url=server.origin, java_script_enabled=False)
    page = context.new_page()
    page.goto("/settings?tab=support")
    fill_sign_in(page, "publisher@example.com")
    expect(page).to_have_url(re.compile(r"/settings\?tab=support$"))
    context.close()


def test_a_mailed_link_lets_the_right_password_in_while_others_guess(
    new_browser: NewBrowser, server: Server, complaints: Complaints
) -> None:
    """From the sign-in page to the mail and back; the link works in the browser that opens it."""
    complaints.expect("status of (401|429)")
    page = new_browser().new_page()
    page.goto("/sign-in")
    for _ in range(10):
        tried = page.request.post("/auth/sign-in", form={"email": "viewer@example.com", "password": "a guess"})
        assert tried.status == 401
    fill_sign_in(page, "viewer@example.com")
    expect(page.get_by_role("alert")).to_contain_text("Too many attempts. Try again in ")
    page.get_by_role("link", name="Get a sign-in link by email").click()
    page.get_by_label("Email").fill("viewer@example.com")
    page.get_by_role("button", name="Send link").click()
    expect(page.get_by_text("we sent a sign-in link to it")).to_be_visible()
    page.goto(server.link("viewer@example.com", "Your sign-in link"))
    expect(page).to_have_url(re.compile("/sign-in$"))
    fill_sign_in(page, "viewer@example.com")
    expect(account(page)).to_have_accessible_name("Account of Noor Haddad")


def _refused(new_browser: NewBrowser, email: str, *, within_ms: float | None = None) -> Page:
    """Return the page after a password that is not the account's was refused on it."""
    page = new_browser().new_page()
    page.goto("/sign-in")
    fill_sign_in(page, email, "demo-password-2025")
    expect(page.get_by_role("alert")).to_have_text("The email or password is incorrect.", timeout=within_ms)
    return page
