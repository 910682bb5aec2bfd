"""Recent changes in the business, for those who may see them."""

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.react_router import link

from settings_ui.components.vocabulary import Given, ago, card, empty
from settings_ui.state.views.common import ChangeView


def recent_changes(changes: Given[list[ChangeView]]) -> rx.Component:
    """The last card of every tab that changes the business: who, what, before and after, when."""
    return card(
        "Recent changes",
        rx.cond(
            changes,
            rx.el.ul(rx.foreach(changes, _line), class_name="timeline"),
            empty("No changes yet", "Changes made here are listed with who made them and when."),
        ),
        aside=link("All activity", to="/activity", class_name="btn"),
        anchor="recent-changes",
    )


def _line(change: ObjectVar[ChangeView]) -> rx.Component:
    return rx.el.li(
        rx.el.b(change.who),
        " ",
        change.what,
        rx.cond(change.detail, rx.el.span(" · ", change.detail, class_name="muted")),
        rx.el.span(" · ", ago(change.at), class_name="muted"),
    )
