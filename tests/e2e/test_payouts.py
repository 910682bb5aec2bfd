"""The hold on a changed PayPal email: counts down, can be cancelled on the page or by mail, and ends on time."""

import re

from playwright.sync_api import expect

from tests.e2e.browser import Complaints, Frames, card, sign_in_behind
from tests.e2e.fixtures import NewBrowser, PageOf
from tests.e2e.payouts import FIRST, SECOND, change, save_first
from tests.e2e.server import Server

PAYOUTS = "/settings?tab=payouts"
LOGIN = "publisher@example.com"


def test_a_change_counts_down_while_payouts_go_to_the_old_address(page_of: PageOf, server: Server) -> None:
    page = page_of(path=PAYOUTS)
    save_first(page)
    change(page)
    held = card(page, "Payout email")
    expect(held).to_contain_text(f"Payouts go to {FIRST}.")
    expect(held.locator(".countdown")).to_have_text("3 days left")
    server.let_time_pass(hours=60, minutes=30)
    page.reload()
    expect(held.locator(".countdown")).to_have_text("11 hours 30 minutes left")
    expect(card(page, "History").get_by_role("listitem").first).to_contain_text(f"Changed to {SECOND} On hold")


def test_cancelling_asks_first_and_escape_changes_nothing(page_of: PageOf) -> None:
    """The focus moves into the dialog, and back to the button that opened it."""
    page = page_of(path=PAYOUTS)
    save_first(page)
    change(page)
    button = card(page, "Payout email").get_by_role("button", name="Cancel change")
    question = page.get_by_role("dialog", name="Cancel this change?")

    button.click()
    expect(question.get_by_role("button", name="Keep change")).to_be_focused()
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(button).to_be_focused()

    button.click()
    question.get_by_role("button", name="Keep change").click()
    expect(question).to_be_hidden()
    expect(button).to_be_focused()

    button.click()
    question.get_by_role("button", name="Cancel change").click()
    expect(page.get_by_text("Change cancelled")).to_be_visible()
    expect(card(page, "Payout email")).to_contain_text(f"Payouts go to {FIRST}.")
    expect(card(page, "Payout email").get_by_label("PayPal email")).to_be_visible()
    expect(card(page, "History").get_by_role("listitem").first).to_contain_text(f"Changed to {SECOND} Cancelled")


def test_the_link_in_the_mail_cancels_once_and_open_windows_show_it(
    page_of: PageOf, new_browser: NewBrowser, server: Server, complaints: Complaints
) -> None:
    """In a browser where nobody is signed in, and only after a click: mail scanners open links."""
    complaints.expect("status of 410")
    page = page_of(path=PAYOUTS)
    save_first(page)
    change(page)
    link = server.link(LOGIN, "was changed")
    mailed = new_browser().new_page()
    mailed.goto(link)
    expect(mailed.get_by_role("heading", name="Cancel this change?")).to_be_visible()
    expect(mailed.locator("main")).to_contain_text(f"{SECOND} will not get your payouts from Northwind Leads.")
    expect(card(page, "Payout email").get_by_text("Change on hold")).to_be_visible()

    mailed.get_by_role("button", name="Cancel change").click()
    expect(mailed.get_by_role("heading", name="Change cancelled")).to_be_visible()
    expect(mailed.locator("main")).to_contain_text(f"They go to {FIRST}.")
    expect(card(page, "Payout email").get_by_text("Change on hold")).to_be_hidden(timeout=2_000)

    mailed.goto(link)
    expect(mailed.locator("main")).to_contain_text("This link was already used: the change was cancelled.")
    expect(mailed.get_by_role("button")).to_have_count(0)


def test_the_link_to_cancel_does_nothing_for_somebody_else(
    page_of: PageOf, new_browser: NewBrowser, server: Server, complaints: Complaints
) -> None:
    complaints.expect("status of 403")
    page = page_of(path=PAYOUTS)
    save_first(page)
    change(page)
    stranger = new_browser()
    sign_in_behind(stranger, "viewer@example.com")
    mailed = stranger.new_page()
    mailed.goto(server.link(LOGIN, "was changed"))
    expect(mailed.locator("main")).to_contain_text("This link is for another account.")
    expect(mailed.get_by_role("button")).to_have_count(0)


def test_the_new_address_confirms_by_mail_and_open_windows_show_it(
    page_of: PageOf, new_browser: NewBrowser, server: Server, complaints: Complaints
) -> None:
    complaints.expect("status of 410")
    page = page_of(path=PAYOUTS)
    save_first(page)
    expect(card(page, "Payout email").get_by_text("Not confirmed")).to_be_visible()
    link = server.link(FIRST, "Confirm this PayPal email")
    mailed = new_browser().new_page()
    mailed.goto(link)
    mailed.get_by_role("button", name="Confirm address").click()
    expect(mailed.get_by_role("heading", name="Address confirmed")).to_be_visible()
    expect(card(page, "Payout email").get_by_text("Confirmed", exact=True)).to_be_visible(timeout=2_000)
    mailed.goto(link)
    expect(mailed.locator("main")).to_contain_text("This address is already confirmed.")


def test_the_confirmation_can_be_sent_again_once_a_double_click(page_of: PageOf, server: Server) -> None:
    page = page_of(path=PAYOUTS)
    frames = Frames(page)
    page.reload()
    save_first(page)
    first = server.mail(FIRST, "Confirm this PayPal email")["Message-ID"]
    card(page, "Payout email").get_by_role("button", name="Resend it").dblclick()
    expect(page.get_by_text("Confirmation email sent")).to_be_visible()
    assert len([frame for frame in frames.sent if "send_confirmation" in frame]) == 1
    assert server.mail(FIRST, "Confirm this PayPal email")["Message-ID"] != first


def test_a_hold_that_ends_while_the_window_is_open_takes_effect_before_the_eyes(
    page_of: PageOf, server: Server
) -> None:
    page = page_of(path=PAYOUTS)
    save_first(page)
    change(page)
    server.let_time_pass(hours=71, minutes=59, seconds=56)
    page.reload()
    expect(card(page, "Payout email").locator(".countdown")).to_have_text("1 minute left")
    expect(card(page, "Payout email")).to_contain_text(f"Payouts go to {SECOND}.", timeout=8_000)
    expect(card(page, "Payout email").get_by_text("Change on hold")).to_be_hidden()
    expect(card(page, "History").get_by_role("listitem").first).to_contain_text("In force")


def test_the_mails_say_where_payouts_go_and_until_when_it_can_be_cancelled(page_of: PageOf, server: Server) -> None:
    page = page_of(path=PAYOUTS)
    save_first(page)
    change(page)
    text = server.mail(LOGIN, "was changed").get_content()
    assert text.startswith("Hello Pat Moreau,")
    assert re.search(rf"From \w+ \d+ \w+, \d\d:\d\d, your payouts from Northwind Leads go to\n{SECOND}\.", text)
    assert f"Until then, they go to {FIRST}." in text
    assert re.search(r"The link works until \w+ \d+ \w+, \d\d:\d\d\.", text)
