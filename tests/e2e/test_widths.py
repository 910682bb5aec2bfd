"""Every page and dialog, from laptop to phone width: nothing is cut off or scrolls sideways."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlmodel import select

from settings_ui.models import ApiKey, BlockedCaller, Business, Ticket, TrackingNumber, User
from tests.e2e.browser import EVERY_PAGE, HEIGHT, card, open_page
from tests.e2e.fixtures import PageOf
from tests.e2e.place import Place
from tests.e2e.server import Server
from tests.e2e.test_keyboard import tab_to

WIDTHS = (1280, 1180, 1024, 768, 640, 390, 360)
"""A laptop, smaller laptops and tablets, the laptop at 200% zoom, phones."""
PLACES = (*EVERY_PAGE, "/calls?period=custom", "/activity?period=custom")
OPENS_A_DIALOG = (
    "Add a number",
    "Add funds",
    "Block",
    "Block a number",
    "Cancel change",
    "Create key",
    "Details",
    "Import",
    "Invite a member",
    "New ticket",
    "Release",
    "Remove",
    "Rename source",
    "Revoke",
    "Rotate",
    "Sign out all others",
)
"""Button names or their prefixes; buttons in rows append what they act on."""
LONG = "Wolfeschlegelsteinhausenbergerdorff" * 2
MAY_BE_LONG = (
    (ApiKey, "name"),
    (BlockedCaller, "note"),
    (Business, "name"),
    (Ticket, "subject"),
    (TrackingNumber, "source"),
    (User, "name"),
)
LISTS = ("api-keys", "blocked-callers", "support")
DIALOGS = {"owner": 14, "manager": 2, "publisher": 1}
WRONG = """() => {
    const style = (e) => getComputedStyle(e);
    const unseen = (e) => !e.checkVisibility() || e.closest(".sr-only, svg, [popover]:not(:popover-open)")
        || e.getBoundingClientRect().width <= 1;
    const meant = (e) => e.closest(".tabs, pre") || style(e).textOverflow === "ellipsis";
    const said = (e) => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    const found = [];
    for (const e of document.querySelectorAll("body *")) {
        if (unseen(e) || meant(e)) continue;
        const box = e.getBoundingClientRect();
        const name = e.outerHTML.slice(0, 140);
        const room = /auto|scroll/.test(style(e).overflowX) && !/TEXTAREA|INPUT/.test(e.tagName);
        if (room && e.scrollWidth > e.clientWidth + 1)
            found.push("scrolls sideways: " + name);
        if (!said(e) && !/BUTTON|INPUT|SELECT|IMG/.test(e.tagName)) continue;
        if (box.right > innerWidth + 0.5 || box.left < -0.5) found.push("beyond the edge: " + name);
        for (let on = e.parentElement; on && on !== document.body; on = on.parentElement) {
            if (meant(on)) break;
            if (!/hidden|clip/.test(style(on).overflowX)) continue;
            const edge = on.getBoundingClientRect();
            if (edge.width <= 1) continue;
            if (box.right > edge.right + 1 || box.left < edge.left - 1) found.push("cut off: " + name);
        }
    }
    if (document.documentElement.scrollWidth > innerWidth) found.push("the page scrolls sideways");
    return found;
}"""


@pytest.fixture(scope="module")
def running(one_process: Server, place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the lived-in demo: no list is empty."""
    one_process.stop()
    server = Server(place, tmp_path_factory.mktemp("lived-in"), lived_in=True)
    yield server
    server.close()


@pytest.mark.parametrize("role", DIALOGS)
def test_nothing_is_cut_off_and_no_page_or_dialog_scrolls_sideways(page_of: PageOf, role: str) -> None:
    """One window for all widths, as when a user drags its edge."""
    page = page_of(f"{role}@example.com")
    wrong: dict[str, list[str]] = {}
    dialogs, elsewhere = set(), 0
    for path in PLACES:
        open_page(page, path)
        if not page.url.endswith(path):
            elsewhere += 1
            if elsewhere > 1:
                continue  # every page without access redirects to the same one
        _look(page, path, wrong)
        dialogs |= _look_into_dialogs(page, path, wrong)
    assert wrong == {}
    assert len(dialogs) >= DIALOGS[role], dialogs


def _look_into_dialogs(page: Page, path: str, wrong: dict[str, list[str]]) -> set[str]:
    """Record layout errors of every dialog of the page, and return what opened one."""
    found = set()
    for name in OPENS_A_DIALOG:
        button = page.locator("main").get_by_role("button", name=re.compile(f"^{name}( |$)")).first
        if button.is_visible() and button.is_enabled():
            found.add(name)
            button.click()
            dialog = page.get_by_role("dialog").first
            expect(dialog).to_be_visible()
            _look(page, f"{path}: {name}", wrong)
            page.keyboard.press("Escape")
            expect(dialog).to_be_hidden()
    return found


