"""A real browser: launching it, collecting its errors, and locating the parts of a page by their visible names."""

import re
from collections.abc import Mapping
from time import monotonic

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright, WebSocket, expect

from settings_ui.domain.access import Page as Pages
from settings_ui.domain.access import Tab
from settings_ui.services.demo.seeding import PASSWORD
from tests.install_browser import system_browser

PATIENCE_MS = 5_000
MOST_STEPS = 60
HEIGHT = 800
PHONE = 390
EVERY_PAGE = tuple(dict.fromkeys([*(page.path for page in Pages), *(f"/settings?tab={tab.slug}" for tab in Tab)]))
"""Every page an owner may open."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium, with the back/forward cache on, as users have it."""
    expect.set_options(timeout=PATIENCE_MS)
    return playwright.chromium.launch(
        executable_path=system_browser(), args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
    )


def new_context(
    browser: Browser, origin: str, *, theme: str = "light", width: int = 1280, options: Mapping[str, object] = {}
) -> BrowserContext:
    """Open a fresh browser context; `theme` is the system's color scheme."""
    context = browser.new_context(
        base_url=origin,
        color_scheme=theme,  # type: ignore[arg-type]
        viewport={"width": width, "height": HEIGHT},
        has_touch=width < 760,
        **options,  # type: ignore[arg-type]
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


class Complaints:
    """What browsers report: console errors, content security policy violations, uncaught exceptions."""

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._expected: list[str] = []
        self._contexts: list[BrowserContext] = []
        self._steps: list[str] = []

    def listen(self, context: BrowserContext) -> None:
        """Listen to every page of the context."""
        self._contexts.append(context)
        context.on("console", self._console)
        context.on("weberror", lambda error: self._heard.append(f"uncaught: {error.error}"))
        context.on("page", self._follow)

    def scene(self) -> str:
        """Return what led here, and what each page shows now: for the report of a test that failed."""
        pages = [page for context in self._contexts for page in context.pages]
        shown = [f"{page.url}\n{page.locator('body').aria_snapshot()}" for page in pages]
        return "\n".join([*self._steps[-MOST_STEPS:], *self._heard, *shown])

    def expect(self, pattern: str) -> None:
        """Ignore the errors that this test provokes."""
        self._expected.append(pattern)

    def unexpected(self) -> list[str]:
        """Return all other errors."""
        return [text for text in self._heard if not any(re.search(pattern, text) for pattern in self._expected)]

    def _follow(self, page: Page) -> None:
        def note(step: str) -> None:
            self._steps.append(f"{monotonic():.2f} {step}")

        def opened(socket: WebSocket) -> None:
            note("a socket")
            socket.on("close", lambda _: note("a socket closed"))

        page.on("framenavigated", lambda frame: note(f"at {frame.url}"))
        page.on("domcontentloaded", lambda page: note(f"read {page.url}"))
        page.on("websocket", opened)
        page.on("crash", lambda _: note("crashed"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._heard.append(f"{message.text} ({message.location.get('url')})")


class Frames:
    """The WebSocket frames a page sends and receives from now on."""

    def __init__(self, page: Page) -> None:
        self.received: list[str] = []
        self.sent: list[str] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.received.append(_text(frame)))
        socket.on("framesent", lambda frame: self.sent.append(_text(frame)))


def sign_in_behind(context: BrowserContext, email: str, password: str = PASSWORD) -> None:
    """Sign in by setting the session cookie, without the form."""
    answer = context.request.post(
        "/auth/sign-in", form={"email": email, "password": password}, headers={"Accept": "application/json"}
    )
    assert answer.ok, answer.text()


def fill_sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in with the form on the page."""
    page.bring_to_front()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    """Sign out through the account menu."""
    page.bring_to_front()
    account(page).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))


def await_loaded(page: Page) -> None:
    """Wait until the server has answered the window: what it shows may have come with its HTML, long before."""
    expect(account(page)).to_be_visible()
    expect(page.locator('main:not([data-load=""])')).to_have_count(1)


def open_page(page: Page, path: str) -> None:
    """Open a page and wait until its data has loaded."""
    page.goto(path)
    await_loaded(page)
    expect(page.locator("main .bone")).to_have_count(0)


def account(page: Page) -> Locator:
    """The button that opens the account menu; visible once the page's data is there."""
    return page.get_by_role("button", name=re.compile("^Account of "))


def tabs(page: Page) -> Locator:
    """The links in the tab bar."""
    return page.get_by_role("navigation", name="Settings tabs").get_by_role("link")


def tab(page: Page, name: str) -> Locator:
    """One tab's link."""
    return page.get_by_role("navigation", name="Settings tabs").get_by_role("link", name=name, exact=True)


def open_tab(page: Page, name: str) -> None:
    """Click a tab and wait until it is the current one."""
    page.bring_to_front()
    tab(page, name).click()
    expect(tab(page, name)).to_have_attribute("aria-current", "page")


def card(page: Page, name: str) -> Locator:
    """A card by its heading."""
    return page.get_by_role("region", name=name, exact=True)


def switch_business(page: Page, name: str) -> None:
    """Switch the window to another business and wait until it shows it."""
    page.bring_to_front()
    page.get_by_role("button", name=re.compile("^Business: ")).click()
    page.get_by_role("group", name="Switch business").get_by_role("button", name=name).click()
    expect(page.get_by_role("button", name=f"Business: {name}. Switch")).to_be_visible()


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode(errors="replace")
