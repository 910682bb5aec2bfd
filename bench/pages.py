"""What people wait for, in a real browser: bytes on the wire and tab switches."""

import contextlib
import statistics
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect

from bench.figures import Figure
from tests.e2e.browser import account, await_loaded, new_context, sign_in_behind

BUDGET_KB = 220
SWITCHES = 30
FIRST_VISITS = 9
RESTS_MS = 100

# The time of a card's heading with its data, recorded by the page itself, without messages to the browser.
SHOWN = """
window.shown = (selector) => {
  const heading = document.querySelector(selector);
  return heading !== null && heading.getClientRects().length > 0;
};
window.when = (selector) => new Promise((done) => {
  const look = () => shown(selector) && (seen.disconnect(), done(performance.now()));
  const seen = new MutationObserver(look);
  seen.observe(document, {subtree: true, childList: true, attributes: true});
  look();
});
"""
SWITCH = """async ([tab, selector]) => {
  const start = performance.now();
  document.querySelector(`.tabs a[href$="tab=${tab}"]`).click();
  return await when(selector) - start;
}"""
PROFILE, PAYOUTS = "h2#name", "h2#paypal-email"
THERE_AND_BACK = (("payouts", PAYOUTS), ("profile", PROFILE))


def size(browser: Browser, origin: str) -> list[Figure]:
    """Bytes of cold loads as counted by the browser: headers, compressed bodies and socket frames."""
    figures = []
    for name, path, email in (
        ("Sign-in", "/sign-in", None),
        ("Profile", "/settings", "owner@example.com"),
        ("Payouts", "/settings?tab=payouts", "owner@example.com"),
    ):
        with new_context(browser, origin) as context:
            wire, socket = traffic(context, path, email)
        figures.append(Figure(f"{name}: cold load on the wire", wire / 1000, "kB", BUDGET_KB))
        figures.append(Figure(f"{name}: over the socket besides", socket / 1000, "kB"))
    return figures


def switch(browser: Browser, origin: str) -> list[Figure]:
    """From the click on a tab to its content, with data from the database: tabs seen before, and first visits in
    fresh browsers. The pointer approaches first, as a person's would."""
    with _open(browser, origin) as page:
        seen = [_visit(page, *THERE_AND_BACK[n % 2]) for n in range(SWITCHES + 2)][2:]
    first = []
    for _ in range(FIRST_VISITS):
        with _open(browser, origin) as page:
            first.append(_visit(page, *THERE_AND_BACK[0]))
    return [
        Figure("Tab switch, first visit, median", statistics.median(first), "ms", budget=15),
        Figure("Tab switch, a tab seen before, median", statistics.median(seen), "ms", budget=8),
        Figure("Tab switch, a tab seen before, fastest", min(seen), "ms"),
        Figure("Tab switch, a tab seen before, slowest", max(seen), "ms"),
    ]


@contextlib.contextmanager
def _open(browser: Browser, origin: str) -> Iterator[Page]:
    with someone(browser, origin, "owner@example.com") as context:
        page = context.new_page()
        page.add_init_script(SHOWN)
        page.goto("/settings")
        await_loaded(page)
        yield page


def _visit(page: Page, tab: str, selector: str) -> float:
    """Return the milliseconds from the click to the content; the pointer approaches first, and nothing else is in
    progress."""
    page.locator(f'.tabs a[href$="tab={tab}"]').hover()
    page.wait_for_timeout(RESTS_MS)
    return float(page.evaluate(SWITCH, [tab, selector]))


def traffic(context: BrowserContext, path: str, email: str | None) -> tuple[float, float]:
    """Return the bytes of a first load in this browser, signed in or not: on the wire, and over sockets."""
    wire: list[float] = []
    socket: list[int] = []
    if email:
        sign_in_behind(context, email)
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda event: wire.append(event["encodedDataLength"]))
    count: Callable[[Any], None] = lambda event: socket.append(len(event["response"]["payloadData"]))  # noqa: E731
    devtools.on("Network.webSocketFrameReceived", count)
    devtools.on("Network.webSocketFrameSent", count)
    page.goto(path)
    expect(account(page) if email else page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.wait_for_load_state("networkidle")
    return sum(wire), sum(socket)


def someone(browser: Browser, origin: str, email: str | None) -> BrowserContext:
    """Open a browser with an empty cache, as a context manager."""
    context = new_context(browser, origin)
    if email:
        sign_in_behind(context, email)
    return context
