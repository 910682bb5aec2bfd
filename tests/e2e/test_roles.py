"""Permissions as users see them: every role in a business with Pay Per Call and in one without, in one session."""

import re

import pytest
from playwright.sync_api import Page, expect

from settings_ui.domain.access import Page as Pages
from settings_ui.domain.access import Tab
from tests.e2e.browser import account, await_loaded, card, open_page, sign_in_behind, switch_business, tabs
from tests.e2e.fixtures import NewBrowser, PageOf
from tests.e2e.server import Server

NORTHWIND, HARBOR = "Northwind Leads", "Harbor Media"
ROLES = ("owner", "admin", "manager", "viewer", "publisher")
TABS = {
    "profile": ROLES,
    "billing": ("owner", "admin"),
    "api-keys": ("owner", "admin"),
    "qualified-calls": ("owner", "admin", "manager", "viewer"),
    "blocked-callers": ("owner", "admin"),
    "support": ("owner", "admin", "manager"),
    "payouts": ROLES,
}
PAGES = {
    "/dashboard": ("owner", "admin", "manager", "viewer"),
    "/calls": ("owner", "admin", "manager", "viewer"),
    "/numbers": ("owner", "admin"),
    "/business": ("owner", "admin"),
    "/activity": ("owner", "admin"),
    "/settings": ROLES,
}
CHANGES_THE_THRESHOLD = ("owner", "admin", "manager")
BLOCKS = SEES_CHANGES = ("owner", "admin")


def has_tab(role: str, slug: str, *, add_on: bool) -> bool:
    return role in TABS[slug] and (slug != "payouts" or add_on or role == "publisher")


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_its_tabs_pages_and_deeds_in_both_businesses(
    new_browser: NewBrowser, server: Server, role: str
) -> None:
    """Everything listed opens; everything else says who has access, even by its URL. The permissions are written out
    here again, so that no edit of the table goes unnoticed."""
    email = f"{role}@example.com"
    if role == "owner":
        server.operator("set-role", HARBOR, email, "owner")
    else:
        server.operator("add-member", HARBOR, email, "--role", role)
    context = new_browser()
    sign_in_behind(context, email)
    page = context.new_page()
    open_page(page, "/settings")
    for business, add_on in ((NORTHWIND, True), (HARBOR, False)):
        if business == HARBOR:
            open_page(page, "/settings")
            switch_business(page, HARBOR)
        tabs_are_those_of(page, role, business, add_on=add_on)
        pages_are_those_of(page, role)
        deeds_are_those_of(page, role)


def tabs_are_those_of(page: Page, role: str, business: str, *, add_on: bool) -> None:
    own = [tab for tab in Tab if has_tab(role, tab.slug, add_on=add_on)]
    expect(page.get_by_text(re.compile(rf"{business} · you are an? {role}"))).to_be_visible()
    expect(tabs(page)).to_have_text([tab.label for tab in own])
    for tab in Tab:
        open_page(page, f"/settings?tab={tab.slug}")
        current = tab.label if tab in own else "Profile"
        expect(tabs(page).and_(page.locator("[aria-current=page]"))).to_have_text(current)
        asks, switches = page.get_by_role("button", name="Ask for access"), page.get_by_role("link", name="Turn it on")
        expect(asks).to_have_count(int(tab not in own and role != "owner"))
        expect(switches).to_have_count(int(tab not in own and role == "owner"))
        if tab not in own:
            expect(page.get_by_role("status").filter(has_text=f"{tab.label} is for ")).to_be_visible()


def pages_are_those_of(page: Page, role: str) -> None:
    listed = [one.label for one in Pages if one.listed and role in PAGES[one.path]]
    expect(page.get_by_role("navigation", name="Main").get_by_role("link")).to_have_text(listed)
    for one in Pages:
        if role in PAGES[one.path]:
            open_page(page, one.path)
            expect(page).to_have_url(re.compile(f"{one.path}$"))
            expect(page.get_by_role("heading", name=one.label, level=1)).to_be_visible()
        else:
            page.goto(one.path)
            expect(page.get_by_role("status").filter(has_text=f"{one.label} is for ")).to_be_visible()
            expect(account(page)).to_be_visible()


def deeds_are_those_of(page: Page, role: str) -> None:
    if role in TABS["qualified-calls"]:
        open_page(page, "/settings?tab=qualified-calls")
        save = card(page, "Duration threshold").get_by_role("button", name="Save")
        expect(save).to_have_count(1 if role in CHANGES_THE_THRESHOLD else 0)
        open_page(page, "/calls?period=all")
        expect(page.get_by_role("button", name="Details").first.or_(page.get_by_text("No calls"))).to_be_visible()
        blocking = page.get_by_role("button", name=re.compile("^Block |^Unblock "))
        if role not in BLOCKS:
            expect(blocking).to_have_count(0)
        elif page.get_by_role("button", name="Details").count():
            expect(blocking.first).to_be_visible()
    if role in TABS["payouts"]:
        open_page(page, "/settings?tab=payouts")
        if tabs(page).filter(has_text="Payouts").count():
            expect(card(page, "Recent changes")).to_have_count(1 if role in SEES_CHANGES else 0)


def test_the_matrix_covers_every_tab_and_page() -> None:
    assert {tab.slug for tab in Tab} <= set(TABS)
    assert {page.path for page in Pages} == set(PAGES)


def test_who_gets_no_notification_emails_is_not_offered_any(page_of: PageOf) -> None:
    """A viewer in a business without Pay Per Call: neither an empty card, nor a result of search that leads to none."""
    page = page_of("owner@example.com")
    expect(card(page, "Email notifications")).to_be_visible()
    switch_business(page, HARBOR)
    page.reload()
    await_loaded(page)
    expect(card(page, "Sessions")).to_be_visible()
    expect(card(page, "Email notifications")).to_have_count(0)
    page.get_by_role("button", name="Search settings").click()
    search = page.get_by_role("dialog", name="Search settings")
    search.get_by_role("combobox").fill("unsubscribe")
    expect(search.get_by_text("No settings found.")).to_be_visible()
