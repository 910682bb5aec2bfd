"""The frame of every page: sidebar, header, toasts, and what keeps drafts."""

import reflex as rx
from reflex.style import color_mode, set_color_mode
from reflex_components_core.el.elements.inline import A
from reflex_components_core.react_router import link

from settings_ui.components.browser import After, FoldMenus, FormKeeper, Leave, PlainForm, Search
from settings_ui.components.search import SearchEntry
from settings_ui.components.vocabulary import avatar, notice
from settings_ui.domain.access import Page, Tab
from settings_ui.state.binding import Binding
from settings_ui.state.blocked_callers import BlockedCallers
from settings_ui.state.shell import Shell
from settings_ui.state.views.common import ToastView
from settings_ui.state.views.shell import HomeView, PageView

TOAST_MS = 6000


def frame(
    title: str,
    subtitle: rx.Component | str,
    *content: rx.Component,
    here: str,
    entries: list[SearchEntry],
    aside: rx.Component | None = None,
    wide: bool = False,
) -> rx.Component:
    """A page inside the frame, under its heading.

    `here` is its path, `entries` what its search finds, `aside` stands across from the heading.
    """
    return rx.fragment(
        A.create("Skip to content", href="#content", class_name="skip"),  # not a route: it must keep the tab
        rx.el.div(
            _sidebar(here),
            rx.el.div(
                _header(entries),
                rx.el.main(
                    rx.el.div(
                        rx.el.div(rx.el.h1(title), rx.el.p(subtitle, class_name="sub")),
                        aside or rx.fragment(),
                        class_name="page-head",
                    ),
                    _outage(),
                    *content,
                    id="content",
                    custom_attrs={"data-load": Binding.load},
                    class_name="main wide" if wide else "main",
                    tab_index=-1,
                ),
            ),
            class_name="app",
        ),
        _toasts(),
        FormKeeper.create(
            title="Leave without saving?",
            text="What you typed here is not saved yet.",
            stay="Keep editing",
            leave="Leave",
        ),
        Leave.create(to=Binding.away),
        FoldMenus.create(),
    )


def _sidebar(here: str) -> rx.Component:
    return rx.el.div(
        rx.el.div(rx.el.i(), "Switchboard", class_name="brand"),
        rx.cond(Shell.homes.length() > 1, _switcher(), _only_home()),
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


def _page_link(page: rx.Var[PageView], here: str) -> rx.Component:
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
    return rx.el.div(rx.el.span(Shell.home.name, rx.el.small(Shell.home.role)), class_name="home")


def _switcher() -> rx.Component:
    return rx.fragment(
        rx.el.button(
            rx.el.span(Shell.home.name, rx.el.small(Shell.home.role)),
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


def _home(home: rx.Var[HomeView]) -> rx.Component:
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
        Search.create(entries=[_found(entry) for entry in entries], tabs=Shell.tabs, pages=Shell.pages),
        rx.cond(
            Shell.balance,
            link(
                Shell.balance,
                to=f"{Page.SETTINGS.path}?tab={Tab.BILLING.slug}",
                class_name="balance-pill",
                aria_label=f"Balance {Shell.balance}",
            ),
        ),
        rx.el.button(
            avatar(Shell.user.initials, Shell.user.small_photo),
            type="button",
            class_name="avatar-button",
            aria_label=rx.cond(Shell.user.name, f"Account of {Shell.user.name}", "Account"),
            custom_attrs={"popoverTarget": "account"},
        ),
        _account_menu(),
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


def _account_menu() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            avatar(Shell.user.initials, Shell.user.small_photo),
            rx.el.div(rx.el.b(Shell.user.name), rx.el.div(Shell.user.email, class_name="muted")),
            class_name="menu-head",
        ),
        rx.el.div("Theme", class_name="hint px-2.5", id="theme-label"),
        theme_choice(),
        PlainForm.create(
            rx.el.button(
                "Sign out", rx.icon("log-out", size=15, aria_hidden="true"), type="submit", class_name="menu-item"
            ),
            action="/auth/sign-out",
            method="post",
        ),
        id="account",
        class_name="menu",
        custom_attrs={"popover": "auto"},
        role="group",
        aria_label="Account",
    )


def theme_choice() -> rx.Component:
    """Light, dark, or as the system has it; kept in this browser."""
    raw: rx.Var[str] = rx.Var("rawColorMode", _var_data=color_mode._get_all_var_data())
    return rx.el.div(
        *[
            rx.el.button(
                label,
                type="button",
                on_click=set_color_mode(mode),
                aria_pressed=rx.cond(raw == mode, "true", "false"),
            )
            for mode, label in (("light", "Light"), ("dark", "Dark"), ("system", "System"))
        ],
        class_name="seg",
        role="group",
        aria_label="Theme",
    )


def _outage() -> rx.Component:
    said = notice(Binding.outage, kind="bad", below="mb-5", role="alert", custom_attrs={"data-outage": ""})
    return rx.cond(Binding.outage, said)


def _toasts() -> rx.Component:
    return rx.el.div(rx.foreach(Shell.toasts, toast), class_name="toasts", role="status", aria_live="polite")


def toast(shown: rx.Var[ToastView]) -> rx.Component:
    """What happened; goes by itself after six seconds unless someone is on it."""
    return rx.el.div(
        rx.el.span(shown.text),
        rx.cond(
            shown.undo,
            rx.el.button("Undo", type="button", class_name="link", on_click=BlockedCallers.put_back(shown.id)),
        ),
        After.create(ms=TOAST_MS, on_done=Shell.dismiss(shown.id)),
        rx.el.button(
            rx.icon("x", size=15, aria_hidden="true"),
            type="button",
            class_name="btn ghost icon",
            aria_label="Dismiss",
            on_click=Shell.dismiss(shown.id),
        ),
        class_name=f"toast {shown.kind}",
        key=shown.id,
    )
