"""A business's members: invited by mail, given another role, removed; every open window updates."""

import os
import re
import signal

from playwright.sync_api import Locator, Page, expect

from settings_ui.services.demo.seeding import PASSWORD
from tests.e2e.browser import Complaints, account, card, fill_sign_in, open_tab, tab, tabs
from tests.e2e.fixtures import NewBrowser, PageOf
from tests.e2e.server import Server

NEW = "battery staple horse correct"
PAT = "pat.moss@example.com"


def member(page: Page, email: str) -> Locator:
    """A member's row."""
    return page.get_by_role("table", name="Members").get_by_role("row").filter(has_text=email)


def invite(page: Page, email: str, role: str) -> None:
    page.get_by_role("button", name="Invite a member").click()
    form = page.get_by_role("dialog", name="Invite a member")
    form.get_by_label("Email", exact=True).fill(email)
    form.get_by_label("Role", exact=True).select_option(role)
    form.get_by_role("button", name="Send invitation").click()


def test_someone_new_is_invited_joins_and_starts_where_the_role_lets_them(
    page_of: PageOf, new_browser: NewBrowser, server: Server, complaints: Complaints
) -> None:
    complaints.expect("status of 410")
    complaints.expect("status of 422")
    owner = page_of("owner@example.com", path="/business")
    invite(owner, PAT, "viewer")
    expect(card(owner, "Invitations").get_by_role("row").filter(has_text=PAT)).to_be_visible()
    page = new_browser().new_page()
    link = server.link(PAT, "Join Northwind Leads")
    page.goto(link)
    assert page.url == f"{server.origin}/auth/join"
    expect(page.get_by_role("heading", name="Join Northwind Leads")).to_be_visible()
    page.get_by_label("Full name").fill("Pat Moss")
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("15 characters")
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page).to_have_url(re.compile("/dashboard"))
    expect(account(page)).to_have_accessible_name("Account of Pat Moss")
    expect(member(owner, PAT).get_by_label("Role", exact=True)).to_have_value("viewer")
    expect(card(owner, "Invitations").get_by_text("No open invitations")).to_be_visible()
    page.goto(link)
    expect(page.get_by_text("This invitation was already accepted.")).to_be_visible()


