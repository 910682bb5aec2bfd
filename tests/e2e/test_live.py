"""A change shows in every open window within two seconds, without a click."""

from playwright.sync_api import expect

from tests.e2e.browser import card
from tests.e2e.fixtures import PageOf, open_window
from tests.e2e.live import WITHIN_MS, all_show, rename
from tests.e2e.payouts import FIRST, save_first


def test_a_new_name_shows_in_every_window_of_the_person(page_of: PageOf) -> None:
    page, elsewhere = page_of("owner@example.com"), page_of("owner@example.com", width=390)
    windows = [page, open_window(page.context), elsewhere]
    rename(page, "Dana Reyes")
    all_show(windows, "Dana Reyes")
    expect(elsewhere.get_by_role("button", name="Account of Dana Reyes")).to_have_text("DR")
    rename(elsewhere, "Dana Okafor")
    all_show(windows, "Dana Okafor")


def test_a_saved_address_shows_in_another_window(page_of: PageOf) -> None:
    page = page_of(path="/settings?tab=payouts")
    other = open_window(page.context, "/settings?tab=payouts")
    save_first(page)
    expect(card(other, "Payout email")).to_contain_text(f"Payouts go to {FIRST}.", timeout=WITHIN_MS)


def test_what_a_member_changes_shows_in_the_recent_changes_of_an_admin(page_of: PageOf) -> None:
    """The address is masked: an admin may see that it changed, not what it is."""
    admin = page_of("admin@example.com", path="/settings?tab=payouts")
    save_first(page_of(path="/settings?tab=payouts"))
    line = card(admin, "Recent changes").get_by_role("listitem").first
    expect(line).to_contain_text("Pat Moreau saved a PayPal email · PayPal email: f••@p••.example", timeout=WITHIN_MS)
    assert FIRST not in admin.content()
