"""/numbers"""

import reflex as rx
from reflex.vars import ObjectVar

from settings_ui.components.fields import field
from settings_ui.components.filters import list_search, page_turns
from settings_ui.components.recent_changes import recent_changes
from settings_ui.components.shell import frame
from settings_ui.components.vocabulary import ago, button, card, deed, dialog, empty, form_dialog, skeleton, table
from settings_ui.pages.tabs import search_entries
from settings_ui.state.numbers import Numbers
from settings_ui.state.shell import Shell
from settings_ui.state.views.numbers import NumberView


def numbers() -> rx.Component:
    """The page."""
    return frame(
        "Numbers",
        rx.cond(Shell.loaded, rx.fragment("The numbers that callers dial to reach ", Shell.home.name, ".")),
        rx.cond(
            Numbers.loaded,
            rx.fragment(_list(), recent_changes(Numbers.changes), _add(), _rename(), _release()),
            skeleton(rows=8),
        ),
        here="/numbers",
        entries=search_entries(),
    )


def _list() -> rx.Component:
    return card(
        "Tracking numbers",
        list_search(Numbers, label="Search numbers", placeholder="Search by number or source"),
        rx.cond(
            Numbers.numbers,
            table(
                ["Number", "Source", "Added", "#Per month", "#"],
                rx.foreach(Numbers.numbers, _row),
                label="Tracking numbers",
                fits=660,
            ),
            rx.cond(
                Numbers.search,
                empty("No matching numbers", "Try another part of the number or its source."),
                empty("No numbers yet", "Add the numbers that callers dial, each with its source."),
            ),
        ),
        about="Each number stands for a source: the campaign or channel where callers see it.",
        aside=button("Add a number", look="primary", on_click=Numbers.ask("add", "")),
        form=rx.cond((Numbers.offset > 0) | Numbers.more, page_turns(Numbers, "By source")),
        flush=True,
        anchor="tracking-numbers",
    )


def _row(number: ObjectVar[NumberView]) -> rx.Component:
    return rx.el.tr(
        rx.el.td(rx.el.code(number.number), class_name="beside"),
        rx.el.td(number.source, class_name="source"),
        rx.el.td(ago(number.since), custom_attrs={"data-before": "added"}),
        rx.el.td(
            rx.cond(number.rate, number.rate, rx.el.span("not charged", class_name="muted")),
            class_name="num",
            custom_attrs={"data-label": rx.cond(number.rate, "a month", "")},
        ),
        rx.el.td(
            button(
                "Rename source",
                look="ghost",
                on_click=Numbers.ask("rename", number.id),
                aria_label=f"Rename source of {number.number}",
            ),
            button(
                "Release",
                look="danger",
                on_click=Numbers.ask("release", number.id),
                aria_label=f"Release {number.number}",
            ),
            class_name="num",
        ),
        class_name="call number",
        key=number.id,
    )


def _add() -> rx.Component:
    close = Numbers.ask("", "")
    return form_dialog(
        Numbers,
        "add",
        "Add a number",
        field(
            "Number",
            name="number",
            type="tel",
            wrong=Numbers.errors["number"],
            placeholder="(415) 555-0132",
            auto_focus=True,
        ),
        field("Source", name="source", wrong=Numbers.errors["source"], placeholder="Google Ads"),
        on_submit=Numbers.add,
        on_close=close,
        on_forgotten=Numbers.keep_open("add", ""),
        deed="Add number",
    )


def _rename() -> rx.Component:
    close = Numbers.ask("", "")
    return form_dialog(
        Numbers,
        "rename",
        f"Rename the source of {Numbers.target.number}",
        field(
            "Source",
            name="source",
            anchor="rename-source",
            value=Numbers.target.source,
            wrong=Numbers.errors["source"],
            hint="Past calls keep their source.",
            auto_focus=True,
        ),
        on_submit=Numbers.rename,
        on_close=close,
        on_forgotten=lambda number: Numbers.keep_open("rename", number),
        subject=Numbers.target.id,
        deed="Rename source",
    )


def _release() -> rx.Component:
    close = Numbers.ask("", "")
    return dialog(
        f"Release {Numbers.target.number}?",
        rx.el.p(
            "It will no longer stand for ",
            rx.el.b(Numbers.target.source),
            ". Its past calls stay, and you can add it again while your carrier still has it.",
        ),
        rx.cond(Numbers.errors[""], rx.el.p(Numbers.errors[""], class_name="wrong", role="alert")),
        opened=Numbers.dialog == "release",
        on_close=close,
        actions=[
            button("Keep number", on_click=close),
            deed(f"Release {Numbers.target.number}", on_click=Numbers.release, answered=Numbers.answered),
        ],
    )