def _look(page: Page, what: str, wrong: dict[str, list[str]]) -> None:
    """Record layout errors by width."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        if found := page.evaluate(WRONG):
            wrong[f"{what}, {width} pixels"] = found[:5]
    page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})


def test_long_names_push_nothing_out_of_a_list_or_a_dialog(page_of: PageOf, server: Server) -> None:
    with server.database.write() as session:
        for model, name in MAY_BE_LONG:
            for row in session.exec(select(model)):
                setattr(row, name, f"{LONG} {row.id}"[:100])
    page = page_of("owner@example.com", path="/numbers")
    wrong: dict[str, list[str]] = {}
    for path in ("/numbers", "/business", *map("/settings?tab={}".format, LISTS), "/activity"):
        open_page(page, path)
        _look(page, path, wrong)
        _look_into_dialogs(page, path, wrong)
    open_page(page, "/settings?tab=support")
    page.get_by_role("table", name="Tickets").get_by_role("link").first.click()
    expect(page.get_by_role("list", name="Thread")).to_be_visible()
    _look(page, "a thread", wrong)
    assert wrong == {}


def test_a_name_from_right_to_left_leaves_the_words_next_to_it_in_order(page_of: PageOf, server: Server) -> None:
    """Otherwise "שרה · 4 days ago" would be shown as "4 · שרה days ago"."""
    with server.database.write() as session:
        for person in session.exec(select(User)):
            person.name = "שרה כהן"
    page = page_of("owner@example.com", path="/settings?tab=api-keys")
    created = page.get_by_role("table", name="API keys").locator(".hint time")
    expect(created.first).to_be_visible()
    pieces = created.evaluate_all("times => times.map(time => time.getClientRects().length)")
    assert pieces == [1] * len(pieces)


def test_a_table_is_one_wherever_its_columns_fit(page_of: PageOf) -> None:
    """The container's width decides: figures stay in columns even on a phone, the call log on a small laptop."""
    page = page_of("owner@example.com", path="/dashboard", width=390)
    open_page(page, "/dashboard")
    expect(card(page, "By source").get_by_role("columnheader", name="Qualified")).to_be_visible()
    open_page(page, "/calls")
    headings = card(page, "Call log").get_by_role("columnheader", name="Duration")
    expect(headings).to_be_hidden()
    page.set_viewport_size({"width": 1024, "height": HEIGHT})
    expect(headings).to_be_visible()


@pytest.mark.parametrize(
    ("path", "table", "width"),
    [
        ("/calls", "Calls", 390),
        ("/calls", "Calls", 360),
        ("/numbers", "Tracking numbers", 390),
        ("/numbers", "Tracking numbers", 360),
        ("/settings?tab=support", "Tickets", 390),
        ("/settings?tab=support", "Tickets", 360),
        ("/settings?tab=billing", "Transactions", 390),
    ],
)
def test_a_row_that_is_a_card_takes_two_lines(page_of: PageOf, path: str, table: str, width: int) -> None:
    page = page_of("owner@example.com", path=path, width=width)
    open_page(page, path)
    rows = page.get_by_role("table", name=table).locator("tbody tr")
    expect(rows.nth(3)).to_be_visible()
    heights = rows.evaluate_all("rows => rows.map(row => row.getBoundingClientRect().height)")
    assert max(heights) < 80, heights


@pytest.mark.parametrize("width", [390, 360])
@pytest.mark.parametrize(("path", "table"), [("/settings?tab=api-keys", "API keys"), ("/business", "Members")])
def test_a_row_with_more_to_do_or_an_end_takes_one_more(page_of: PageOf, path: str, table: str, width: int) -> None:
    """A key that ends soon, and a member, whose role and access can be changed."""
    page = page_of("owner@example.com", path=path, width=width)
    rows = page.get_by_role("table", name=table).locator("tbody tr")
    expect(rows.nth(3)).to_be_visible()
    heights = sorted(rows.evaluate_all("rows => rows.map(row => row.getBoundingClientRect().height)"))
    assert heights[len(heights) // 2] < 100, heights
    assert heights[-1] < 120, heights


def test_funds_are_added_by_keyboard(page_of: PageOf) -> None:
    """With a card that is already saved in the lived-in demo."""
    page = page_of("owner@example.com", path="/settings?tab=billing")
    add = card(page, "Balance").get_by_role("button", name="Add funds")
    tab_to(page, add)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Add funds")
    amount = dialog.get_by_label("Amount")
    expect(amount).to_be_focused()
    expect(amount).to_have_accessible_description("$")
    tab_to(page, dialog.get_by_role("button", name="$25", exact=True))
    page.keyboard.press("Space")
    expect(amount).to_have_value("25")
    tab_to(page, dialog.get_by_role("radio", checked=True))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(dialog.get_by_role("radio", name=re.compile("4242"))).to_be_checked()
    tab_to(page, dialog.get_by_role("button", name="Add funds"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("$25.00 added")).to_be_visible()
    expect(dialog).to_be_hidden()
    expect(card(page, "Transactions").get_by_role("row").nth(1)).to_contain_text("+$25.00")
    expect(add).to_be_focused()
