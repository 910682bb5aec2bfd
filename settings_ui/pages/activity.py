"""/activity?period=…&what=…&who=…"""

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.react_router import link

from settings_ui.components.filters import filter_choice, filters, listed_or_wrong, pager
from settings_ui.components.recent_changes import what_changed
from settings_ui.components.shell import frame
from settings_ui.components.vocabulary import Given, ago, badge, button, card, csv_download, empty, skeleton, table
from settings_ui.pages.tabs import search_entries
from settings_ui.state.activity import Activity
from settings_ui.state.views.activity import ActivityView, ChoiceView


def activity() -> rx.Component:
    """The page."""
    return frame(
        "Activity",
        "Who changed what, when, and with what effect. Kept for 400 days.",
        _filters(),
        rx.cond(Activity.loaded, listed_or_wrong(Activity, _changes()), skeleton(rows=8)),
        here="/business",
        entries=search_entries(),
        aside=csv_download(Activity.export),
        wide=True,
    )


def _filters() -> rx.Component:
    return filters(
        Activity,
        filter_choice(Activity, "What", _options("What: any", Activity.sections)),
        filter_choice(Activity, "Who", _options("Who: anyone", Activity.people)),
    )


def _options(every: str, choices: Given[list[ChoiceView]]) -> rx.Component:
    return rx.fragment(
        rx.el.option(every, value=""),
        rx.foreach(choices, lambda choice: rx.el.option(choice.label, value=choice.value)),
    )


def _changes() -> rx.Component:
    return card(
        "Changes",
        rx.cond(
            Activity.changes,
            table(["When", "Who", "What", "Where", "#"], rx.foreach(Activity.changes, _row), label="Changes", fits=900),
            empty("No matching changes", "Choose a longer period or remove a filter."),
        ),
        form=pager(Activity),
        flush=True,
        anchor="changes",
    )


def _row(row: ObjectVar[ActivityView]) -> rx.Component:
    change = row.change
    return rx.el.tr(
        rx.el.td(ago(change.at), class_name="beside"),
        rx.el.td(rx.el.b(change.who), class_name="who lead"),
        rx.el.td(
            what_changed(change),
            " ",
            rx.cond(
                row.effect, badge(rx.fragment(row.effect, rx.cond(row.moment.iso, rx.fragment(" ", ago(row.moment)))))
            ),
        ),
        rx.el.td(
            rx.cond(row.place, link(row.section, to=row.place, class_name="link"), row.section),
            class_name="where",
        ),
        rx.el.td(
            rx.cond(
                row.undo,
                button(
                    row.undo,
                    look="ghost",
                    on_click=Activity.undo(change.id),
                    aria_label=f"Undo: {change.who} {change.what}, {row.undo}",
                ),
            ),
            class_name="num",
        ),
        key=change.id,
    )
