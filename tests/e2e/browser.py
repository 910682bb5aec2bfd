"""A real browser: how it is started, what it complains about, and the parts of a page by the names people know."""

import re
from collections.abc import Mapping

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright, WebSocket, expect

from settings_ui.domain.access import Page as Pages
from settings_ui.domain.access import Tab
from settings_ui.services.demo.seeding import PASSWORD
from tests.install_browser import system_browser

PATIENCE_MS = 5_000
HEIGHT = 800
PHONE = 390
EVERY_PAGE = tuple(dict.fromkeys([*(page.path for page in Pages), *(f"/settings?tab={tab.slug}" for tab in Tab)]))
"""Whatever an owner may open."""
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"]


def launch(playwright: Playwright) -> Browser:
    """Start the system's Chromium, with its back/forward cache on as people have it."""
    expect.set_options(timeout=PATIENCE_MS)
    return playwright.chromium.launch(
        executable_path=system_browser(), args=FLAGS, ignore_default_args=["--disable-back-forward-cache"]
    )


def new_context(
    browser: Browser, origin: str, *, theme: str = "light", width: int = 1280, options: Mapping[str, object] = {}
) -> BrowserContext:
    """Open a browser that nobody has used; `theme` is what its system prefers."""
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
    """What browsers complain about: errors on the console, refusals of the policy, uncaught errors."""

    def __init__(self) -> None:
        self._heard: list[str] = []
        self._expected: list[str] = []

    def listen(self, context: BrowserContext) -> None:
        """Listen to every page of the context."""
        context.on("console", self._console)
        context.on("weberror", lambda error: self._heard.append(f"uncaught: {error.error}"))

    def expect(self, pattern: str) -> None:
        """Let pass what this test provokes."""
        self._expected.append(pattern)

    def unexpected(self) -> list[str]:
        """Return everything else."""
        return [text for text in self._heard if not any(re.search(pattern, text) for pattern in self._expected)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._heard.append(f"{message.text} ({message.location.get('url')})")


class Frames:
    """What a page is sent and sends over its sockets, from now on."""

    def __init__(self, page: Page) -> None:
        self.received: list[str] = []
        self.sent: list[str] = []
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: self.received.append(_text(frame)))
        socket.on("framesent", lambda frame: self.sent.append(_text(frame)))


def sign_in_behind(context: BrowserContext, email: str, password: str = PASSWORD) -> None:
    """Give a browser the cookie that signing in gives, without the form."""
    answer = context.request.post(
        "/auth/sign-in", form={"email": email, "password": password}, headers={"Accept": "application/json"}
    )
    assert answer.ok, answer.text()


def fill_sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in with the form that the page shows."""
    page.bring_to_front()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def sign_out(page: Page) -> None:
    """Sign out with the account menu."""
    page.bring_to_front()
    account(page).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in"))


def open_page(page: Page, path: str) -> None:
    """Open a page and wait until its data is there."""
    page.goto(path)
    expect(account(page)).to_be_visible()
    expect(page.locator("main .bone")).to_have_count(0)


def account(page: Page) -> Locator:
    """The button that opens the account menu; there once the page has its data."""
    return page.get_by_role("button", name=re.compile("^Account of "))


def tabs(page: Page) -> Locator:
    """The links of the tab bar."""
    return page.get_by_role("navigation", name="Settings tabs").get_by_role("link")


def tab(page: Page, name: str) -> Locator:
    """The link of one tab."""
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
    """Move the window to another business and wait until it is there."""
    page.bring_to_front()
    page.get_by_role("button", name=re.compile("^Business: ")).click()
    page.get_by_role("group", name="Switch business").get_by_role("button", name=name).click()
    expect(page.get_by_role("button", name=f"Business: {name}. Switch")).to_be_visible()


def _text(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else frame.decode(errors="replace")
