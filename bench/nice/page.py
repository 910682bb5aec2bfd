"""The minimum for seven tabs in NiceGUI: tabs, and a table from the server. Runs in an environment of its own."""

import sys

from nicegui import ui

TABS = ("Profile", "Billing", "API Keys", "Qualified Calls", "Blocked Callers", "Support", "Payouts")
ROWS = 5


@ui.page("/")
def page(tab: str = TABS[0]) -> None:
    """Show the tab in the URL; all tabs are in the page."""
    with ui.tabs() as tabs:
        for name in TABS:
            ui.tab(name)
    with ui.tab_panels(tabs, value=tab):
        for name in TABS:
            with ui.tab_panel(name):
                ui.html(f'<h2 id="content">{name}</h2>', sanitize=False)
                ui.table(rows=[{"name": f"{name} {n}", "value": f"value {n}", "when": "today"} for n in range(ROWS)])


ui.run(port=int(sys.argv[1]), show=False, reload=False, uvicorn_logging_level="critical")
