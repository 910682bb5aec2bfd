"""Support: managers and above create and manage tickets."""

from playwright.sync_api import expect

from tests.e2e.browser import card, tab
from tests.e2e.fixtures import PageOf
from tests.e2e.tickets import SUPPORT, create_ticket, reply


def test_a_manager_creates_replies_solves_and_reopens(page_of: PageOf) -> None:
    page = page_of("manager@example.com", path=SUPPORT)
    note = {"name": "invoice.txt", "mimeType": "text/plain", "buffer": b"1,240 minutes, twice\n"}
    create_ticket(page, "Minutes of one call are there twice", "On 3 March the same call is there twice.", [note])
    ticket = card(page, "Minutes of one call are there twice")
    expect(ticket).to_contain_text("Billing · High")
    expect(ticket).to_contain_text("On 3 March the same call is there twice.")
    with page.expect_download() as saved:
        ticket.get_by_role("link", name="invoice.txt").click()
    assert saved.value.path().read_bytes() == b"1,240 minutes, twice\n"

    reply(page, "And on 2 March.")
    page.get_by_role("button", name="Mark as solved").click()
    expect(ticket).to_contain_text("Kim Larsen marked this as solved")
    expect(ticket.get_by_text("Solved", exact=True)).to_be_visible()
    page.get_by_role("button", name="Reopen").click()
    expect(ticket.get_by_text("Open", exact=True)).to_be_visible()
    page.get_by_role("button", name="Mark as solved").click()
    expect(ticket.get_by_text("Solved", exact=True)).to_be_visible()
    reply(page, "It happened again.")
    expect(ticket.get_by_text("Open", exact=True)).to_be_visible()

    page.get_by_role("link", name="All tickets").click()
    row = page.get_by_role("row").filter(has_text="Minutes of one call are there twice")
    expect(row).to_contain_text("Waiting for support")
    for role, has_it in (("owner", 1), ("admin", 1), ("viewer", 0), ("publisher", 0)):
        other = page_of(f"{role}@example.com", path=SUPPORT)
        expect(tab(other, "Support")).to_have_count(has_it)
        expect(other.get_by_role("link", name="Minutes of one call are there twice")).to_have_count(has_it)
