"""Billing: who has access, and how money moves. The payment provider is the sandbox, running beside the demo."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.browser import Complaints, Frames, card, open_tab, switch_business, tab
from tests.e2e.fixtures import PageOf
from tests.e2e.place import Place
from tests.e2e.server import Server

BILLING = "/settings?tab=billing"
GOOD, DECLINED, ASKS = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0027 6000 3184"


@pytest.fixture(scope="module")
def running(one_process: Server, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the demo in use: on a plan, with saved cards and three months of usage."""
    one_process.stop()
    server = Server(place, tmp_path_factory.mktemp("paid-for"), lived_in=True)
    yield server
    server.close()


def test_only_admin_and_owner_reach_billing(page_of: PageOf) -> None:
    """Through the tab bar and by address; nobody else sees the balance."""
    for who in ("owner", "admin"):
        page = page_of(f"{who}@example.com", path=BILLING)
        expect(card(page, "Balance")).to_contain_text("$")
        expect(tab(page, "Billing")).to_have_attribute("aria-current", "page")
        expect(page.get_by_role("link", name=re.compile(r"Balance \$"))).to_be_visible()
    for who in ("manager", "viewer", "publisher"):
        page = page_of(f"{who}@example.com", path=BILLING)
        expect(card(page, "Name")).to_be_visible()
        expect(tab(page, "Billing")).to_have_count(0)
        expect(page.get_by_text("Billing is for owners and admins.")).to_be_visible()
        expect(page.get_by_role("link", name=re.compile(r"Balance \$"))).to_have_count(0)


def test_funds_are_added_and_show_in_the_balance(page_of: PageOf, complaints: Complaints) -> None:
    """With a saved card, and with a new card in checkout after a decline there. All open windows update immediately."""
    complaints.expect("status of 402")
    page = page_of("owner@example.com", path=BILLING)
    other = page_of("admin@example.com", path="/dashboard")
    before = _cents(page)
    _ask(page, "25")
    page.get_by_role("radio", name=re.compile("4242")).check()
    page.get_by_role("dialog").get_by_role("button", name="Add funds").click()
    expect(page.get_by_text("$25.00 added")).to_be_visible()
    _expect_balance(page, before + 2_500)
    expect(other.get_by_role("link", name=f"Balance {_shown(before + 2_500)}")).to_be_visible()
    first = card(page, "Transactions").get_by_role("row").nth(1)
    expect(first).to_contain_text("+$25.00")
    expect(first.get_by_role("link", name="Receipt")).to_be_visible()

    _ask(page, "40")
    page.get_by_role("radio", name="New card").check()
    page.get_by_role("dialog").get_by_role("button", name="Add funds").click()
    _enter(page, DECLINED)
    page.get_by_role("button", name="Pay $40.00").click()
    expect(page.get_by_text("Your card was declined.")).to_be_visible()
    _enter(page, GOOD)
    page.get_by_role("button", name="Pay $40.00").click()
    expect(page).to_have_url(re.compile(r"/settings/?\?tab=billing$"))
    _expect_balance(page, before + 6_500)
    expect(other.get_by_role("link", name=f"Balance {_shown(before + 6_500)}")).to_be_visible()


def test_a_card_is_added_made_default_and_removed(page_of: PageOf) -> None:
    """Cards are entered on the provider's page, with 3-D Secure where the bank requires it."""
    page = page_of("owner@example.com", path=BILLING)
    methods = card(page, "Payment methods")
    methods.get_by_role("button", name="Add card").click()
    _enter(page, ASKS)
    page.get_by_role("button", name="Save card").click()
    page.get_by_role("button", name="Approve").click()
    expect(page).to_have_url(re.compile(r"/settings/?\?tab=billing$"))
    added = methods.get_by_role("row").filter(has_text="3184")
    expect(added).to_be_visible()
    page.get_by_role("button", name="Make Visa •••• 3184 the default").click()
    expect(added.get_by_text("Default")).to_be_visible()
    expect(methods.get_by_text("Default", exact=True)).to_have_count(1)

    # This card requires authentication on every charge, so an off-session charge has to be completed in checkout.
    before = _cents(page)
    _ask(page, "10")
    page.get_by_role("radio", name=re.compile("3184")).check()
    page.get_by_role("dialog").get_by_role("button", name="Add funds").click()
    expect(card(page, "Balance")).to_contain_text("Your bank wants you to confirm this payment.")
    page.get_by_role("button", name="Finish in checkout").click()
    _enter(page, ASKS)
    page.get_by_role("button", name="Pay $10.00").click()
    page.get_by_role("button", name="Approve").click()
    expect(page).to_have_url(re.compile(r"/settings/?\?tab=billing$"))
    _expect_balance(page, before + 1_000)

    methods.get_by_role("button", name="Remove Visa •••• 3184").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove Visa •••• 3184").click()
    expect(added).to_have_count(0)
    expect(methods.get_by_text("Default", exact=True)).to_have_count(1)


