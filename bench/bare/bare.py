"""The minimum for seven tabs in Reflex: Tailwind, a state, and a table that the server fills on page load."""

import reflex as rx

TABS = ("Profile", "Billing", "API Keys", "Qualified Calls", "Blocked Callers", "Support", "Payouts")
ROWS = 5


class Tabs(rx.State):
    """The open tab and its rows."""

    tab: str = ""
    rows: list[list[str]] = []

    @rx.event
    def open(self) -> None:
        """Show the tab in the URL."""
        self.choose(self.router.url.query_parameters.get("tab", TABS[0]))

    @rx.event
    def choose(self, tab: str) -> None:
        """Show a tab."""
        self.tab = tab if tab in TABS else TABS[0]
        self.rows = [[f"{self.tab} {n}", f"value {n}", "today"] for n in range(ROWS)]


def page() -> rx.Component:
    """Return the page."""
    return rx.el.main(
        rx.el.nav(*[rx.el.button(tab, on_click=Tabs.choose(tab), class_name="p-2") for tab in TABS], class_name="flex"),
        rx.match(Tabs.tab, *[(tab, _content(tab)) for tab in TABS], rx.el.p("…")),
        class_name="p-8",
    )


def _content(tab: str) -> rx.Component:
    cells = lambda row: rx.foreach(row, lambda cell: rx.el.td(cell, class_name="p-1"))  # noqa: E731
    return rx.el.section(
        rx.el.h2(tab, id="content", class_name="text-lg font-bold"),
        rx.el.table(rx.el.tbody(rx.foreach(Tabs.rows, lambda row: rx.el.tr(cells(row))))),
    )


app = rx.App()
app.add_page(page, route="/", title="Bare", on_load=Tabs.open)
