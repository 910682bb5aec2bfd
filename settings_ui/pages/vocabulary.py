"""/vocabulary, with DEMO: every component of the visual vocabulary, to check in both themes."""

import reflex as rx

from settings_ui.components.fields import field
from settings_ui.components.recent_changes import recent_changes
from settings_ui.components.shell import frame
from settings_ui.components.vocabulary import (
    ago,
    avatar,
    badge,
    button,
    card,
    deed,
    dialog,
    draft,
    empty,
    notice,
    skeleton,
    table,
)
from settings_ui.components.window import theme_choice
from settings_ui.pages.tabs import search_entries
from settings_ui.state.vocabulary import MOMENT, Vocabulary


def vocabulary() -> rx.Component:
    """The page."""
    return frame(
        "Vocabulary",
        "Every piece that pages are built from.",
        _buttons(),
        _form(),
        _words(),
        _rows(),
        recent_changes(Vocabulary.changes),
        card("Empty", empty("No keys yet", "Create one to let a program act for this business."), anchor="empty"),
        skeleton(),
        dialog(
            "Cancel this change?",
            rx.el.p("Payouts keep going to pay@northwind.example."),
            opened=Vocabulary.asks,
            on_close=Vocabulary.ask(False),
            actions=[
                button("Keep change", on_click=Vocabulary.ask(False)),
                deed("Cancel change", on_click=Vocabulary.ask(False)),
            ],
        ),
        here="/vocabulary",
        entries=search_entries(),
    )


def _buttons() -> rx.Component:
    return card(
        "Buttons and theme",
        rx.el.div(
            button("Primary", look="primary"),
            button("Plain"),
            button("Quiet", look="ghost"),
            button("Danger", look="danger", on_click=Vocabulary.ask(True)),
            button("Off", disabled=True),
            button("Good toast", on_click=Vocabulary.toast("good")),
            button("Bad toast", on_click=Vocabulary.toast("bad")),
            class_name="flex flex-wrap gap-2 items-center",
        ),
        rx.el.div(theme_choice(), style={"max_width": "280px", "margin_top": "14px"}),
        about="One primary button per card. Destructive buttons stay quiet until their dialog.",
        anchor="buttons",
    )


def _form() -> rx.Component:
    return card(
        "Form",
        about="Knows when it has unsaved changes, and asks before they are lost.",
        anchor="form",
        form=draft(
            field("Value", name="value", value=Vocabulary.value, wrong=Vocabulary.errors["value"], hint="Any text."),
            on_submit=Vocabulary.save,
            answered=Vocabulary.answered,
            hint="Clear it to see an error.",
        ),
    )


def _words() -> rx.Component:
    kinds = (("Plain", ""), ("Good", "good"), ("Warning", "warn"), ("Bad", "bad"))
    return card(
        "Notices, badges, avatars",
        rx.el.div(
            *[notice(rx.el.b(f"{name}. "), "Calls of 90 seconds or longer count.", kind=kind) for name, kind in kinds],
            rx.el.div(*[badge(name, kind) for name, kind in kinds], class_name="flex flex-wrap gap-2"),
            rx.el.div(avatar("DO", large=True), avatar("PM"), class_name="flex gap-3 items-center"),
            rx.el.p("A moment: ", ago(MOMENT)),
            class_name="grid gap-3",
        ),
        anchor="words",
    )


def _rows() -> rx.Component:
    rows = (("+1 415 555 0132", "Robocall, solar", "121"), ("+1 213 555 0199", "Neighbor spoofing", "64"))
    return card(
        "Table",
        table(
            ["Number", "Note", "#Stopped"],
            rx.fragment(
                *[
                    rx.el.tr(rx.el.td(rx.el.code(number)), rx.el.td(note), rx.el.td(count, class_name="num"))
                    for number, note, count in rows
                ]
            ),
            label="Numbers",
            fits=330,
        ),
        flush=True,
        anchor="table",
    )
