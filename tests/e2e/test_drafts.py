"""Unsaved edits: marked, kept, and confirmed before they are discarded; errors appear at the field to correct."""

import os
import signal

import pytest
from playwright.sync_api import Dialog, Locator, Page, expect
from sqlmodel import select

from settings_ui.models import PayoutDestination
from tests.e2e.browser import Frames, account, card, open_tab, tab
from tests.e2e.fixtures import PageOf, open_window
from tests.e2e.payouts import FIRST, fill_address, save_address, save_first
from tests.e2e.server import Server

AMBER = "rgb(154, 74, 6)"
CALM = "rgb(227, 230, 236)"
INK = "rgb(18, 21, 28)"
PAPER = "rgb(255, 255, 255)"


def test_a_changed_field_turns_the_card_amber_until_it_is_saved_or_discarded(page_of: PageOf) -> None:
    page = page_of()
    name, full_name = card(page, "Name"), page.get_by_label("Full name")
    expect(name).to_have_css("border-top-color", CALM)
    expect(name.get_by_role("button", name="Discard")).to_be_hidden()

    full_name.fill("Pat M.")
    expect(name).to_have_css("border-top-color", AMBER)
    expect(name.get_by_text("Unsaved changes")).to_be_visible()
    name.get_by_role("button", name="Discard").click()
    expect(full_name).to_have_value("Pat Moreau")
    expect(name).to_have_css("border-top-color", CALM)

    full_name.fill("Pat M.")
    name.get_by_role("button", name="Save").click()
    expect(name.get_by_text("Saved", exact=True)).to_be_visible()
    expect(name).to_have_css("border-top-color", CALM)
    expect(name.get_by_text("Saved", exact=True)).to_be_hidden()
    expect(full_name).to_have_value("Pat M.")
    save = name.get_by_role("button", name="Save")
    expect(save).to_have_css("color", INK)
    expect(save).to_have_css("background-color", PAPER)  # the pointer is still on it


def test_typing_back_what_is_saved_leaves_nothing_to_save(page_of: PageOf) -> None:
    page = page_of()
    page.get_by_label("Full name").fill("Pat M.")
    page.get_by_label("Full name").fill("Pat Moreau")
    expect(card(page, "Name")).to_have_css("border-top-color", CALM)


def test_leaving_a_tab_with_edits_asks_first(page_of: PageOf) -> None:
    """Staying keeps the text and the tab; leaving discards the text."""
    page = page_of()
    question = page.get_by_role("dialog", name="Leave without saving?")
    page.get_by_label("Full name").fill("Pat M.")
    tab(page, "Payouts").click()
    expect(question).to_be_visible()
    question.get_by_role("button", name="Keep editing").click()
    expect(question).to_be_hidden()
    expect(page.get_by_label("Full name")).to_have_value("Pat M.")
    expect(tab(page, "Profile")).to_have_attribute("aria-current", "page")

    tab(page, "Payouts").click()
    question.get_by_role("button", name="Leave").click()
    expect(card(page, "Payout email")).to_be_visible()
    open_tab(page, "Profile")
    expect(page.get_by_label("Full name")).to_have_value("Pat Moreau")


def test_the_back_button_asks_too(page_of: PageOf) -> None:
    page = page_of()
    open_tab(page, "Payouts")
    fill_address(page, FIRST)
    page.go_back()
    question = page.get_by_role("dialog", name="Leave without saving?")
    expect(question).to_be_visible()
    page.keyboard.press("Escape")
    expect(question).to_be_hidden()
    expect(card(page, "Payout email").get_by_label("PayPal email")).to_have_value(FIRST)


def test_closing_the_window_with_edits_asks_first_and_staying_goes_on(page_of: PageOf) -> None:
    """The browser's prompt must not drop the connection: what was typed can still be saved."""
    page = page_of()
    page.get_by_label("Full name").fill("Pat M.")
    asked = _refuse_to_leave(page)
    sockets: list[str] = []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.close(run_before_unload=True)
    expect(page.get_by_label("Full name")).to_have_value("Pat M.")
    card(page, "Name").get_by_role("button", name="Save").click()
    expect(card(page, "Name").get_by_text("Saved", exact=True)).to_be_visible()
    assert asked == ["beforeunload"]
    assert sockets == []


def test_closing_a_window_without_edits_asks_nothing(page_of: PageOf) -> None:
    page = page_of()
    page.get_by_label("Full name").fill("Pat M.")
    card(page, "Name").get_by_role("button", name="Discard").click()
    with page.expect_event("close"):
        page.close(run_before_unload=True)