def test_a_refund_at_the_provider_draws_the_balance_down_in_an_open_window(page_of: PageOf, server: Server) -> None:
    page = page_of("owner@example.com", path=BILLING)
    before = _cents(page)
    server.sandbox_control("refund", payment_intent=server.latest_payment(), amount=500)
    _expect_balance(page, before - 500)
    expect(card(page, "Transactions").get_by_role("row").nth(1)).to_contain_text("Refund of a top-up")


def test_what_the_provider_is_asked_for_shows_that_it_works_and_is_asked_once(page_of: PageOf, server: Server) -> None:
    page = page_of("owner@example.com", path="/settings?tab=billing")
    button = card(page, "Add-ons").get_by_role("button", name="Turn on Volume Minutes")
    expect(button).to_be_enabled()
    server.sandbox_control("faults", delay_s=0.5)
    frames = Frames(page)
    page.reload()
    expect(button).to_be_enabled()
    button.dblclick()
    expect(button).to_have_attribute("data-busy", "")
    expect(_dialog(page)).to_contain_text("Due today")
    expect(button).not_to_have_attribute("data-busy", "")
    assert sum("price_add_on" in frame for frame in frames.sent) == 1
    server.sandbox_control("faults", delay_s=0)


def test_a_plan_is_changed_cancelled_and_resumed(page_of: PageOf) -> None:
    """The amount due today is shown before the user confirms."""
    page = page_of("owner@example.com", path=BILLING)
    plan = card(page, "Plan")
    expect(plan).to_contain_text("Growth")
    plan.get_by_role("button", name="Change plan").click()
    _dialog(page).get_by_role("radio", name="Scale").check()
    _dialog(page).get_by_role("button", name="Review cost").click()
    expect(_dialog(page)).to_contain_text("Due today: $")
    _dialog(page).get_by_role("button", name="Change to Scale").click()
    expect(plan).to_contain_text("Scale")
    expect(plan).to_contain_text("Renews on")
    plan.get_by_role("button", name="Cancel plan").click()
    _dialog(page).get_by_role("button", name="Cancel plan").click()
    expect(plan).to_contain_text("Ends on")
    plan.get_by_role("button", name="Resume").click()
    expect(plan).to_contain_text("Renews on")
    invoices = card(page, "Invoices")
    expect(invoices.get_by_role("link", name=re.compile("^PDF of")).first).to_be_visible()
    _change_plan(page, "Growth")


def test_a_first_plan_is_paid_with_a_new_card(page_of: PageOf, server: Server, complaints: Complaints) -> None:
    """On the provider's page, after a decline there; the card is saved as well."""
    complaints.expect("status of 402")
    server.operator("create-business", "Lakeside Calls", "--owner", "admin@example.com")
    page = page_of("admin@example.com")
    switch_business(page, "Lakeside Calls")
    open_tab(page, "Billing")
    plan = card(page, "Plan")
    plan.get_by_role("button", name="Choose a plan").click()
    _dialog(page).get_by_role("radio", name="Starter").check()
    _dialog(page).get_by_role("button", name="Review cost").click()
    expect(_dialog(page)).to_contain_text("Due today: $29.00")
    expect(_dialog(page).get_by_role("radio", name="New card")).to_be_checked()
    _dialog(page).get_by_role("button", name="Choose Starter").click()
    for number in (DECLINED, GOOD):
        _enter(page, number)
        page.get_by_role("button", name="Subscribe").click()
    expect(page).to_have_url(re.compile(r"/settings/?\?tab=billing$"))
    expect(plan).to_contain_text("Starter", timeout=10_000)
    expect(plan).to_contain_text("Active")
    expect(card(page, "Payment methods").get_by_role("row").filter(has_text="4242")).to_be_visible()


