"""The first load of a page: what it requests and when, and that no other site gets a handle to the window."""

import time

from playwright.sync_api import Page, Route, expect

from tests.e2e.browser import Complaints, account, await_loaded, card, sign_in_behind
from tests.e2e.fixtures import NewBrowser
from tests.e2e.server import Server

MOUNTS_LATER_S = 0.5
NOTES = """
window.noted = [];
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (String(data).startsWith("40/_event")) noted.push("asked");
  return send.call(this, data);
};
const listen = document.addEventListener;
document.addEventListener = function (name, ...more) {
  if (name === "visibilitychange") noted.push("mounted");
  return listen.call(this, name, ...more);
};
"""
"""Records when the page requests its state, and when Reflex has attached its listener for the answer."""

LOST_EARLY = """
const Real = WebSocket;
let sockets = 0;
window.WebSocket = class extends Real {
  constructor(...given) {
    super(...given);
    const lose = ({ data }) => {
      if (data.startsWith("40/_event")) this.dispatchEvent(new CloseEvent("close")), this.close();
    };
    if (sockets++ === 0) this.addEventListener("message", lose);
  }
};
"""
"""The first connection drops on its first answer, before the page is listening."""


def test_a_page_asks_for_its_state_once_and_before_it_has_mounted(new_browser: NewBrowser) -> None:
    page = _opened(new_browser, NOTES)
    assert page.evaluate("noted") == ["asked", "mounted"]


def test_a_connection_that_is_lost_before_the_page_listens_is_made_again(new_browser: NewBrowser) -> None:
    page = _opened(new_browser, LOST_EARLY)
    card(page, "Name").get_by_label("Full name").fill("Pat M.")
    card(page, "Name").get_by_role("button", name="Save").click()
    expect(account(page)).to_have_accessible_name("Account of Pat M.")


def test_a_page_is_drawn_from_its_html_alone(new_browser: NewBrowser, complaints: Complaints) -> None:
    complaints.expect("ERR_FAILED|Failed to fetch")
    page = new_browser().new_page()
    page.route("**/assets/**", lambda route: route.abort())
    page.goto("/sign-in")
    expect(page.get_by_role("heading", name="Sign in")).to_have_css("font-size", "24px")
    assert page.evaluate("performance.getEntriesByType('resource').filter((r) => r.name.includes('.css')).length") == 0


def test_a_page_of_another_site_that_opens_ours_has_no_hold_of_it(new_browser: NewBrowser, server: Server) -> None:
    page = new_browser().new_page()
    page.route("http://evil.example/", lambda route: route.fulfill(body="<p>evil", content_type="text/html"))
    page.goto("http://evil.example/")
    with page.expect_popup() as opened:
        page.evaluate(f"window.ours = open('{server.origin}/sign-in'); null")
    expect(opened.value.get_by_role("heading", name="Sign in")).to_be_visible()
    assert opened.value.evaluate("window.opener") is None
    assert page.evaluate("ours.closed"), "the opener could navigate it"


def _opened(new_browser: NewBrowser, script: str) -> Page:
    context = new_browser()
    sign_in_behind(context, "publisher@example.com")
    page = context.new_page()
    page.add_init_script(script)
    page.route("**/assets/entry.client*", _mount_late)
    page.goto("/settings")
    await_loaded(page)
    return page


def _mount_late(route: Route) -> None:
    time.sleep(MOUNTS_LATER_S)
    route.continue_()
