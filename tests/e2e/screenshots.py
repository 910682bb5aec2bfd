"""Screenshots of every page as each role sees it: `python -m tests.e2e.screenshots FOLDER`."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from settings_ui.domain.access import Page as Pages
from settings_ui.domain.access import Tab, allows
from settings_ui.services.demo.seeding import PASSWORD, PEOPLE
from tests.e2e.browser import (
    account,
    card,
    fill_sign_in,
    launch,
    new_context,
    open_page,
    sign_in_behind,
    tab,
)
from tests.e2e.place import a_place
from tests.e2e.server import Server

WIDTHS = (1280, 390)
THEMES = ("light", "dark")
Shot = tuple[str, Page]
Scene = Callable[[Server, BrowserContext], Iterator[Shot]]


def main(folder: Path) -> None:
    """Write `page-role-theme-width.png` for every scene."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as room,
        a_place(Path(room)) as place,
        sync_playwright() as playwright,
    ):
        server = Server(place, Path(room) / "server")
        browser = launch(playwright)
        try:
            server.start()
            for theme in THEMES:
                for width in WIDTHS:
                    for scene in SCENES:
                        context = new_context(browser, server.origin, theme=theme, width=width)
                        for name, page in scene(server, context):
                            page.screenshot(
                                path=folder / f"{name}-{theme}-{width}.png", full_page=True, animations="disabled"
                            )
                        context.close()
                        server.restore()
        finally:
            browser.close()
            server.close()


def signing_in(_server: Server, context: BrowserContext) -> Iterator[Shot]:
    """The sign-in form, its errors, and the password reset pages."""
    page = context.new_page()
    page.goto("/sign-in")
    yield "sign-in", page
    fill_sign_in(page, "viewer@example.com", "not my password")
    expect(page.get_by_role("alert")).to_contain_text("incorrect")
    yield "sign-in-refused", page
    for name in ("forgot-password", "reset-password"):
        page.goto(f"/{name}?token=x")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        yield name, page


def first_look(_server: Server, context: BrowserContext) -> Iterator[Shot]:
    """Every page and every tab as each role finds it."""
    for email, _, role in PEOPLE:
        sign_in_behind(context, email)
        page = context.new_page()
        for place in (*Pages, *Tab):
            if place is Pages.SETTINGS or not allows(place.capability, role, pay_per_call=True):
                continue
            open_page(page, place.path if isinstance(place, Pages) else f"/settings?tab={place.slug}")
            yield f"{place.label.lower().replace(' ', '-')}-{role}", page
        page.close()


def shell(_server: Server, context: BrowserContext) -> Iterator[Shot]:
    """Menus, and the notices above the tab."""
    sign_in_behind(context, "owner@example.com")
    page = _open(context, "/settings?tab=nothing", "Name")
    yield "notice-unknown-owner", page
    account(page).click()
    yield "menu-account-owner", page
    page.keyboard.press("Escape")
    menu = page.get_by_role("button", name="Menu")
    if menu.is_visible():
        menu.click()
        yield "menu-sidebar-owner", page
    page.get_by_role("button", name="Business: Northwind Leads. Switch").click()
    yield "menu-businesses-owner", page
    page.get_by_role("button", name="Harbor Media").click()
    expect(page.get_by_text("Harbor Media · you are a viewer")).to_be_visible()
    open_page(page, "/settings?tab=payouts")
    yield "notice-forbidden-owner", page


def drafts(_server: Server, context: BrowserContext) -> Iterator[Shot]:
    """Unsaved edits, the prompt before they are discarded, and a validation error."""
    sign_in_behind(context, "manager@example.com")
    page = _open(context, "/settings", "Name")
    page.get_by_label("Full name").fill("Kim Larsen-Brandt")
    expect(page.get_by_text("Unsaved changes").first).to_be_visible()
    yield "profile-unsaved-manager", page
    tab(page, "Payouts").click()
    expect(page.get_by_role("dialog", name="Leave without saving?")).to_be_visible()
    yield "profile-leaving-manager", page
    page.get_by_role("button", name="Keep editing").click()
    page.get_by_label("Full name").fill("   ")
    card(page, "Name").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Enter a full name.")).to_be_visible()
    yield "profile-refused-manager", page


