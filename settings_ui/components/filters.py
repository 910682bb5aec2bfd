"""Around a list: what searches, filters and orders it above, what turns its pages below."""

from typing import Any

import reflex as rx
from reflex_components_core.react_router import link

from settings_ui.components.vocabulary import Text, button

Options = list[tuple[str, str]] | rx.Component


def choice(label: str, value: rx.Var[str], options: Options, *, on_choose: Any) -> rx.Component:
    """A choice that is only heard by its label: pairs of value and text, or option elements."""
    items = [rx.el.option(text, value=key) for key, text in options] if isinstance(options, list) else [options]
    return rx.el.select(*items, value=value, on_change=on_choose, class_name="input chip", aria_label=label)


def list_search(state: Any, *beside: rx.Component, label: str, placeholder: str) -> rx.Component:
    """The row above a PagedState's list: a search that acts as one types, and the choices beside it."""
    return rx.el.div(
        rx.el.input(
            type="search",
            class_name="input",
            placeholder=placeholder,
            aria_label=label,
            default_value=state.search,
            on_change=state.find.debounce(250),
        ),
        *beside,
        class_name="list-search",
    )


def page_turns(state: Any, hint: Text = "") -> rx.Component:
    """The foot of a PagedState's list."""
    return rx.el.div(
        rx.el.span(hint, class_name="hint"),
        button("Previous", on_click=state.turn(-1), disabled=state.offset == 0),
        button("Next", on_click=state.turn(1), disabled=~state.more),
        class_name="card-foot",
    )


def days(first: rx.Var[str], last: rx.Var[str], *, on_submit: Any) -> rx.Component:
    """From and to, as a form with the fields `first` and `last`."""
    return rx.el.form(
        *[
            rx.el.input(type="date", name=name, class_name="input", aria_label=label, default_value=value, key=value)
            for name, label, value in (("first", "From", first), ("last", "To", last))
        ],
        rx.el.button("Apply", type="submit", class_name="btn"),
        on_submit=on_submit,
        class_name="days",
    )


def filters(*content: rx.Component) -> rx.Component:
    """The row that they stand in."""
    return rx.el.div(*content, class_name="filters", role="group", aria_label="Filters")


def pager(newer: rx.Var[str], older: rx.Var[str]) -> rx.Component:
    """The foot of a list that goes back in time: addresses of the pages beside this one, empty where there is none."""
    return rx.el.div(
        rx.el.span("Newest first", class_name="hint"),
        *[
            rx.cond(address, link(label, to=address, class_name="btn"), button(label, disabled=True))
            for label, address in (("Newer", newer), ("Older", older))
        ],
        class_name="card-foot",
    )
