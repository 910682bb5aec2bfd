"""The Billing tab in a browser until its first content, as the demo has it and with a hundred thousand transactions."""

import statistics
from dataclasses import dataclass

from playwright.sync_api import Browser, expect
from sqlmodel import select

from bench.figures import Figure
from bench.loading import OWNER, Site, cold_load
from bench.pages import SHOWN, SWITCH, someone
from settings_ui.models import Business
from settings_ui.services.demo.seeding import NORTHWIND
from settings_ui.services.kit.database import Database
from tests.e2e.browser import account
from tests.e2e.server import Server
from tests.services.billing.many import write_many
from tests.support import START

MANY = 100_000
ROUNDS = 9
CONTENT = "h2#balance"
BUDGET_MS = 300


@dataclass(frozen=True)
class Waits:
    """Milliseconds until the content: in a fresh browser, and from the first click on the tab."""

    cold: list[float]
    click: list[float]


def billing(browser: Browser, server: Server) -> list[Figure]:
    """Open the tab repeatedly, before and after the transactions are written."""
    few = _waits(browser, server.origin)
    _write(server.database)
    many = _waits(browser, server.origin)
    return [
        *_figures(f"Billing, {MANY:,} transactions: first click to content", many.click, BUDGET_MS),
        *_figures(f"Billing, {MANY:,} transactions: cold load to content", many.cold),
        *_figures("Billing, the demo's: first click to content", few.click),
        *_figures("Billing, the demo's: cold load to content", few.cold),
    ]


def _figures(name: str, waits: list[float], budget: float | None = None) -> list[Figure]:
    return [Figure(name, statistics.median(waits), "ms", budget), Figure(f"{name}, fastest", min(waits), "ms")]


def _waits(browser: Browser, origin: str) -> Waits:
    site = Site("Billing", origin, "/settings?tab=billing", CONTENT, OWNER)
    cold_load(browser, site)  # warms the server
    turns = [(cold_load(browser, site).content, _first_click(browser, origin)) for _ in range(ROUNDS)]
    return Waits([cold for cold, _ in turns], [click for _, click in turns])


def _first_click(browser: Browser, origin: str) -> float:
    with someone(browser, origin, OWNER) as context:
        page = context.new_page()
        page.add_init_script(SHOWN)
        page.goto("/settings")
        expect(account(page)).to_be_visible()
        page.wait_for_load_state("networkidle")
        return float(page.evaluate(SWITCH, ["billing", CONTENT]))


def _write(database: Database) -> None:
    with database.read() as session:
        business = session.exec(select(Business.id).where(Business.name == NORTHWIND)).one()
    write_many(database, business, MANY, START)