def test_someone_with_an_account_joins_with_it_and_lands_in_the_new_business(
    page_of: PageOf, new_browser: NewBrowser, server: Server
) -> None:
    server.operator("add-member", "Harbor Media", "admin@example.com", "--role", "owner")
    server.operator("remove-member", "Northwind Leads", "admin@example.com")
    owner = page_of("owner@example.com", path="/business")
    invite(owner, "admin@example.com", "manager")
    expect(card(owner, "Invitations").get_by_text("admin@example.com")).to_be_visible()
    page = new_browser().new_page()
    page.goto(server.link("admin@example.com", "Join Northwind Leads"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Join", exact=True).click()
    expect(page).to_have_url(re.compile("/dashboard"))
    expect(page.get_by_role("button", name="Business: Northwind Leads. Switch")).to_be_visible()


def test_a_role_opens_and_closes_tabs_in_the_members_open_window(page_of: PageOf) -> None:
    owner = page_of("owner@example.com", path="/business")
    viewer = page_of("viewer@example.com")
    expect(tab(viewer, "API Keys")).to_have_count(0)
    member(owner, "viewer@example.com").get_by_label("Role", exact=True).select_option("admin")
    expect(tab(viewer, "API Keys")).to_be_visible()
    member(owner, "viewer@example.com").get_by_label("Role", exact=True).select_option("publisher")
    expect(tabs(viewer)).to_have_text(["Profile", "Payouts"])
    expect(viewer.get_by_role("navigation", name="Main").get_by_role("link")).to_have_text(["Settings"])


def test_a_role_keeps_what_was_chosen_until_the_server_saves_or_refuses_it(page_of: PageOf, server: Server) -> None:
    admin = page_of("admin@example.com", path="/business")
    role = member(admin, "viewer@example.com").get_by_label("Role", exact=True)
    os.killpg(server.pid, signal.SIGSTOP)
    try:
        role.select_option("manager")
        admin.wait_for_timeout(200)
        expect(role).to_have_value("manager")
    finally:
        os.killpg(server.pid, signal.SIGCONT)
    expect(admin.get_by_text("Noor Haddad is a manager now")).to_be_visible()
    expect(role).to_have_value("manager")
    role.evaluate("select => select.add(new Option('Owner', 'owner'))")
    role.select_option("owner")
    expect(admin.locator(".toast.bad")).to_be_visible()
    expect(role).to_have_value("manager")


def test_pay_per_call_is_switched_off_for_a_member_and_their_tab_goes(page_of: PageOf) -> None:
    owner = page_of("owner@example.com", path="/business")
    viewer = page_of("viewer@example.com")
    expect(tab(viewer, "Payouts")).to_be_visible()
    member(owner, "viewer@example.com").get_by_label("Pay Per Call").uncheck()
    expect(tab(viewer, "Payouts")).to_have_count(0)


def test_a_member_who_is_removed_is_out_in_every_window(page_of: PageOf) -> None:
    owner = page_of("owner@example.com", path="/business")
    viewer = page_of("viewer@example.com", path="/calls")
    member(owner, "viewer@example.com").get_by_role("button", name="Remove").click()
    owner.get_by_role("dialog").get_by_role("button", name="Remove Noor Haddad").click()
    expect(member(owner, "viewer@example.com")).to_have_count(0)
    expect(viewer.get_by_role("heading", name="Sign in")).to_be_visible()


def test_an_admin_changes_those_below_and_an_owner_who_steps_down_leaves_the_page(
    page_of: PageOf, server: Server
) -> None:
    admin = page_of("admin@example.com", path="/business")
    expect(member(admin, "owner@example.com").get_by_label("Role", exact=True)).to_be_disabled()
    expect(member(admin, "owner@example.com").get_by_role("button", name="Remove")).to_have_count(0)
    owner = page_of("owner@example.com", path="/business")
    own = member(owner, "owner@example.com").get_by_label("Role", exact=True)
    own.select_option("viewer")
    question = owner.get_by_role("dialog", name="Change your own role?")
    expect(own).to_have_value("owner")
    question.get_by_role("button", name="Change my role").click()
    expect(question.get_by_role("alert")).to_contain_text("last owner")
    question.get_by_role("button", name="Keep my role").click()
    expect(own).to_have_value("owner")
    server.operator("set-role", "Northwind Leads", "admin@example.com", "owner")
    own.select_option("viewer")
    question.get_by_role("button", name="Change my role").click()
    expect(owner.get_by_role("status").filter(has_text="Business is for owners and admins.")).to_be_visible()


def test_a_member_asks_for_a_tab_and_an_owner_gives_it_from_the_link(page_of: PageOf, server: Server) -> None:
    viewer = page_of("viewer@example.com", path="/settings?tab=api-keys")
    denied = viewer.get_by_role("status").filter(has_text="API Keys is for owners and admins.")
    expect(denied).to_contain_text("Dana Okafor-Reyes and Sam Whitfield")
    denied.get_by_role("button", name="Ask for access").click()
    expect(viewer.get_by_text("We asked the owners to give you access to API Keys")).to_be_visible()
    expect(denied.get_by_role("button")).to_have_count(0)
    owner = page_of(
        "owner@example.com", path=server.link("owner@example.com", "Noor Haddad asks for access to API Keys")
    )
    expect(owner.get_by_role("table", name="Members").get_by_role("row")).to_have_count(2)
    expect(member(owner, "viewer@example.com")).to_contain_text("Requested API Keys")
    member(owner, "viewer@example.com").get_by_label("Role", exact=True).select_option("admin")
    expect(card(viewer, "Name")).to_be_visible()
    open_tab(viewer, "API Keys")
    expect(card(viewer, "API keys")).to_be_visible()
    expect(member(owner, "viewer@example.com")).not_to_contain_text("Requested")
    owner.get_by_role("link", name="Show all").click()
    expect(owner.get_by_role("table", name="Members").get_by_role("row")).to_have_count(6)


def test_business_settings_are_saved_and_hold_everywhere(page_of: PageOf) -> None:
    page = page_of("owner@example.com", path="/business")
    settings = card(page, "Business settings")
    expect(settings.get_by_label("Time zone")).to_have_value("America/New_York")
    settings.get_by_label("Name", exact=True).fill("Northwind & Sons")
    settings.get_by_label("Time zone").select_option("Europe/Berlin")
    expect(settings.get_by_text("Unsaved changes")).to_be_visible()
    settings.get_by_role("button", name="Save").click()
    expect(settings.get_by_text("Saved", exact=True)).to_be_visible()
    expect(settings.get_by_text("being recalculated")).to_be_visible()
    expect(settings.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    expect(settings.get_by_text("Unsaved changes")).to_be_hidden()
    expect(page.get_by_role("button", name="Business: Northwind & Sons. Switch")).to_be_visible()
    settings.get_by_label("Currency").select_option("EUR")
    settings.get_by_role("button", name="Discard").click()
    expect(settings.get_by_label("Currency")).to_have_value("USD")
    expect(settings.get_by_text("Unsaved changes")).to_be_hidden()
    expect(settings.get_by_text("being recalculated")).to_be_hidden(timeout=20_000)


def test_access_that_may_not_be_changed_any_more_shows_what_holds(page_of: PageOf, server: Server) -> None:
    """Race: someone has meanwhile promoted the member above the admin."""
    admin = page_of("admin@example.com", path="/business")
    access = member(admin, "viewer@example.com").get_by_label("Pay Per Call")
    server.operator("set-role", "Northwind Leads", "viewer@example.com", "owner")
    access.click()
    expect(admin.get_by_text("An admin can only change members below their own role. Ask an owner.")).to_be_visible()
    expect(access).to_be_checked()
    expect(access).to_be_disabled()


def test_a_first_owner_gets_from_one_mail_to_the_first_steps(new_browser: NewBrowser, server: Server) -> None:
    server.operator("create-business", "Harbor Leads", "--owner", PAT, "--owner-name", "Pat Moss")
    page = new_browser().new_page()
    page.goto(server.link(PAT, "Harbor Leads is ready"))
    page.get_by_role("textbox", name="New password").fill(NEW)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Sign in with the new password.")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    expect(page.get_by_role("link", name="Sign in")).to_be_focused()
    page.keyboard.press("Enter")
    fill_sign_in(page, PAT, NEW)
    page.get_by_role("link", name="Dashboard").click()
    steps = card(page, "First steps")
    expect(steps.get_by_role("listitem")).to_have_count(4)
    steps.get_by_role("link", name="Add a number").click()
    page.get_by_role("button", name="Add a number").click()
    page.get_by_role("dialog").get_by_label("Number").fill("(415) 555-0132")
    page.get_by_role("dialog").get_by_label("Source").fill("Radio")
    page.get_by_role("dialog").get_by_role("button", name="Add number").click()
    expect(page.get_by_role("table").get_by_text("(415) 555-0132")).to_be_visible()
    page.get_by_role("link", name="Calls").click()
    expect(page.get_by_text("No calls yet")).to_be_visible()
    page.get_by_role("link", name="Create a key").click()
    expect(card(page, "API keys")).to_be_visible()
    page.get_by_role("link", name="Dashboard").click()
    expect(steps.get_by_role("listitem").first).to_contain_text("Done")
    steps.get_by_role("link", name="Invite a member").click()
    expect(card(page, "Members")).to_be_visible()


def test_search_lands_on_the_members(page_of: PageOf) -> None:
    page = page_of("owner@example.com", path="/settings?tab=payouts")
    page.keyboard.press("/")
    page.get_by_role("combobox", name="Search settings").fill("invite")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/business"))
    expect(card(page, "Members")).to_be_in_viewport()
    viewer = page_of("viewer@example.com")
    viewer.keyboard.press("/")
    viewer.get_by_role("combobox", name="Search settings").fill("invite")
    expect(viewer.get_by_text("No settings found.")).to_be_visible()


def test_signed_out_the_page_asks_to_sign_in_first(new_browser: NewBrowser) -> None:
    page = new_browser().new_page()
    page.goto("/business")
    fill_sign_in(page, "owner@example.com")
    expect(page.get_by_role("heading", name="Business", exact=True)).to_be_visible()


def test_the_activity_is_filtered_followed_and_undone(page_of: PageOf) -> None:
    page = page_of("owner@example.com", path="/settings?tab=blocked-callers")
    page.get_by_role("button", name="Block a number").click()
    page.get_by_role("dialog").get_by_label("Number").fill("(415) 555-0132")
    page.get_by_role("dialog").get_by_role("button", name="Block", exact=True).click()
    expect(card(page, "Recent changes").get_by_text("blocked (415) 555-0132")).to_be_visible()
    card(page, "Recent changes").get_by_role("link", name="All activity").click()
    row = page.get_by_role("table", name="Changes").get_by_role("row").filter(has_text="(415) 555-0132")
    expect(row).to_contain_text("Stopped 0 calls since")
    page.get_by_label("What").select_option("Members")
    expect(page).to_have_url(re.compile("what=members"))
    expect(row).to_have_count(0)
    expect(page.get_by_role("table", name="Changes").get_by_role("row").nth(1)).to_contain_text("added a member")
    page.go_back()
    row.get_by_role("button", name="Undo").click()
    expect(row.filter(has_text="unblocked")).to_be_visible()
    row.filter(has_text="unblocked").get_by_role("button", name="Block again").click()
    expect(row.filter(has_text="blocked again")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert "blocked again" in download.value.path().read_text()
    page.goto("/calls")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    assert download.value.path().read_text().startswith("id,from,to")
