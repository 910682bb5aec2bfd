"""/settings?tab=…"""

import reflex as rx
from reflex_components_core.react_router import link

from settings_ui.components.browser import InSight
from settings_ui.components.shell import frame
from settings_ui.components.vocabulary import notice, skeleton
from settings_ui.pages.tabs import TABS, search_entries
from settings_ui.state.settings import Settings
from settings_ui.state.shell import Shell
from settings_ui.state.views.shell import TabView


def settings() -> rx.Component:
    """The page: the tab bar, a notice when there is something to say, and the open tab."""
    return frame(
        "Settings",
        rx.cond(Shell.loaded, rx.fragment(Shell.home.name, " · you are ", Shell.home.as_role)),
        rx.el.nav(rx.foreach(Shell.tabs, _tab), class_name="tabs", aria_label="Settings tabs"),
        InSight.create(bar=".tabs", current=Settings.tab),
        rx.cond(
            Settings.notice.strong,
            notice(
                rx.el.b(Settings.notice.strong),
                " ",
                Settings.notice.text,
                role="status",
                style={"margin_bottom": "20px"},
            ),
        ),
        rx.match(Settings.tab, *[(tab.slug, build()) for tab, build in TABS.items()], skeleton()),
        here="/settings",
        entries=search_entries(),
    )


def _tab(tab: rx.Var[TabView]) -> rx.Component:
    return link(tab.label, to=tab.href, aria_current=rx.cond(Settings.tab == tab.slug, "page", "false"), key=tab.slug)