def test_switching_the_business_with_edits_asks_first(page_of: PageOf) -> None:
    """Staying keeps the business and what was typed; leaving discards the text."""
    page = page_of("owner@example.com")
    page.get_by_label("Full name").fill("Dana O.")
    question = _ask_for_the_other_business(page)
    question.get_by_role("button", name="Keep editing").click()
    card(page, "Name").get_by_role("button", name="Save").click()
    expect(card(page, "Name").get_by_text("Saved", exact=True)).to_be_visible()
    expect(page.get_by_text("Northwind Leads · you are an owner")).to_be_visible()

    page.get_by_label("Full name").fill("Dana R.")
    _ask_for_the_other_business(page).get_by_role("button", name="Leave").click()
    expect(page.get_by_text("Harbor Media · you are a viewer")).to_be_visible()
    expect(page.get_by_label("Full name")).to_have_value("Dana O.")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter a full name."),
        ("   ", "Enter a full name."),
        ("x" * 101, "Full name can have up to 100 characters; this has 101. Shorten it to save."),
        ("Pat\u202eMoreau", "Full name contains an invisible character. Type it again instead of pasting it."),
    ],
)
def test_a_bad_name_is_refused_at_the_field(page_of: PageOf, typed: str, message: str) -> None:
    """The field has the focus, the error is announced with it, and it keeps what was typed."""
    page = page_of()
    field = page.get_by_label("Full name")
    field.fill(typed)
    card(page, "Name").get_by_role("button", name="Save").click()
    expect(card(page, "Name").get_by_role("alert")).to_have_text([message])
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(message)
    expect(field).to_be_focused()
    expect(field).to_have_value(typed)
    field.fill("Pat M.")
    card(page, "Name").get_by_role("button", name="Save").click()
    expect(card(page, "Name").get_by_text("Saved", exact=True)).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter an email address."),
        ("nobody", "Enter an email address, like name@company.com."),
        ("pat@payee", "Enter an email address, like name@company.com."),
        ("pät@payee.example", "“ä” cannot be used in a PayPal address. Type the address again."),
        (FIRST.upper(), "Payouts already go to this address."),
    ],
)
def test_a_bad_paypal_email_is_refused_at_the_field(page_of: PageOf, typed: str, message: str) -> None:
    """The password does not have to be typed again."""
    page = page_of(path="/settings?tab=payouts")
    save_first(page)
    save_address(page, typed)
    form = card(page, "Payout email")
    email = form.get_by_label("PayPal email")
    expect(form.locator(".wrong:visible")).to_have_text([message])
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description(message)
    expect(email).to_be_focused()
    expect(email).to_have_value(typed)
    expect(form.get_by_label("Current password")).to_have_value("demo-password-2026")


def test_a_wrong_password_is_refused_at_its_field_and_nothing_typed_is_lost(page_of: PageOf) -> None:
    page = page_of(path="/settings?tab=payouts")
    save_address(page, FIRST, "not my password")
    form = card(page, "Payout email")
    password = form.get_by_label("Current password")
    expect(form.locator(".wrong:visible")).to_have_text(["This is not your current password."])
    expect(password).to_have_attribute("aria-invalid", "true")
    expect(password).to_be_focused()
    expect(password).to_have_value("not my password")
    expect(form.get_by_label("PayPal email")).to_have_value(FIRST)
    expect(form.get_by_label("PayPal email")).to_have_attribute("aria-invalid", "false")


@pytest.mark.parametrize(
    ("path", "name", "field", "typed"),
    [
        ("/settings?tab=profile", "Name", "Full name", ""),
        ("/settings?tab=profile", "Login email", "New email", "name@example.org"),
        ("/settings?tab=profile", "Password", "Current password", "wrong"),
        ("/settings?tab=payouts", "Payout email", "PayPal email", "nobody"),
        ("/settings?tab=billing", "Auto-recharge", "When below", "much"),
        ("/business", "Business settings", "Name", ""),
    ],
)
def test_discarding_takes_the_error_along(page_of: PageOf, path: str, name: str, field: str, typed: str) -> None:
    page = page_of("owner@example.com", path=path)
    form = card(page, name)
    form.get_by_label(field, exact=True).fill(typed)
    form.locator("button[type=submit]").click()
    expect(form.locator("[aria-invalid=true]")).not_to_have_count(0)
    form.get_by_role("button", name="Discard").click()
    expect(form.locator("[aria-invalid=true]")).to_have_count(0)
    expect(form.locator(".wrong:visible")).to_have_count(0)