def payouts(server: Server, context: BrowserContext) -> Iterator[Shot]:
    """An address that is rejected, saved, changed, about to be cancelled; and the pages behind the mail links."""
    sign_in_behind(context, "admin@example.com")
    page = _open(context, "/settings?tab=payouts", "Payout email")
    _save(page, "nobody", "wrong")
    expect(page.get_by_text("Enter an email address, like")).to_be_visible()
    yield "payouts-refused-admin", page
    _save(page, "sam@whitfield.example", PASSWORD)
    expect(page.get_by_text("PayPal email saved")).to_be_visible()
    yield "payouts-in-force-admin", page
    _save(page, "a.rather.long.name.for.an.address@a-long-domain-name.subdomain.example", PASSWORD)
    expect(page.get_by_text("Change on hold for 72 hours")).to_be_visible()
    yield "payouts-on-hold-admin", page
    page.get_by_role("button", name="Cancel change").click()
    expect(page.get_by_role("dialog", name="Cancel this change?")).to_be_visible()
    yield "payouts-cancelling-admin", page
    page.close()
    for name, recipient, subject in (
        ("link-cancel", "admin@example.com", "was changed"),
        ("link-confirm", "sam@whitfield.example", "Confirm"),
    ):
        page = context.new_page()
        page.goto(server.link(recipient, subject))
        yield name, page
        page.get_by_role("button").click()
        yield f"{name}-done", page
        page.goto(server.link(recipient, subject))
        yield f"{name}-used", page
        page.close()


def business(server: Server, context: BrowserContext) -> Iterator[Shot]:
    """Members, an invitation, their dialogs, and the page linked from the mail."""
    sign_in_behind(context, "owner@example.com")
    page = _open(context, "/business", "Members")
    page.get_by_role("button", name="Invite a member").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Email").fill("pat.moss@example.com")
    yield "business-inviting-owner", page
    dialog.get_by_role("button", name="Send invitation").click()
    expect(card(page, "Invitations").get_by_role("row").filter(has_text="pat.moss@example.com")).to_be_visible()
    yield "business-invited-owner", page
    page.get_by_role("button", name="Remove", exact=True).nth(2).click()
    expect(dialog).to_be_visible()
    yield "business-removing-owner", page
    page.close()
    page = context.new_page()
    page.goto(server.link("pat.moss@example.com", "Join"))
    yield "join", page
    page.get_by_role("button", name="Join", exact=True).click()
    yield "join-refused", page


def first_run(server: Server, context: BrowserContext) -> Iterator[Shot]:
    """A business without any data."""
    server.operator("create-business", "Harbor Leads", "--owner", "owner@example.com")
    sign_in_behind(context, "owner@example.com")
    page = context.new_page()
    open_page(page, "/settings")
    if (menu := page.get_by_role("button", name="Menu")).is_visible():
        menu.click()
    page.get_by_role("button", name="Business: Northwind Leads. Switch").click()
    page.get_by_role("button", name="Harbor Leads").click()
    expect(page.get_by_text("Harbor Leads · you are an owner")).to_be_visible()
    for name in ("dashboard", "calls", "business", "activity"):
        open_page(page, f"/{name}")
        yield f"{name}-new-owner", page


def vocabulary(_server: Server, context: BrowserContext) -> Iterator[Shot]:
    """Every UI component."""
    sign_in_behind(context, "viewer@example.com")
    yield "vocabulary", _open(context, "/vocabulary", "Form")


SCENES: tuple[Scene, ...] = (signing_in, first_look, shell, drafts, payouts, business, first_run, vocabulary)


def _open(context: BrowserContext, path: str, heading: str) -> Page:
    page = context.new_page()
    page.goto(path)
    expect(account(page)).to_be_visible()
    expect(card(page, heading)).to_be_visible()
    return page


def _save(page: Page, email: str, password: str) -> None:
    form = card(page, "Payout email")
    form.get_by_label("PayPal email").fill(email)
    form.get_by_label("Current password").fill(password)
    form.get_by_role("button", name="Save").click()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
