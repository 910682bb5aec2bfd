"""Controls around a list: search, filters and order above it, pagination below."""

from typing import Any

import reflex as rx
from reflex_components_core.react_router import link

from settings_ui.components.browser import Choice, ListSearch
from settings_ui.components.vocabulary import Text, button, notice
from settings_ui.domain.filter_text import PERIODS
from settings_ui.state.binding import Binding

Options = list[tuple[str, str]] | rx.Component


def choice(label: str, value: Text, options: Options, *, on_choose: Any) -> rx.Component:
    """A select that acts immediately, with a visually hidden label: pairs of value and text, or option elements."""
    items = [rx.el.option(text, value=key) for key, text in options] if isinstance(options, list) else [options]
    return Choice.create(*items, value=value, label=label, on_choose=on_choose)


def list_search(state: Any, *beside: rx.Component, label: str, placeholder: str) -> rx.Component:
    """The row above a PagedState's list: search as you type, and further controls next to it."""
    return rx.el.div(
        ListSearch.create(
            value=state.search,
            label=label,
            placeholder=placeholder,
            load=Binding.load,
            on_find=state.find.debounce(250),
        ),
        *beside,
        class_name="list-search",
    )


def page_turns(state: Any, hint: Text = "") -> rx.Component:
    """The pagination below a PagedState's list."""
    return rx.el.div(
        rx.el.span(hint, class_name="hint"),
        rx.cond(
            (state.offset > 0) | state.more,
            rx.fragment(
                button("Previous", on_click=state.turn(-1), disabled=state.offset == 0),
                button("Next", on_click=state.turn(1), disabled=~state.more),
            ),
        ),
        class_name="card-foot",
    )


def filters(state: Any, *choices: rx.Component, search: rx.Component | None = None) -> rx.Component:
    """The row above a FilteredState's list: search, period, other filters, and the dates of a custom period."""
    return rx.el.div(
        search or rx.fragment(),
        filter_choice(state, "Period", list(PERIODS.items())),
        rx.cond(state.filter.period == "custom", _days(state)),
        *choices,
        class_name="filters",
        role="group",
        aria_label="Filters",
    )


def listed_or_wrong(state: Any, listed: rx.Component) -> rx.Component:
    """A FilteredState's list, or what is wrong with its filter: a list that was not looked for is not empty."""
    return rx.cond(state.wrong, notice(state.wrong, kind="bad", role="alert"), listed)


def filter_choice(state: Any, label: str, options: Options) -> rx.Component:
    """A select for the filter with this name."""
    part = label.lower()
    return choice(label, state.filter[part], options, on_choose=lambda chosen: state.choose(part, chosen))


def _days(state: Any) -> rx.Component:
    parts = (("first", "From", state.filter.first), ("last", "To", state.filter.last))
    return rx.el.form(
        *[
            rx.el.label(label, rx.el.input(type="date", name=name, class_name="input", default_value=value))
            for name, label, value in parts
        ],
        rx.el.button("Apply", type="submit", class_name="btn"),
        on_submit=state.look_up,
        class_name="days",
        custom_attrs={"data-follows": ""},
    )


def pager(state: Any) -> rx.Component:
    """The pagination below a FilteredState's list, if it has more than one page."""
    return rx.cond(
        state.newer | state.older,
        rx.el.div(
            rx.el.span("Newest first", class_name="hint"),
            *[
                rx.cond(address, link(label, to=address, class_name="btn"), button(label, disabled=True))
                for label, address in (("Newer", state.newer), ("Older", state.older))
            ],
            class_name="card-foot",
        ),
    )