def test_pay_per_call_is_switched_in_billing_and_payouts_follows_in_an_open_window(page_of: PageOf) -> None:
    """Off and on again, for one member with Payouts open and one with another tab open. Neither window reloads, and
    a publisher keeps the tab."""
    owner = page_of("owner@example.com", path=BILLING)
    there = page_of("viewer@example.com", path="/settings?tab=payouts")
    elsewhere = page_of("manager@example.com", path="/settings")
    publisher = page_of("publisher@example.com", path="/settings?tab=payouts")
    windows = (there, elsewhere, publisher)
    for window in windows:
        expect(tab(window, "Payouts")).to_be_visible()
        window.evaluate("window.never = 'loaded again'")
    _switch(owner, "Turn off Pay Per Call")
    for window in (there, elsewhere):
        expect(tab(window, "Payouts")).to_have_count(0)
    expect(card(there, "Payout email")).to_have_count(0)
    expect(there.get_by_text("Payouts is for publishers and for members with access to Pay Per Call.")).to_be_visible()
    expect(tab(publisher, "Payouts")).to_be_visible()
    _switch(owner, "Turn on Pay Per Call")
    for window in (there, elsewhere):
        expect(tab(window, "Payouts")).to_be_visible()
    elsewhere.bring_to_front()
    tab(elsewhere, "Payouts").click()
    expect(card(elsewhere, "Payout email")).to_be_visible()
    assert [window.evaluate("window.never") for window in windows] == ["loaded again"] * 3


def test_usage_is_seen_by_day_and_kind(page_of: PageOf) -> None:
    page = page_of("owner@example.com", path=BILLING)
    usage = card(page, "Usage")
    expect(usage.locator("[data-spend]")).to_have_text(re.compile(r"^\$[1-9][0-9,]*\.[0-9]{2}$"))
    expect(usage.get_by_role("table", name="Usage by kind").get_by_role("row")).not_to_have_count(1)
    usage.get_by_text("Show as a table").click()
    expect(usage.get_by_role("table", name="Cost by day")).to_be_visible()
    with page.expect_download() as download:
        usage.get_by_role("link", name="Download CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "day,kind,quantity,unit,cost,currency"
    assert len(lines) > 90


def test_a_plan_and_an_add_on_each_change_a_rate(page_of: PageOf) -> None:
    page = page_of("owner@example.com", path=BILLING)
    _expect_rate(page, "$0.0350", "Growth")
    _change_plan(page, "Starter")
    _expect_rate(page, "$0.0450", "Starter")
    _switch(page, "Turn on Volume Minutes")
    _expect_rate(page, "$0.0190", "Volume Minutes")
    _switch(page, "Turn off Volume Minutes")
    _expect_rate(page, "$0.0450", "Starter")
    _change_plan(page, "Growth")


def test_a_catalogue_price_change_shows_without_deploy(page_of: PageOf, server: Server) -> None:
    page = page_of("owner@example.com", path=BILLING)
    _expect_rate(page, "$0.0350", "Growth")
    server.sandbox_control("prices", lookup_key="rate_growth_local_minute", unit_amount_decimal="3.25")
    _expect_rate(page, "$0.0325", "Growth")
    server.sandbox_control("prices", lookup_key="rate_growth_local_minute", unit_amount_decimal="3.5")
    _expect_rate(page, "$0.0350", "Growth")


def _dialog(page: Page) -> Locator:
    return page.get_by_role("dialog")


def _switch(page: Page, deed: str) -> None:
    page.bring_to_front()
    page.get_by_role("button", name=deed).click()
    _dialog(page).get_by_role("button", name=deed).click()
    expect(_dialog(page)).to_have_count(0)


def _change_plan(page: Page, name: str) -> None:
    plan = card(page, "Plan")
    plan.get_by_role("button", name="Change plan").click()
    _dialog(page).get_by_role("radio", name=name).check()
    _dialog(page).get_by_role("button", name="Review cost").click()
    _dialog(page).get_by_role("button", name=f"Change to {name}").click()
    expect(plan).to_contain_text(name)


def _expect_rate(page: Page, rate: str, by: str) -> None:
    row = card(page, "Rates").get_by_role("row").filter(has_text="Local minutes")
    expect(row).to_contain_text(rate, timeout=10_000)
    expect(row).to_contain_text(by)


def _ask(page: Page, amount: str) -> None:
    card(page, "Balance").get_by_role("button", name="Add funds").click()
    page.get_by_label("Amount").fill(amount)


def _enter(page: Page, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill("12 / 34")
    page.get_by_label("CVC").fill("123")


def _cents(page: Page) -> int:
    shown = page.locator("[data-balance]").inner_text()
    return int(re.sub(r"[^0-9]", "", shown))


def _shown(cents: int) -> str:
    return f"${cents // 100:,}.{cents % 100:02}"


def _expect_balance(page: Page, cents: int) -> None:
    expect(page.locator("[data-balance]")).to_have_text(_shown(cents), timeout=10_000)
