"""/settings?tab=…"""

import reflex as rx

from settings_ui.components.browser import Follow, OpenTab, TabBar
from settings_ui.components.shell import frame
from settings_ui.components.vocabulary import button, notice, skeleton
from settings_ui.pages.tabs import TABS, search_entries
from settings_ui.state.binding import Binding
from settings_ui.state.settings import Settings
from settings_ui.state.shell import Shell


def settings() -> rx.Component:
    """The page: the tab bar, a notice if there is one, and the open tab."""
    return frame(
        "Settings",
        rx.cond(Shell.loaded, rx.fragment(Shell.home.name, " · you are ", Shell.home.as_role)),
        TabBar.create(tabs=Shell.tabs, current=Settings.tab, label="Settings tabs", on_near=Settings.prepare),
        rx.cond(
            Settings.notice.strong,
            rx.fragment(
                notice(
                    rx.el.b(Settings.notice.strong),
                    " ",
                    Settings.notice.text,
                    action=rx.fragment(
                        rx.cond(Settings.wanted, button("Ask for access", on_click=Settings.ask_for_access)),
                        rx.cond(Settings.remedy, rx.el.a("Turn it on", href=Settings.remedy, class_name="btn")),
                    ),
                    role="status",
                    below="mb-5",
                ),
                # not before the server was asked about the URL that led here
                rx.cond(Binding.load, Follow.create(to="/settings?tab=profile")),
            ),
        ),
        OpenTab.create(
            # a component each, so that only the elements of the open one are created
            *[rx.memo(build)() for build in TABS.values()],
            skeleton(),
            tabs=Shell.tabs,
            current=Settings.tab,
            near=Settings.near,
            slugs=[tab.slug for tab in TABS],
        ),
        here="/settings",
        entries=search_entries(),
    )
