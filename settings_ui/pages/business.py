"""/business"""

import reflex as rx
from reflex_components_core.react_router import link

from settings_ui.components.recent_changes import recent_changes
from settings_ui.components.shell import frame
from settings_ui.components.vocabulary import skeleton
from settings_ui.pages.business_cards import business_cards
from settings_ui.pages.business_dialogs import business_dialogs
from settings_ui.pages.tabs import search_entries
from settings_ui.state.business import Business
from settings_ui.state.shell import Shell


def business() -> rx.Component:
    """The page."""
    return frame(
        "Business",
        rx.cond(Shell.loaded, rx.fragment("Settings and members of ", Shell.home.name, ".")),
        rx.cond(
            Business.loaded,
            rx.fragment(business_cards(), recent_changes(Business.changes), business_dialogs()),
            rx.fragment(skeleton(fields=2), skeleton(rows=5)),
        ),
        aside=link("Activity", to="/activity", class_name="btn"),
        here="/business",
        entries=search_entries(),
    )
