"""Around every page of a signed-in user: skip link, account menu, toasts, and the guard for unsaved drafts."""

from typing import Any, Literal

import reflex as rx
from reflex.style import color_mode, set_color_mode
from reflex.vars import ObjectVar
from reflex_components_core.el.elements.inline import A

from settings_ui.components.browser import After, FoldMenus, FormKeeper, KeepFocus, Leave, PlainForm
from settings_ui.components.vocabulary import Given, Text, avatar, notice
from settings_ui.state.binding import Binding
from settings_ui.state.views.common import ToastView

TOAST_MS = 6000
THEMES: tuple[tuple[Literal["light", "dark", "system"], str], ...] = (
    ("light", "Light"), ("dark", "Dark"), ("system", "System"),
)  # fmt: skip


def window(*content: rx.Component, toasts: rx.Component, unsaved: tuple[str, str]) -> rx.Component:
    """A complete page; `unsaved` is the question asked before unsaved edits are left, with its reason."""
    title, text = unsaved
    return rx.fragment(
        A.create(
            "Skip to content", href="#content", class_name="skip"
        ),  # a plain link: the router would drop the tab from the URL
        *content,
        toasts,
        FormKeeper.create(title=title, text=text, stay="Keep editing", leave="Leave"),
        Leave.create(to=Binding.away),
        FoldMenus.create(),
        KeepFocus.create(),
    )


def main(heading: rx.Component, *content: rx.Component, wide: bool = False) -> rx.Component:
    """The main content under its heading; an outage is shown between the two."""
    said = notice(Binding.outage, kind="bad", below="mb-5", role="alert", custom_attrs={"data-outage": ""})
    return rx.el.main(
        heading,
        rx.cond(Binding.outage, said),
        *content,
        id="content",
        custom_attrs={"data-load": Binding.load},
        class_name="main wide" if wide else "main",
        tab_index=-1,
    )


def account(name: Text, email: Text, initials: Text, photo: Text = "") -> rx.Component:
    """The signed-in user as a button in the header; its menu has the theme and signing out."""
    return rx.fragment(
        rx.el.button(
            avatar(initials, photo),
            type="button",
            class_name="avatar-button",
            aria_label=rx.cond(name, f"Account of {name}", "Account"),
            custom_attrs={"popoverTarget": "account"},
        ),
        rx.el.div(
            rx.el.div(
                avatar(initials, photo),
                rx.el.div(rx.el.b(name), rx.el.div(email, class_name="muted")),
                class_name="menu-head",
            ),
            rx.el.div("Theme", class_name="hint px-2.5"),
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
        ),
    )


def theme_choice() -> rx.Component:
    """Light, dark or system; stored in this browser."""
    raw: rx.Var[str] = rx.Var("rawColorMode", _var_data=color_mode._get_all_var_data())
    return rx.el.div(
        *[
            rx.el.button(
                label,
                type="button",
                on_click=set_color_mode(mode),
                aria_pressed=rx.cond(raw == mode, "true", "false"),
            )
            for mode, label in THEMES
        ],
        class_name="seg",
        role="group",
        aria_label="Theme",
    )


def toast_list(toasts: Given[list[ToastView]], *, dismiss: Any, undo: Any = None) -> rx.Component:
    """Toasts; each disappears after six seconds unless hovered or focused. `undo` reverts the action."""
    return rx.el.div(
        rx.foreach(toasts, lambda shown: _toast(shown, dismiss, undo)),
        class_name="toasts",
        role="status",
        aria_live="polite",
    )


def _toast(shown: ObjectVar[ToastView], dismiss: Any, undo: Any) -> rx.Component:
    return rx.el.div(
        rx.el.span(shown.text),
        rx.cond(shown.undo, rx.el.button("Undo", type="button", class_name="link", on_click=undo(shown.id)))
        if undo
        else rx.fragment(),
        After.create(ms=TOAST_MS, on_done=dismiss(shown.id)),
        rx.el.button(
            rx.icon("x", size=15, aria_hidden="true"),
            type="button",
            class_name="btn ghost icon",
            aria_label="Dismiss",
            on_click=dismiss(shown.id),
        ),
        class_name=f"toast {shown.kind}",
        key=shown.id,
    )
