"""Profile: what people manage about themselves."""

import io

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from settings_ui.services.demo.seeding import PASSWORD
from tests.e2e.browser import Complaints, account, card, fill_sign_in, switch_business
from tests.e2e.fixtures import NewBrowser, PageOf
from tests.e2e.server import Server

COLOURS = {"PNG": (200, 30, 30), "JPEG": (30, 160, 60), "WEBP": (40, 60, 200), "GIF": (220, 160, 20)}


def test_a_name_needs_no_password_and_holds_in_every_business(page_of: PageOf) -> None:
    """One Save, no verification; the new name shows after the next sign-in and in the other business."""
    page = page_of("owner@example.com")
    name = card(page, "Name")
    expect(name.locator("input")).to_have_count(1)
    name.get_by_label("Full name").fill("Dana Reyes")
    name.get_by_role("button", name="Save").click()
    expect(name.get_by_text("Saved", exact=True)).to_be_visible()

    switch_business(page, "Harbor Media")
    later = page_of("owner@example.com")
    for window in (page, later):
        expect(account(window)).to_have_accessible_name("Account of Dana Reyes")
        expect(window.get_by_label("Full name")).to_have_value("Dana Reyes")


def test_name_email_and_photo_survive_a_new_session(page_of: PageOf, new_browser: NewBrowser) -> None:
    """All three persist in another browser, signed in with the new email."""
    page = page_of("manager@example.com")
    card(page, "Name").get_by_label("Full name").fill("Kim Larsen-Holt")
    card(page, "Name").get_by_role("button", name="Save").click()
    expect(card(page, "Name").get_by_text("Saved", exact=True)).to_be_visible()
    upload(page, "PNG")
    change_email(page, "kim@example.com")
    expect(card(page, "Login email")).to_contain_text("You sign in with kim@example.com.")

    later = new_browser().new_page()
    later.goto("/sign-in")
    fill_sign_in(later, "kim@example.com")
    expect(account(later)).to_have_accessible_name("Account of Kim Larsen-Holt")
    expect(card(later, "Login email")).to_contain_text("You sign in with kim@example.com.")
    expect(card(later, "Photo").get_by_role("img", name="Your photo")).to_be_visible()


def test_after_a_change_only_the_new_email_signs_in(
    page_of: PageOf, new_browser: NewBrowser, server: Server, complaints: Complaints
) -> None:
    """The old address is refused immediately and gets a notice; the new one works even before it is verified."""
    complaints.expect("401")
    page = page_of("viewer@example.com")
    change_email(page, "noor@example.com")
    expect(card(page, "Login email").get_by_text("Not verified")).to_be_visible()

    window = new_browser().new_page()
    window.goto("/sign-in")
    fill_sign_in(window, "viewer@example.com")
    expect(window.get_by_role("alert").filter(has_text="The email or password is incorrect.")).to_be_visible()
    fill_sign_in(window, "noor@example.com")
    expect(account(window)).to_be_visible()
    page.reload()
    expect(account(page)).to_be_visible()  # the session that changed it stays signed in

    link = server.link("viewer@example.com", "Your login email was changed")
    window.goto(link)
    window.get_by_role("button", name="Restore address").click()
    expect(window.get_by_role("heading", name="Address restored")).to_be_visible()
    back = new_browser().new_page()
    back.goto("/sign-in")
    fill_sign_in(back, "viewer@example.com")
    expect(account(back)).to_be_visible()


def test_an_email_change_without_the_current_password_changes_nothing(page_of: PageOf, new_browser: NewBrowser) -> None:
    """Neither without a password nor with a wrong one; the form keeps its input, and the old address still signs in."""
    page = page_of("admin@example.com")
    email = card(page, "Login email")
    email.get_by_label("New email").fill("sam@example.com")
    email.get_by_role("button", name="Change email").click()
    expect(email.get_by_text("Enter your current password.")).to_be_visible()
    email.get_by_label("Current password").fill("not my password at all")
    email.get_by_role("button", name="Change email").click()
    expect(email.get_by_text("This is not your current password.")).to_be_visible()
    expect(email.get_by_label("New email")).to_have_value("sam@example.com")
    expect(email).to_contain_text("You sign in with admin@example.com.")
    window = new_browser().new_page()
    window.goto("/sign-in")
    fill_sign_in(window, "admin@example.com")
    expect(account(window)).to_be_visible()


@pytest.mark.parametrize("kind", sorted(COLOURS))
def test_each_image_format_shows_in_header_and_menu(page_of: PageOf, kind: str) -> None:
    """Both in the window that uploads and in another open window, without a reload."""
    page = page_of("publisher@example.com")
    other = page.context.new_page()
    other.goto("/settings?tab=payouts")
    expect(account(other)).to_be_visible()
    upload(page, kind)
    for window in (page, other):
        window.bring_to_front()
        photo = account(window).locator("img")
        expect(photo).to_be_visible()
        assert photo.evaluate("async (img) => { await img.decode(); return img.naturalWidth; }") == 64
        account(window).click()
        expect(window.get_by_role("group", name="Account").locator("img")).to_be_visible()
    card(page, "Photo").get_by_role("button", name="Remove").click()
    expect(account(page).locator("img")).to_have_count(0)
    expect(account(page)).to_contain_text("PM")


def upload(page: Page, kind: str) -> None:
    """Choose an image, check its preview, and save it."""
    file = io.BytesIO()
    Image.new("RGB", (320, 240), COLOURS[kind]).save(file, kind)
    photo = card(page, "Photo")
    photo.get_by_label("Photo", exact=True).set_input_files(
        {"name": f"me.{kind.lower()}", "mimeType": f"image/{kind.lower()}", "buffer": file.getvalue()}
    )
    expect(photo.get_by_role("img", name="Preview of the new photo")).to_be_visible()
    photo.get_by_role("button", name="Use this photo").click()
    expect(photo.get_by_role("img", name="Your photo")).to_be_visible()
    expect(page.get_by_text("Photo saved")).to_be_visible()
    expect(photo.get_by_role("alert")).to_be_hidden()
    expect(photo.get_by_role("button", name="Upload photo")).to_be_focused()


def change_email(page: Page, email: str) -> None:
    """Change the login email, confirming with the password."""
    form = card(page, "Login email")
    form.get_by_label("New email").fill(email)
    form.get_by_label("Current password").fill(PASSWORD)
    form.get_by_role("button", name="Change email").click()
    expect(form).to_contain_text(f"You sign in with {email}.")
