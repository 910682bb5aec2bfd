"""Access that the operator revokes is gone at the next click, not at the next sign-in."""

from playwright.sync_api import expect
from sqlmodel import select

from settings_ui.models import PayoutDestination
from tests.e2e.browser import account, card, open_tab, tab, tabs
from tests.e2e.fixtures import PageOf
from tests.e2e.payouts import change, save_first
from tests.e2e.server import Server

PAYOUTS = "/settings?tab=payouts"
DENIED = "Your role no longer allows this."


def test_an_add_on_that_is_switched_off_during_a_hold_bites_at_the_next_click(page_of: PageOf, server: Server) -> None:
    page = page_of("viewer@example.com", path=PAYOUTS)
    save_first(page)
    change(page)
    server.operator("grant-add-on", "Northwind Leads", "--member", "viewer@example.com", "--off")
    card(page, "Payout email").get_by_role("button", name="Cancel change").click()
    expect(page.get_by_text(DENIED)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="Payouts is for")).to_be_visible()
    expect(tab(page, "Payouts")).to_have_count(0)
    expect(card(page, "Name")).to_be_visible()
    with server.database.read() as session:
        assert [row.cancelled_at for row in session.exec(select(PayoutDestination))] == [None, None]


def test_an_add_on_that_is_switched_off_for_the_business_keeps_a_save_from_happening(
    page_of: PageOf, server: Server
) -> None:
    page = page_of("manager@example.com", path=PAYOUTS)
    card(page, "Payout email").get_by_label("PayPal email").fill("kim@payee.example")
    card(page, "Payout email").get_by_label("Current password").fill("demo-password-2026")
    server.operator("grant-add-on", "Northwind Leads", "--off")
    card(page, "Payout email").get_by_role("button", name="Save").click()
    expect(page.get_by_text(DENIED)).to_be_visible()
    with server.database.read() as session:
        assert session.exec(select(PayoutDestination)).all() == []


def test_a_lowered_role_bites_at_the_next_click(page_of: PageOf, server: Server) -> None:
    """Recent changes are visible to owners and admins only."""
    page = page_of("admin@example.com", path=PAYOUTS)
    expect(card(page, "Recent changes")).to_be_visible()
    server.operator("set-role", "Northwind Leads", "admin@example.com", "viewer")
    open_tab(page, "Profile")
    expect(page.get_by_text("you are a viewer")).to_be_visible()
    open_tab(page, "Payouts")
    expect(card(page, "Payout email")).to_be_visible()
    expect(card(page, "Recent changes")).to_have_count(0)


def test_a_removed_member_is_out_at_the_next_click(page_of: PageOf, server: Server) -> None:
    page = page_of("publisher@example.com")
    server.operator("remove-member", "Northwind Leads", "publisher@example.com")
    page.get_by_label("Full name").fill("Pat M.")
    page.on("dialog", lambda dialog: dialog.accept())
    card(page, "Name").get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "Northwind" not in page.content()


def test_a_member_who_is_removed_from_one_business_goes_on_in_the_other(page_of: PageOf, server: Server) -> None:
    server.operator("add-member", "Harbor Media", "manager@example.com", "--role", "publisher")
    page = page_of("manager@example.com", path=PAYOUTS)
    expect(page.get_by_text("Northwind Leads · you are a manager")).to_be_visible()
    server.operator("remove-member", "Northwind Leads", "manager@example.com")
    tab(page, "Profile").click()
    expect(page.get_by_text("Harbor Media · you are a publisher")).to_be_visible()
    expect(account(page)).to_have_accessible_name("Account of Kim Larsen")
    assert "Northwind" not in page.content()


def test_a_publisher_keeps_payouts_when_the_add_on_goes(page_of: PageOf, server: Server) -> None:
    page = page_of(path=PAYOUTS)
    server.operator("grant-add-on", "Northwind Leads", "--off")
    save_first(page)
    expect(tabs(page)).to_have_text(["Profile", "Payouts"])
