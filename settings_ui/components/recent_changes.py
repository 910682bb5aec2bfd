"""Recent changes in the business, for those who may see them."""

from collections.abc import Callable
from typing import Any

import reflex as rx
from reflex_components_core.react_router import link

from settings_ui.components.vocabulary import Given, ago, card, empty
from settings_ui.state.shell import CHANGES_CARD
from settings_ui.state.views.common import ChangeView


def recent_changes(changes: Given[list[ChangeView]]) -> rx.Component:
    """The last card of every tab that changes the business: who, what, before and after, when."""
    return card(
        "Recent changes",
        rx.cond(
            changes,
            timeline(changes, lambda change: rx.fragment(rx.el.b(change.who), " ", what_changed(change))),
            empty("No changes yet", "Changes made here are listed with who made them and when."),
        ),
        aside=link("All activity", to="/activity", class_name="btn"),
        anchor=CHANGES_CARD,
    )


def what_changed(change: Any) -> rx.Component:
    """The action, then the values; where these start a line, the separating dot moves with them or is omitted."""
    detail = rx.el.span(rx.el.i("·\u00a0"), change.detail, class_name="muted")
    return rx.fragment(change.what, " ", rx.cond(change.detail, detail))


def timeline(lines: Given[list[Any]], said: Callable[[Any], rx.Component]) -> rx.Component:
    """A list of events, each with its time (`at`) at the end of the line, or below it on a phone."""
    return rx.el.ul(
        rx.foreach(lines, lambda line: rx.el.li(rx.el.div(said(line)), ago(line.at), key=line.id)),
        class_name="timeline",
    )
