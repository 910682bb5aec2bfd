"""Cold loads, interleaved with those of a bare Reflex page and a NiceGUI page; the figures are the ratios."""

import statistics
from dataclasses import dataclass

from playwright.sync_api import Browser

from bench import bare_reflex, nicegui
from bench.figures import Figure
from bench.pages import PROFILE, SHOWN, someone

ROUNDS = 11
OWNER = "owner@example.com"
CONTENT_RATIO, NICE_RATIO, PAINT_RATIO, LAYOUT_MS = 1.15, 0.65, 1.2, 35.0

# The page itself records when its content appears, and reports it on the console: a locator would run its own script in
# the page, which takes as long as a first layout.
SAID = "bench"
NOTED = (
    SHOWN
    + """when('%s').then((at) => {
  window.contentAt = at;
  requestAnimationFrame(() => setTimeout(() => console.debug('bench')));
});"""
)
PAINTED = "() => performance.getEntriesByName('first-contentful-paint').length"
FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"


@dataclass(frozen=True)
class Site:
    """A page to load, and the selector of its content; signs in with `email` first, if given."""

    name: str
    origin: str
    path: str
    selector: str
    email: str | None = None


@dataclass(frozen=True)
class Load:
    """One cold load in milliseconds: to the content, to the first paint, and time spent in layout."""

    content: float
    paint: float
    layout: float


def load(browser: Browser, origin: str, bare: str, nice: str, floor: str) -> list[Figure]:
    """Load the pages repeatedly, interleaved, each time in a fresh browser, and compare the medians.

    Other load on the machine slows all of them alike; the fastest load is disturbed least.
    """
    reflex = Site("Bare Reflex", bare, bare_reflex.PATH, bare_reflex.SELECTOR)
    other = Site("NiceGUI", nice, nicegui.PATH, nicegui.SELECTOR)
    ours = [
        Site("Profile", origin, "/settings", PROFILE, OWNER),
        Site("API Keys", origin, "/settings?tab=api-keys", "h2#api-keys", OWNER),
    ]
    static = Site("A static page, for comparison", floor, "/", "h2#floor")
    loads: dict[Site, list[Load]] = {site: [] for site in (reflex, other, *ours, static)}
    for turn in range(ROUNDS + 1):
        for site, done in loads.items():
            measured = cold_load(browser, site)
            if turn:  # the first warms the server
                done.append(measured)
    compared = [figure for site in ours for figure in _compared(site.name, loads[site], loads[reflex], loads[other])]
    return compared + [figure for site in (reflex, other, static) for figure in _alone(site.name, loads[site])]


def _compared(name: str, ours: list[Load], bare: list[Load], nice: list[Load]) -> list[Figure]:
    content = _median(ours, "content") / _median(bare, "content")
    against_nice = _median(ours, "content") / _median(nice, "content")
    paint = _median(ours, "paint") / _median(bare, "paint")
    return [
        Figure(f"{name}: cold load to content, against bare Reflex", content, "times", CONTENT_RATIO),
        Figure(f"{name}: cold load to content, against NiceGUI", against_nice, "times", NICE_RATIO),
        Figure(f"{name}: first paint, against bare Reflex", paint, "times", PAINT_RATIO),
        Figure(f"{name}: layout in a cold load", _median(ours, "layout"), "ms", LAYOUT_MS),
        *_alone(name, ours),
    ]


def _alone(name: str, loads: list[Load]) -> list[Figure]:
    return [
        Figure(f"{name}: cold load to content", _median(loads, "content"), "ms"),
        Figure(f"{name}: cold load to content, fastest", min(one.content for one in loads), "ms"),
    ]


def _median(loads: list[Load], of: str) -> float:
    return statistics.median(float(getattr(one, of)) for one in loads)


def cold_load(browser: Browser, site: Site) -> Load:
    """Load a page in a fresh browser."""
    with someone(browser, site.origin, site.email) as context:
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("Performance.enable")
        page.add_init_script(NOTED % site.selector)
        with page.expect_console_message(lambda message: message.text == SAID, timeout=30_000):
            page.goto(site.path, wait_until="commit")
        metrics = {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}
        content = float(page.evaluate("contentAt"))
        page.wait_for_function(PAINTED)  # the content may be there before it is painted
        return Load(content, float(page.evaluate(FIRST_PAINT)), metrics["LayoutDuration"] * 1000)
