"""Fixtures for the browser tests: a server, a browser, and signed-in users."""

import contextlib
from collections.abc import Generator, Iterator
from typing import Protocol

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.e2e.browser import Complaints, await_loaded, launch, new_context, sign_in_behind
from tests.e2e.place import Place, a_place
from tests.e2e.server import Server

IN_A_BROWSER = ("tests/e2e/", "tests/article/")


class Scheduling(LoadScopeScheduling):
    """Assigns whole files to a worker, and all browser tests to one: they share a server, its port and its build."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith(IN_A_BROWSER) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come first: they take longest, and the other worker runs the rest in the meantime.

    Each may be retried once: on a busy machine a browser can miss any time limit. Retried tests are listed at the end,
    since the cause may have been a race of ours.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(IN_A_BROWSER))
    for item in items:
        if item.nodeid.startswith(IN_A_BROWSER):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failed test what its pages show: a failure on another machine cannot be looked at."""
    report = yield
    complaints = getattr(item, "funcargs", {}).get("complaints")
    if report.when == "call" and report.failed and complaints:
        try:
            report.sections.append(("Pages", complaints.scene()))
        except PlaywrightError as error:
            report.sections.append(("Pages", f"They do not answer: {error}"))
    return report


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright, for one module only: while its event loop runs, no async test could start."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    running = launch(playwright)
    yield running
    running.close()


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Where this run's servers listen, one at a time."""
    with a_place(tmp_path_factory.mktemp("place")) as found:
        yield found


@pytest.fixture(scope="session")
def one_process(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A single-process server on SQLite; it runs whenever no other server needs the port."""
    server = Server(place, tmp_path_factory.mktemp("one-process"))
    yield server
    server.close()


@pytest.fixture(scope="module")
def running(one_process: Server) -> Server:
    """The server for a module's tests. A module may override it with its own, but must stop this one first."""
    return one_process


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """A server with the demo as seeded; fails the test if any of its events or requests fails."""
    running.start()
    written = running.log_size()
    yield running
    running.start()
    running.restore()
    log = running.log(written)
    assert "Traceback" not in log, log


@pytest.fixture
def complaints() -> Iterator[Complaints]:
    """The errors reported by the test's browsers; any unexpected one fails the test."""
    heard = Complaints()
    yield heard
    assert heard.unexpected() == []


class NewBrowser(Protocol):
    """Opens a fresh browser context; `context.new_page()` then opens a window in it."""

    def __call__(self, *, theme: str = "light", width: int = 1280) -> BrowserContext: ...


class PageOf(Protocol):
    """Opens a window for a user who has just signed in, in a browser of their own."""

    def __call__(
        self, email: str = "publisher@example.com", *, path: str = "/settings", theme: str = "light", width: int = 1280
    ) -> Page: ...


@pytest.fixture
def new_browser(browser: Browser, server: Server, complaints: Complaints) -> Iterator[NewBrowser]:
    """See the protocol; all browsers are closed at the end."""
    with contextlib.ExitStack() as opened:

        def open_browser(*, theme: str = "light", width: int = 1280) -> BrowserContext:
            context = new_context(browser, server.origin, theme=theme, width=width)
            complaints.listen(context)
            opened.callback(context.close)
            return context

        yield open_browser


@pytest.fixture
def page_of(new_browser: NewBrowser) -> PageOf:
    """See the protocol."""

    def open_page(
        email: str = "publisher@example.com", *, path: str = "/settings", theme: str = "light", width: int = 1280
    ) -> Page:
        context = new_browser(theme=theme, width=width)
        sign_in_behind(context, email)
        return open_window(context, path)

    return open_page


def open_window(context: BrowserContext, path: str = "/settings") -> Page:
    """Open another window in a signed-in browser."""
    page = context.new_page()
    page.goto(path)
    await_loaded(page)
    return page
