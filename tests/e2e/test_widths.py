"""Every page, and dialogs, of a laptop, at 200 % zoom and on a phone: nothing is cut off or scrolls sideways."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser import EVERY_PAGE, open_page
from tests.e2e.fixtures import PageOf
from tests.e2e.server import Place, Server

WIDTHS = (1280, 640, 390)
"""A laptop, the laptop at 200 % zoom, a phone."""
OPENS_A_DIALOG = (
    "Create key",
    "Rotate",
    "Revoke",
    "Block a number",
    "Paste numbers",
    "Import CSV",
    "Block",
    "Add a number",
    "Invite a member",
    "New ticket",
    "Cancel change",
    "Release",
)
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
    """A server with the demo as people have used it: no list is empty."""
    one_process.stop()
    server = Server(place, tmp_path_factory.mktemp("lived-in"), lived_in=True)
    yield server
    server.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_cut_off_and_no_page_or_dialog_scrolls_sideways(page_of: PageOf, width: int) -> None:
    page = page_of("owner@example.com", width=width)
    wrong, opened = {}, 0
    for path in EVERY_PAGE:
        open_page(page, path)
        if found := page.evaluate(WRONG):
            wrong[path] = found[:5]
        for name in OPENS_A_DIALOG:
            if found := _in_dialog(page, name):
                opened += 1
                if found[1]:
                    wrong[f"{path}: {name}"] = found[1][:5]
    assert wrong == {}
    assert opened >= 5


def _in_dialog(page: Page, name: str) -> tuple[str, list[str]] | None:
    """Open the dialog of the first button of this name and return what is wrong in it; None if there is no such one."""
    button = page.locator("main").get_by_role("button", name=name, exact=True).first
    if not button.is_visible() or not button.is_enabled():
        return None
    button.click()
    dialog = page.get_by_role("dialog").first
    expect(dialog).to_be_visible()
    found = page.evaluate(WRONG)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    return name, found
