"""Payouts: who has the tab, and what it saves."""

import csv
import io

from playwright.sync_api import expect

from tests.e2e.browser import card, tab, tabs
from tests.e2e.fixtures import PageOf
from tests.e2e.payouts import save_first
from tests.e2e.server import Server

PAYOUTS = "/settings?tab=payouts"


def test_payouts_follows_the_add_on_and_saves_a_paypal_email(page_of: PageOf, server: Server) -> None:
    """Publishers always have the tab; other roles only with the add-on. A payout run pays to the saved address."""
    publisher = page_of("publisher@example.com", path=PAYOUTS)
    save_first(publisher, "pat@payee.example")
    viewer = page_of("viewer@example.com", path=PAYOUTS)
    save_first(viewer, "noor@payee.example")
    assert _paid(server) == {"Pat Moreau": "pat@payee.example", "Noor Haddad": "noor@payee.example"}

    server.operator("grant-add-on", "Northwind Leads", "--member", "viewer@example.com", "--off")
    for page, has_it in ((publisher, 1), (viewer, 0)):
        page.reload()
        expect(tab(page, "Payouts")).to_have_count(has_it)
    expect(viewer.get_by_text("Payouts is for publishers and for members with access to Pay Per Call.")).to_be_visible()
    expect(card(viewer, "Payout email")).to_have_count(0)
    assert _paid(server) == {"Pat Moreau": "pat@payee.example"}

    server.operator("grant-add-on", "Northwind Leads", "--member", "viewer@example.com")
    viewer.goto(PAYOUTS)
    expect(card(viewer, "Payout email")).to_contain_text("Payouts go to noor@payee.example.")
    server.operator("grant-add-on", "Northwind Leads", "--off")
    viewer.reload()
    expect(tab(viewer, "Payouts")).to_have_count(0)
    publisher.reload()
    expect(card(publisher, "Payout email")).to_contain_text("Payouts go to pat@payee.example.")


def test_a_publisher_sees_profile_and_payouts_only(page_of: PageOf) -> None:
    """In the tab bar, in the sidebar, and when they type another section's address."""
    page = page_of("publisher@example.com")
    expect(tabs(page)).to_have_text(["Profile", "Payouts"])
    expect(page.get_by_role("navigation", name="Main").get_by_role("link")).to_have_text(["Settings"])
    for elsewhere in ("dashboard", "calls", "numbers"):
        page.goto(f"/{elsewhere}")
        expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    for slug in ("billing", "api-keys", "qualified-calls", "blocked-callers", "support"):
        page.goto(f"/settings?tab={slug}")
        expect(card(page, "Name")).to_be_visible()
        expect(tabs(page)).to_have_text(["Profile", "Payouts"])
        expect(tab(page, "Profile")).to_have_attribute("aria-current", "page")


def _paid(server: Server) -> dict[str, str]:
    """Return who would be paid by a payout run now, and to which address."""
    lines = csv.DictReader(io.StringIO(server.operator("payout-run")))
    return {line["name"]: line["paypal_email"] for line in lines}
