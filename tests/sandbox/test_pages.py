"""The sandbox's pages in a real browser: user actions, light and dark mode, and phone width."""

import re
from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import Complaints, new_context
from tests.sandbox.running import Listener, Running, listening

LOOKS = pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])


class Open(Protocol):
    """Opens an address in a fresh browser."""

    def __call__(self, url: str, *, theme: str = "light", width: int = 1280) -> Page: ...


@pytest.fixture
def shop() -> Iterator[Listener]:
    """Another site, which checkout starts from and returns to."""
    with listening() as found:
        yield found


@pytest.fixture
def open_page(browser: Browser, sandbox: Running, complaints: Complaints) -> Iterator[Open]:
    """Opens addresses as the protocol `Open` describes."""
    complaints.expect("favicon.ico")  # requested while the window closes
    opened = []

    def open_page(url: str, *, theme: str = "light", width: int = 1280) -> Page:
        context = new_context(browser, sandbox.origin, theme=theme, width=width)
        complaints.listen(context)
        opened.append(context)
        page = context.new_page()
        page.goto(url)
        return page

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture
def checkout(api: Any, customer: str, shop: Listener) -> Any:
    """A checkout of $25.00 that returns to the shop."""
    price = {"currency": "usd", "unit_amount": 2500, "product_data": {"name": "Funds for calls"}}
    return api.checkout.sessions.create(
        {"mode": "payment", "customer": customer, "line_items": [{"price_data": price, "quantity": 1}]}
        | {"success_url": f"{shop.url}?session={{CHECKOUT_SESSION_ID}}", "cancel_url": f"{shop.url}?canceled"}
    )


def fill(page: Page, number: str, expiry: str = "12 / 34") -> None:
    """Type the details of a card."""
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry").fill(expiry)
    page.get_by_label("CVC").fill("123")


@LOOKS
def test_a_refused_card_then_authentication_then_back_to_the_shop(
    api: Any, open_page: Open, checkout: Any, shop: Listener, complaints: Complaints, theme: str, width: int
) -> None:
    complaints.expect("status of 402")
    page = open_page(checkout.url, theme=theme, width=width)
    _is_well_made(page)
    expect(page.get_by_label("Card number")).to_be_focused()
    fill(page, "4000 0000 0000 0002")
    page.get_by_role("button", name="Pay $25.00").click()
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    _is_well_made(page)
    fill(page, "4000 0025 0000 3155")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Fail").click()
    expect(page.get_by_role("alert")).to_contain_text("authentication failed")
    fill(page, "4000 0025 0000 3155")
    page.get_by_role("button", name="Pay $25.00").click()
    expect(page.get_by_role("heading", name="Authenticate")).to_be_visible()
    _is_well_made(page)
    page.get_by_role("button", name="Approve").click()
    expect(page).to_have_url(f"{shop.url}?session={checkout.id}")
    assert api.checkout.sessions.retrieve(checkout.id).payment_status == "paid"


def test_who_changes_their_mind_goes_back_unpaid(api: Any, open_page: Open, checkout: Any, shop: Listener) -> None:
    page = open_page(checkout.url)
    page.get_by_role("link", name="Back").click()
    expect(page).to_have_url(f"{shop.url}?canceled")
    assert api.checkout.sessions.retrieve(checkout.id).status == "open"


def test_a_double_click_pays_once(api: Any, open_page: Open, checkout: Any, shop: Listener) -> None:
    page = open_page(checkout.url)
    fill(page, "4242 4242 4242 4242")
    page.get_by_role("button", name="Pay $25.00").dblclick()
    expect(page).to_have_url(f"{shop.url}?session={checkout.id}")
    assert len(api.charges.list().data) == 1


@LOOKS
def test_the_control_page_does_what_the_calls_do(
    api: Any, sandbox: Running, open_page: Open, complaints: Complaints, theme: str, width: int
) -> None:
    paid = {"amount": 2500, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    first, second = (api.payment_intents.create(paid | {"description": f"Funds {number}"}) for number in range(2))
    complaints.expect("status of 400")
    page = open_page("/_sandbox", theme=theme, width=width)
    _is_well_made(page)
    page.get_by_label("Days").fill("2")
    page.get_by_role("button", name="Advance").click()
    expect(page.get_by_text("06 Mar 2026 12:00 UTC")).to_be_visible()
    page.get_by_role("button", name=re.compile(f"Refund .*{first.id}")).click()
    expect(page.get_by_role("row", name=re.compile("Funds 0"))).to_contain_text("refunded")
    page.get_by_role("button", name=re.compile(f"Dispute .*{second.id}")).click()
    expect(page.get_by_role("row", name=re.compile("Funds 1"))).to_contain_text("disputed")
    page.get_by_label("Lookup key").fill("plan_growth")
    page.get_by_label("Cents").fill("12900")
    page.get_by_role("button", name="Change price").click()
    expect(page.get_by_role("row", name="plan_growth 12900 cents")).to_be_visible()
    page.get_by_label("Number of calls to fail").fill("many")
    page.get_by_role("button", name="Set faults").click()
    expect(page.get_by_role("alert")).to_contain_text("Invalid integer")
    _is_well_made(page)
    page.get_by_label("Deliver webhooks twice").check()
    page.get_by_role("button", name="Set faults").click()
    expect(page.get_by_label("Deliver webhooks twice")).to_be_checked()
    assert sandbox.world.faults.duplicate
    page.get_by_role("button", name="Delete everything").click()
    expect(page.get_by_text("No payment yet.")).to_be_visible()


@LOOKS
def test_an_unpaid_invoice_can_be_paid_on_its_page(
    api: Any, open_page: Open, customer: str, prices: dict[str, str], complaints: Complaints, theme: str, width: int
) -> None:
    complaints.expect("status of 402")
    made = api.subscriptions.create(
        {"customer": customer, "items": [{"price": prices["plan_starter"]}], "payment_behavior": "default_incomplete"}
    )
    invoice = api.invoices.retrieve(made.latest_invoice)
    page = open_page(invoice.hosted_invoice_url, theme=theme, width=width)
    _is_well_made(page)
    page.get_by_role("button", name="Use the saved card").click()
    expect(page.get_by_role("alert")).to_contain_text("no default_payment_method")
    fill(page, "4000 0000 0000 9995")
    page.get_by_role("button", name="Pay $29.00").click()
    expect(page.get_by_role("alert")).to_contain_text("insufficient funds")
    _is_well_made(page)
    fill(page, "4000 0027 6000 3184")
    page.get_by_role("button", name="Pay $29.00").click()
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Paid")).to_be_visible()
    assert api.subscriptions.retrieve(made.id).status == "active"
    page.goto(api.charges.list().data[0].receipt_url)
    _is_well_made(page)


def _is_well_made(page: Page) -> None:
    """Assert that axe finds no problem and that nothing is wider than the window."""
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    expect(page.get_by_text("No money moves and no card is real.")).to_be_visible()