def test_a_double_click_on_save_sends_once(page_of: PageOf, server: Server) -> None:
    page = page_of(path="/settings?tab=payouts")
    frames = Frames(page)
    page.reload()
    fill_address(page, FIRST)
    card(page, "Payout email").get_by_role("button", name="Save").dblclick()
    expect(card(page, "Payout email")).to_contain_text(f"Payouts go to {FIRST}.")
    assert len([frame for frame in frames.sent if "payouts.save" in frame]) == 1
    with server.database.read() as session:
        assert len(session.exec(select(PayoutDestination)).all()) == 1


def test_an_edit_survives_the_answer_to_what_was_sent_before_it(page_of: PageOf, server: Server) -> None:
    """A server may take long to answer; what is typed meanwhile is neither saved nor lost."""
    page = page_of()
    name, full_name = card(page, "Name"), page.get_by_label("Full name")
    full_name.fill("Pat M.")
    os.killpg(server.pid, signal.SIGSTOP)
    try:
        name.get_by_role("button", name="Save").click()
        full_name.fill("Pat M. Moreau")
    finally:
        os.killpg(server.pid, signal.SIGCONT)
    expect(account(page)).to_have_accessible_name("Account of Pat M.")
    expect(name.locator("form")).not_to_have_attribute("data-busy", "")
    expect(full_name).to_have_value("Pat M. Moreau")
    expect(name.get_by_text("Unsaved changes")).to_be_visible()
    name.get_by_role("button", name="Discard").click()
    expect(full_name).to_have_value("Pat M.")


def test_an_edit_survives_a_change_that_another_window_saves(page_of: PageOf) -> None:
    page = page_of()
    other = open_window(page.context)
    other.get_by_label("Full name").fill("Patrice")
    page.get_by_label("Full name").fill("Pat M.")
    card(page, "Name").get_by_role("button", name="Save").click()
    expect(other.get_by_role("button", name="Account of Pat M.")).to_be_visible()
    expect(other.get_by_label("Full name")).to_have_value("Patrice")
    expect(card(other, "Name")).to_have_css("border-top-color", AMBER)
    card(other, "Name").get_by_role("button", name="Discard").click()
    expect(other.get_by_label("Full name")).to_have_value("Pat M.")


def test_a_choice_survives_a_change_that_another_window_saves(page_of: PageOf) -> None:
    """As a text field keeps what was typed; a select that nobody touched shows what is new."""
    page = page_of("owner@example.com", path="/business")
    other = open_window(page.context, "/business")
    region, zone = "Region", "Time zone"
    other.get_by_label(zone).select_option("Asia/Tokyo")
    page.get_by_label(zone).select_option("Europe/Berlin")
    page.get_by_label(region).select_option("DE")
    card(page, "Business settings").get_by_role("button", name="Save").click()
    expect(other.get_by_label(region)).to_have_value("DE")
    expect(other.get_by_label(zone)).to_have_value("Asia/Tokyo")
    expect(card(other, "Business settings")).to_have_css("border-top-color", AMBER)
    card(other, "Business settings").get_by_role("button", name="Discard").click()
    expect(other.get_by_label(zone)).to_have_value("Europe/Berlin")


def _ask_for_the_other_business(page: Page) -> Locator:
    page.get_by_role("button", name="Business: Northwind Leads. Switch").click()
    page.get_by_role("group", name="Switch business").get_by_role("button", name="Harbor Media").click()
    question = page.get_by_role("dialog", name="Leave without saving?")
    expect(question).to_be_visible()
    return question


def _refuse_to_leave(page: Page) -> list[str]:
    """Answer the browser's prompts with "stay"; return the list of prompts."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return asked


def test_a_threshold_is_tried_where_the_slider_was_let_go(page_of: PageOf) -> None:
    """Moved faster than the server is asked, by keyboard or by pointer, no step is lost."""
    page = page_of("owner@example.com", path="/settings?tab=qualified-calls")
    slider, seconds = page.get_by_label("Threshold", exact=True), page.get_by_label("Seconds")
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowRight")
    expect(seconds).to_have_value("120")
    expect(slider).to_have_value("120")

    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 5, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=30)
    let_go = slider.input_value()
    page.mouse.up()
    expect(seconds).to_have_value(let_go)
    expect(slider).to_have_value(let_go)
    expect(page.locator(".compare")).to_contain_text(f"At {let_go} s")
    page.get_by_role("group", name="Presets").get_by_role("button", name="60").click()
    expect(slider).to_have_value("60")
