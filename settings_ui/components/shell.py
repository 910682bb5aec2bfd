"""The frame of every page of a business: sidebar and header."""

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.react_router import link

from settings_ui.components.browser import Home, Search
from settings_ui.components.search import SearchEntry
from settings_ui.components.vocabulary import var
from settings_ui.components.window import account, main, toast_list, window
from settings_ui.domain.access import Page, Tab
from settings_ui.state.blocked_callers import BlockedCallers
from settings_ui.state.shell import Shell
from settings_ui.state.views.shell import HomeView, PageView


def frame(
    title: str,
    subtitle: rx.Component | str,
    *content: rx.Component,
    here: str,
    entries: list[SearchEntry],
    aside: rx.Component | None = None,
    wide: bool = False,
) -> rx.Component:
    """A page in the frame, below its heading.

    `here` is its path, `entries` are what search finds, `aside` is shown opposite the heading.
    """
    return window(
        Home.create(id=Shell.home.id),
        rx.el.div(
            _sidebar(here),
            rx.el.div(
                _header(entries),
                main(
                    rx.el.div(
                        rx.el.div(rx.el.h1(title), rx.el.p(subtitle, class_name="sub")),
                        aside or rx.fragment(),
                        class_name="page-head",
                    ),
                    *content,
                    wide=wide,
                ),
            ),
            class_name="app",
        ),
        toasts=toast_list(Shell.toasts, dismiss=Shell.dismiss, undo=BlockedCallers.put_back),
        unsaved=("Leave without saving?", "What you typed here has not been saved."),
    )


def _sidebar(here: str) -> rx.Component:
    return rx.el.div(
        rx.el.div(rx.el.i(), "Switchboard", class_name="brand"),
        rx.cond(var(Shell.homes).length() > 1, _switcher(), _only_home()),
        rx.el.nav(
            rx.foreach(Shell.pages, lambda page: _page_link(page, here)),
            aria_label="Main",
        ),
        id="sidebar",
        role="complementary",
        aria_label="Business and pages",
        class_name="side",
        custom_attrs={"popover": "auto"},
    )


def _page_link(page: ObjectVar[PageView], here: str) -> rx.Component:
    return link(
        rx.match(
            page.path,
            ("/dashboard", _icon("chart-column")),
            ("/calls", _icon("phone-incoming")),
            ("/numbers", _icon("hash")),
            ("/business", _icon("building-2")),
            _icon("settings"),
        ),
        page.label,
        to=page.path,
        class_name="nav-link",
        aria_current=rx.cond(page.path == here, "page", "false"),
        key=page.path,
    )


def _icon(name: str) -> rx.Component:
    return rx.icon(name, size=17, aria_hidden="true")


def _only_home() -> rx.Component:
    return rx.el.div(_home_name(), class_name="home")


def _home_name() -> rx.Component:
    return rx.el.span(Shell.home.name, rx.el.small(Shell.home.role), title=Shell.home.name)


def _switcher() -> rx.Component:
    return rx.fragment(
        rx.el.button(
            _home_name(),
            rx.icon("chevrons-up-down", size=15, aria_hidden="true"),
            type="button",
            class_name="home",
            aria_label=f"Business: {Shell.home.name}. Switch",
            custom_attrs={"popoverTarget": "homes"},
        ),
        rx.el.div(
            rx.foreach(Shell.homes, _home),
            id="homes",
            class_name="menu homes",
            custom_attrs={"popover": "auto"},
            role="group",
            aria_label="Switch business",
        ),
    )


def _home(home: ObjectVar[HomeView]) -> rx.Component:
    return rx.el.button(
        rx.el.span(home.name, rx.el.small(home.role)),
        rx.cond(home.current, rx.icon("check", size=15, aria_hidden="true")),
        type="button",
        class_name="menu-item",
        aria_current=rx.cond(home.current, "true", "false"),
        on_click=Shell.switch(home.id),
        custom_attrs={"data-leaves": ""},
    )


def _header(entries: list[SearchEntry]) -> rx.Component:
    return rx.el.header(
        rx.el.button(
            rx.icon("menu", size=17, aria_hidden="true"),
            type="button",
            class_name="btn icon only-phone",
            aria_label="Menu",
            custom_attrs={"popoverTarget": "sidebar"},
        ),
        Search.create(
            entries=[_found(entry) for entry in entries], tabs=Shell.tabs, pages=Shell.pages, lacking=Shell.lacking
        ),
        rx.cond(
            Shell.balance,
            link(
                Shell.balance,
                to=f"{Page.SETTINGS.path}?tab={Tab.BILLING.slug}",
                class_name="balance-pill",
                aria_label=f"Balance {Shell.balance}",
            ),
        ),
        account(Shell.user.name, Shell.user.email, Shell.user.initials, Shell.user.small_photo),
        class_name="top",
    )


def _found(entry: SearchEntry) -> dict[str, str]:
    return {
        "place": entry.place,
        "anchor": entry.anchor,
        "label": entry.label,
        "words": entry.words,
        "card": entry.card,
        "cardAnchor": entry.card_anchor,
    }
